"""Which part of a representation a request asks for (RFC 9110, sections 13 and 14)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", re.ASCII)
_ENTITY_TAG = re.compile(r'"[^"]*"')


@dataclass(frozen=True, slots=True)
class Range:
    """`first` to `last`, both included; `last` None for "to the end".

    A suffix, "the last n bytes", has `first` None and n in `last`.
    """

    first: int | None
    last: int | None

    @property
    def header(self) -> str:
        """The value of a `Range` header."""
        first = "" if self.first is None else self.first
        last = "" if self.last is None else self.last
        return f"bytes={first}-{last}"

    def within(self, size_bytes: int) -> tuple[int, int] | None:
        """Start and end of the part of a body of that size; None where it has no such part."""
        if self.first is None:
            start, end = max(size_bytes - (self.last or 0), 0), size_bytes
        else:
            start = self.first
            end = size_bytes if self.last is None else min(self.last + 1, size_bytes)
        return (start, end) if start < end else None


WHOLE = Range(0, None)


def asked_range(headers: Mapping[str, str]) -> Range | None:
    """The range a request asks for; None for the whole.

    Several ranges, other units and malformed values are ignored, as the RFC allows and nginx and
    browsers' servers do: the answer is then the whole.
    """
    text = headers.get("Range")
    found = _ONE_RANGE.fullmatch(text) if text else None
    if found is None:
        return None
    first, last, suffix = found.groups()
    if suffix is not None:
        return Range(None, int(suffix))
    asked = Range(int(first), int(last) if last else None)
    backwards = asked.last is not None and int(first) > asked.last
    return None if backwards else asked


def unchanged(headers: Mapping[str, str], etag: str | None, modified: str | None) -> bool:
    """Whether the client's copy is the present one, so that 304 is the answer."""
    wanted = headers.get("If-None-Match")
    if wanted is not None:
        # The weak comparison (RFC 9110, section 8.8.3.2) looks at the quoted part alone.
        tags = _ENTITY_TAG.findall(wanted)
        return etag is not None and (wanted.strip() == "*" or etag.removeprefix("W/") in tags)
    return modified is not None and headers.get("If-Modified-Since") == modified


def still_ranged(headers: Mapping[str, str], etag: str | None, modified: str | None) -> bool:
    """Whether `If-Range`, if there is one, still lets a part be sent instead of the whole."""
    condition = headers.get("If-Range")
    if condition is None:
        return True
    if condition.startswith('"'):
        return condition == etag
    return condition == modified
