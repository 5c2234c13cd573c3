"""Which extractors there are: f1stream's own, and those that installed packages offer.

A package offers one as an entry point of the group `f1stream.extractors`, under the extractor's
key. One that is broken is named and does not stop the others.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint

from f1stream.errors import ExtractionFailed
from f1stream.extractors.base import Extractor

GROUP = "f1stream.extractors"

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Roster:
    """Extractors by key; `faults` says by key what is wrong with those that can't be used."""

    extractors: Mapping[str, type[Extractor]]
    faults: Mapping[str, str] = field(default_factory=dict)

    def follower(self, key: str) -> type[Extractor]:
        """The extractor that a lead names. Raises `ExtractionFailed` where there is none."""
        try:
            return self.extractors[key]
        except KeyError:
            raise ExtractionFailed(f"there is no extractor {key} to follow a lead") from None


def assembled(own: Iterable[type[Extractor]], offers: Iterable[EntryPoint]) -> Roster:
    """The roster of `own` and of what `offers` load to; the first to take a key keeps it.

    Imports the packages of `offers`, which can take a while and read files.
    """
    extractors = {extractor.key: extractor for extractor in own}
    faults: dict[str, str] = {}
    for offer in sorted(offers, key=lambda offer: (offer.name, _package(offer))):
        try:
            if offer.name in extractors:
                raise _Unusable("another extractor has this key already")
            extractors[offer.name] = _loaded(offer)
        except _Unusable as fault:
            faults[offer.name] = (
                f"the extractor {offer.name} of the package {_package(offer)} is not used: {fault}"
            )
    return Roster(extractors, faults)


class _Unusable(Exception):
    """Why an offer is not taken."""


def _loaded(offer: EntryPoint) -> type[Extractor]:
    try:
        loaded = offer.load()
    # Whatever a stranger's module raises while it is imported is that package's fault alone.
    except Exception as error:
        raise _Unusable(f"it can't be imported ({type(error).__name__}: {error})") from error
    if not (isinstance(loaded, type) and issubclass(loaded, Extractor)):
        raise _Unusable(f"{offer.value} is no subclass of Extractor")
    if inspect.isabstract(loaded):
        raise _Unusable(f"{offer.value} does not write find()")
    missing = [name for name in ("key", "example") if not isinstance(getattr(loaded, name, 0), str)]
    if missing:
        raise _Unusable(f"{offer.value} does not set {' and '.join(missing)}")
    if loaded.key != offer.name or not _KEY.fullmatch(loaded.key):
        raise _Unusable(
            "its key and its entry point's name must be the same: "
            "lower-case letters, digits and underscores"
        )
    return loaded


def _package(offer: EntryPoint) -> str:
    return offer.dist.name if offer.dist else offer.module
