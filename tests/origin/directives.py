"""What a request for a playlist asks of its server in its query (RFC 8216bis, section 6.2.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.origin.cmaf import PARTS

SEGMENTS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Directives:
    """The delivery directives of one request."""

    segment: int | None = None
    """`_HLS_msn`: hold until this segment is in the playlist."""
    part: int | None = None
    """`_HLS_part`: or until this part of it is."""
    skip: bool = False
    """`_HLS_skip`: a Playlist Delta Update will do."""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Directives:
        """Raises `ValueError`, the reason for a 400, where they make no sense."""
        segment, part = _number(query, "_HLS_msn"), _number(query, "_HLS_part")
        if part is not None and segment is None:
            raise ValueError("_HLS_part needs _HLS_msn")
        return cls(segment, part, query.get("_HLS_skip") in ("YES", "v2"))

    @property
    def parts(self) -> int:
        """How many parts there have to be, counted from those of segment 0."""
        if self.segment is None:
            return 0
        if self.part is None:
            return (self.segment + 1) * PARTS
        # A part beyond the last of its segment is the first of the next one.
        return self.segment * PARTS + min(self.part, PARTS) + 1

    def too_far(self, produced: int) -> bool:
        """Whether a server with so many parts need not wait for it (section 6.2.5.2).

        The limit for parts, three seconds of them, is never met: that of segments is lower here.
        """
        return self.segment is not None and self.segment > produced // PARTS - 1 + SEGMENTS_AHEAD


def _number(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal()):
        raise ValueError(f"{name} is not a number")
    return int(value)
