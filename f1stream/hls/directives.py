"""Delivery directives: what a player asks of a server beside a link (RFC 8216bis 6.2.5).

They are no part of what is signed: players add them to any link, and they go upstream with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, urlencode

from f1stream.errors import BadRequest
from f1stream.hls.links import Kind

_NUMBER = re.compile(r"[0-9]{1,15}")
_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
# What content steering calls a pathway (RFC 8216bis 4.4.6.6), and what names a session.
_NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")

# What players say beside the links of each kind, other than the directives of a media playlist.
_BESIDE: dict[Kind, dict[str, re.Pattern[str]]] = {
    Kind.PLAYLIST: {"_HLS_primary_id": _NAME},
    Kind.ASSETS: {"_HLS_primary_id": _NAME, "_HLS_start_offset": _SECONDS},
    Kind.STEERING: {"_HLS_pathway": _NAME, "_HLS_throughput": _NUMBER},
    Kind.BYTES: {},
}


class Skip(StrEnum):
    """Which delta update is asked for: without old segments, or without old date ranges too."""

    SEGMENTS = "YES"
    DATE_RANGES = "v2"


@dataclass(frozen=True, slots=True)
class Directives:
    """What is asked of a media playlist: to wait for a segment or part, to leave out the old.

    `msn` is a media sequence number and `part` the index of a part in that segment.
    """

    msn: int | None = None
    part: int | None = None
    skip: Skip | None = None

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Directives:
        """Those in a request's query. Raises `BadRequest` for what means nothing."""
        msn = _number(query, "_HLS_msn")
        part = _number(query, "_HLS_part")
        if part is not None and msn is None:
            raise BadRequest("_HLS_part needs an _HLS_msn.")
        asked = query.get("_HLS_skip")
        if asked is None:
            return cls(msn, part)
        try:
            return cls(msn, part, Skip(asked))
        except ValueError:
            raise BadRequest("_HLS_skip is YES or v2.") from None

    @property
    def waiting_query(self) -> str:
        """The same for an upstream that is asked for a whole playlist."""
        return Directives(self.msn, self.part).query

    @property
    def query(self) -> str:
        """As text for a URL: the same for the same directives, ordered by name; may be empty."""
        said = {"_HLS_msn": self.msn, "_HLS_part": self.part, "_HLS_skip": self.skip}
        return urlencode({name: value for name, value in said.items() if value is not None})


def beside(kind: Kind, query: Mapping[str, str]) -> str:
    """What else players say beside a link of this kind, as text for its upstream URL.

    Raises `BadRequest` where one is malformed. Parameters that it does not know are left out.
    """
    found: list[str] = []
    for name, form in _BESIDE[kind].items():
        value = query.get(name)
        if value is None:
            continue
        if not form.fullmatch(value):
            raise BadRequest(f"{name} is malformed.")
        found.append(f"{name}={quote(value, safe='')}")
    return "&".join(found)


def with_query(url: str, query: str) -> str:
    """The URL with more behind its query, and without a fragment."""
    url = url.partition("#")[0]
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _number(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise BadRequest(f"{name} is not a whole number.")
    return int(value)
