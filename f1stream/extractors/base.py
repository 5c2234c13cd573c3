"""What every extractor is: the options of one `[[sources]]` table, and one coroutine that finds.

An extractor's fields are its options, so a source that validates is ready to run.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from importlib.util import find_spec
from typing import TYPE_CHECKING, ClassVar, Protocol, Self, TypeVar

import aiohttp
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from f1stream.errors import ExtractionFailed
from f1stream.extractors.titles import is_live_formula_1
from f1stream.isolated import Job
from f1stream.models import Found, Lead, Upstream, host_of

if TYPE_CHECKING:
    # It takes as long to import as all the rest.
    from playwright.async_api import BrowserContext

A = TypeVar("A", bound=BaseModel)


class Web(Protocol):
    """What an extractor may do with the network, all of it behind the guard.

    It fetches through the shared pool, has libraries fetch in processes of their own, and opens
    pages in a browser.
    """

    def get(
        self,
        upstream: Upstream,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        """Send one request; raises `UpstreamError`. The status is not checked."""
        ...

    async def isolated(
        self, job: Job[A], *, timeout_s: float, begun: Callable[[], None] = lambda: None
    ) -> A:
        """What a library answers, `begun` being called once it is the job's turn.

        Raises `ExtractionFailed` and `UpstreamError`.
        """
        ...

    def context(self) -> AbstractAsyncContextManager[BrowserContext]:
        """An empty browser context, closed at the end of the block. Raises `BrowserLost`."""
        ...


class Extractor(BaseModel, ABC):
    """One configured source.

    A subclass sets `key` (the value of `type` in the configuration, the name of its file) and
    `example` (a `[[sources]]` table as an operator would write it), adds its options as fields,
    and writes `find`. Secrets among the options are `SecretStr`. Where a source lists more than
    racing, `listing` is true: what is no live Formula 1 is then dropped unless `match` is set.
    `library` is the module of an optional library that it needs, which the distribution's extra of
    the same `key` brings.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    key: ClassVar[str]
    example: ClassVar[str]
    listing: ClassVar[bool] = False
    library: ClassVar[str | None] = None

    name: str = Field(min_length=1, max_length=100, description="What viewers see; unique.")
    timeout_s: float = Field(
        default=30, gt=0, le=600, description="Seconds that one extraction may take."
    )
    match: tuple[str, ...] = Field(
        default=(),
        description="Keep only streams whose title or category has one of these words; "
        "by default those of live Formula 1 where a source lists more than racing.",
    )
    exclude: tuple[str, ...] = Field(
        default=(),
        description="Drop streams whose title or category has one of these words.",
    )

    @abstractmethod
    def find(self, web: Web) -> AsyncIterator[Found | Lead]:
        """Yield each stream the source has now, and leads to those that others can find.

        Raises `UpstreamError` or `ExtractionFailed` where the source can't be read: an empty
        result means that it was read and has none.
        """

    @classmethod
    def following(cls, lead: Lead, source: Extractor) -> Self:
        """The extractor that finds what `lead`, found by `source`, leads to.

        Raises `ExtractionFailed` where this one does not work on an address alone.
        """
        options = {
            "name": source.name,
            "timeout_s": source.timeout_s,
            "match": source.match,
            "exclude": source.exclude,
            "url": lead.url,
        }
        try:
            return cls.model_validate(options)
        except ValidationError:
            raise ExtractionFailed(
                f"{host_of(lead.url)}: the extractor {cls.key} can't be handed this address"
            ) from None

    @classmethod
    def missing(cls) -> str | None:
        """What to do where the optional library that this one needs is not installed."""
        if cls.library is None or find_spec(cls.library) is not None:
            return None
        return f'{cls.library} is not installed; run: pip install "f1stream[{cls.key}]"'

    @property
    def credentials(self) -> tuple[str, ...]:
        """The names of its options that are set and can hold credentials, addresses last."""
        secret = [name for name in type(self).model_fields if _is_secret(getattr(self, name))]
        return tuple(sorted(secret, key=lambda name: name in ("url", "endpoint", "hls_url")))

    def wants(self, title: str, about: str = "") -> bool:
        """Whether a stream of this title, with `about` as in `Found`, is to be listed."""
        words = f"{title}\n{about}"
        if self.match:
            wanted = _mentions(words, self.match)
        else:
            wanted = not self.listing or is_live_formula_1(title, about)
        return wanted and not _mentions(words, self.exclude)


def _is_secret(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_secret, value.values()))
    return isinstance(value, SecretStr)


def _mentions(text: str, words: tuple[str, ...]) -> bool:
    """Whether one of `words` stands in `text` as a whole word, whatever its case."""
    return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, re.IGNORECASE) for word in words)
