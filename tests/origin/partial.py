"""The Media Playlist of a low-latency stream at one moment (RFC 8216bis, section 4.4)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.origin.cmaf import PART_S, PARTS, SEGMENT_S, Track

TARGET_DURATION_S = 1
PART_HOLD_BACK_S = 3 * PART_S
HOLD_BACK_S = 3 * TARGET_DURATION_S
CAN_SKIP_UNTIL_S = 6 * TARGET_DURATION_S
SEGMENTS_WITH_PARTS = 4
"""Parts further than three target durations from the end may go (section 4.4.4.9)."""


@dataclass(frozen=True, slots=True)
class Offers:
    """What a stream offers of low latency; switching all of it off leaves a plain live stream."""

    parts: bool = True
    """EXT-X-PART, EXT-X-PRELOAD-HINT and EXT-X-RENDITION-REPORT."""
    blocking: bool = True
    """CAN-BLOCK-RELOAD: a request for a playlist can wait for its news."""
    skipping: bool = True
    """CAN-SKIP-UNTIL: a request can ask for a Playlist Delta Update."""
    ranges: bool = False
    """Parts are ranges of a segment that grows, not files of their own."""


LOW_LATENCY = Offers()
PLAIN = Offers(parts=False, blocking=False, skipping=False)


@dataclass(frozen=True, slots=True)
class Moment:
    """How far a stream is: parts and segments are counted from 0 for ever."""

    produced: int
    """How many parts there are."""
    first: int
    """The Media Sequence Number of the first segment that is listed."""
    began_at: datetime
    """When the first frame of segment 0 was taken."""
    ended: bool = False

    @property
    def segments(self) -> int:
        """How many segments are complete, which is the number of the one in the making."""
        return self.produced // PARTS


@dataclass(frozen=True, slots=True)
class Rendition:
    """What a Media Playlist has to say of one track, whenever it is asked."""

    track: Track
    offers: Offers
    reported: tuple[str, ...] = ()
    """The addresses of the other renditions' playlists."""

    def playlist(self, moment: Moment, *, delta: bool = False) -> str:
        """The playlist, or a Playlist Delta Update (section 6.2.5.1) if there is what to skip."""
        skipped = self._skippable(moment) if delta else 0
        lines = self._head(moment)
        if skipped:
            lines.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}")
        else:
            lines.append('#EXT-X-MAP:URI="init.mp4"')
        for segment in range(moment.first + skipped, moment.segments):
            lines += self._segment(segment, moment)
        if moment.ended:
            lines.append("#EXT-X-ENDLIST")
        elif self.offers.parts:
            lines += self._growing(moment)
        return "\n".join([*lines, ""])

    def _head(self, moment: Moment) -> list[str]:
        lines = [
            "#EXTM3U",
            f"#EXT-X-VERSION:{9 if self.offers.skipping else 6}",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            f"#EXT-X-TARGETDURATION:{TARGET_DURATION_S}",
        ]
        if control := self._server_control():
            lines.append(f"#EXT-X-SERVER-CONTROL:{control}")
        if self.offers.parts:
            lines.append(f"#EXT-X-PART-INF:PART-TARGET={PART_S:.5f}")
        return [*lines, f"#EXT-X-MEDIA-SEQUENCE:{moment.first}"]

    def _server_control(self) -> str:
        offers = self.offers
        attributes = ["CAN-BLOCK-RELOAD=YES"] if offers.blocking else []
        if offers.parts:
            attributes.append(f"PART-HOLD-BACK={PART_HOLD_BACK_S:.5f}")
            attributes.append(f"HOLD-BACK={HOLD_BACK_S:.1f}")
        if offers.skipping:
            attributes.append(f"CAN-SKIP-UNTIL={CAN_SKIP_UNTIL_S:.1f}")
        return ",".join(attributes)

    def _skippable(self, moment: Moment) -> int:
        boundary_s = moment.produced * PART_S - CAN_SKIP_UNTIL_S
        return max(int(boundary_s / SEGMENT_S) - moment.first, 0)

    def _segment(self, segment: int, moment: Moment) -> list[str]:
        at = moment.began_at + timedelta(seconds=segment * SEGMENT_S)
        lines = [f"#EXT-X-PROGRAM-DATE-TIME:{at.isoformat(timespec='milliseconds')}"]
        if self.offers.parts and segment > moment.segments - SEGMENTS_WITH_PARTS:
            lines += self._parts(segment * PARTS, (segment + 1) * PARTS)
        return [*lines, f"#EXTINF:{SEGMENT_S:.5f},", f"segment{segment}.m4s"]

    def _growing(self, moment: Moment) -> list[str]:
        lines = self._parts(moment.segments * PARTS, moment.produced)
        segment, part = divmod(moment.produced, PARTS)
        lines.append(f"#EXT-X-PRELOAD-HINT:TYPE=PART,{self._hinted(segment, part)}")
        last_segment, last_part = divmod(moment.produced - 1, PARTS)
        return lines + [
            f'#EXT-X-RENDITION-REPORT:URI="{address}",LAST-MSN={last_segment},LAST-PART={last_part}'
            for address in self.reported
        ]

    def _parts(self, first: int, end: int) -> list[str]:
        return [self._part(number) for number in range(first, end)]

    def _part(self, number: int) -> str:
        segment, part = divmod(number, PARTS)
        attributes = [f"DURATION={PART_S:.5f}", f'URI="{self._part_name(segment, part)}"']
        if self.offers.ranges:
            size, start = self.track.part_bytes(number), self._start(segment, part)
            attributes.append(f'BYTERANGE="{size}@{start}"')
        if self.track.independent or part == 0:
            attributes.append("INDEPENDENT=YES")
        return f"#EXT-X-PART:{','.join(attributes)}"

    def _hinted(self, segment: int, part: int) -> str:
        address = f'URI="{self._part_name(segment, part)}"'
        if self.offers.ranges:
            return f"{address},BYTERANGE-START={self._start(segment, part)}"
        return address

    def _start(self, segment: int, part: int) -> int:
        first = segment * PARTS
        return sum(self.track.part_bytes(number) for number in range(first, first + part))

    def _part_name(self, segment: int, part: int) -> str:
        return f"segment{segment}.m4s" if self.offers.ranges else f"segment{segment}.{part}.m4s"
