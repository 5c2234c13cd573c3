"""How far a media playlist has come, and what a player may wait for (RFC 8216bis 6.2.5.2)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from f1stream.hls.directives import Directives
from f1stream.hls.tags import tag

_BLOCKS = re.compile(rb"^#EXT-X-SERVER-CONTROL:[^\r\n]*?CAN-BLOCK-RELOAD=YES", re.MULTILINE)
_TARGET = re.compile(rb"^#EXT-X-TARGETDURATION:[ \t]*(\d{1,6})", re.MULTILINE)
_PART_TARGET = re.compile(
    rb"^#EXT-X-PART-INF:[^\r\n]*?PART-TARGET=(\d{1,4}(?:\.\d{1,6})?)", re.MULTILINE
)
_SEQUENCE = re.compile(rb"^#EXT-X-MEDIA-SEQUENCE:[ \t]*(\d{1,15})", re.MULTILINE)
_CONTROL = re.compile(rb"^#EXT-X-SERVER-CONTROL:[^\r\n]*", re.MULTILINE)
_SKIPS = re.compile(rb"CAN-SKIP-UNTIL=(\d{1,9}(?:\.\d{1,9})?)")
_ENDED = re.compile(rb"^#EXT-X-ENDLIST", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a playlist whose reload can be waited for stands.

    `last_msn` is the media sequence number of its last whole segment, of which `last_parts` are
    listed; `open_parts` are those of the segment that is not whole yet.
    """

    last_msn: int
    last_parts: int
    open_parts: int
    target_s: float
    part_target_s: float
    ended: bool

    @property
    def position(self) -> tuple[int, int]:
        """Later playlists have a higher one."""
        return self.last_msn, self.open_parts

    def has(self, asked: Directives) -> bool:
        """Whether the playlist holds what is waited for; one that has ended holds all there is."""
        if asked.msn is None or self.ended or asked.msn < self.last_msn:
            return True
        if asked.part is None or asked.msn > self.last_msn + 1:
            return asked.msn <= self.last_msn
        if asked.msn == self.last_msn:
            # A part behind a segment's last one is the first of the next segment.
            return asked.part < max(self.last_parts, 1) or self.open_parts > 0
        return asked.part < self.open_parts

    def is_too_far(self, asked: Directives, elapsed_s: float) -> bool:
        """Whether no server would wait for it, `elapsed_s` after the playlist was as it is."""
        if asked.msn is None:
            return False
        if asked.msn > self.last_msn + 2 + elapsed_s / max(self.target_s, 1):
            return True
        if asked.part is None or asked.msn <= self.last_msn or not self.part_target_s:
            return False
        advance = max(3 / self.part_target_s, 3)
        per_segment = self.target_s / self.part_target_s
        listed = self.open_parts if asked.msn == self.last_msn + 1 else 0
        return asked.part > listed + advance + per_segment + elapsed_s / self.part_target_s


def progress(playlist: bytes) -> Progress | None:
    """How far a media playlist is; None for one whose reload can't be waited for."""
    if not _BLOCKS.search(playlist):
        return None
    segments, before, parts = 0, 0, 0
    for line in playlist.splitlines():
        name = tag(line)
        if name == b"#EXT-X-PART":
            parts += 1
        elif not name and line.strip():
            segments, before, parts = segments + 1, parts, 0
    sequence, target = _SEQUENCE.search(playlist), _TARGET.search(playlist)
    part_target = _PART_TARGET.search(playlist)
    return Progress(
        last_msn=(int(sequence[1]) if sequence else 0) + segments - 1,
        last_parts=before,
        open_parts=parts,
        target_s=float(target[1]) if target else 0.0,
        part_target_s=float(part_target[1]) if part_target else 0.0,
        ended=_ENDED.search(playlist) is not None,
    )


class Skips(NamedTuple):
    """Which delta updates a playlist has: `until_s` seconds from its end on nothing is left out.

    `date_ranges` tells whether those may be left out as well.
    """

    until_s: float
    date_ranges: bool


def skips(playlist: bytes) -> Skips | None:
    """What a playlist says of its delta updates; None where it has none."""
    control = _CONTROL.search(playlist) if b"CAN-SKIP-UNTIL=" in playlist else None
    found = _SKIPS.search(control[0]) if control else None
    if control is None or found is None:
        return None
    return Skips(float(found[1]), b"CAN-SKIP-DATERANGES=YES" in control[0])
