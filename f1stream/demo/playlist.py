"""The demo's playlists, from nothing but the clip and the time of day.

Live streams number their Media Segments from a fixed moment, `EPOCH`. Restarts and several workers
thus agree on every number without remembering any, and the numbers stay far below 2³¹, past
which players have been known to fail.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from f1stream.demo.clip import Clip, Rendition

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
WINDOW = 6
"""Media Segments in a live playlist."""
KEPT_S = 60
"""For how many seconds after its end a Media Segment may still be fetched."""


def multivariant_playlist(clip: Clip) -> bytes:
    """The Multivariant Playlist: one Variant Stream a rendition (RFC 8216bis, section 4.4.6)."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rendition in clip.renditions:
        attributes = (
            f"BANDWIDTH={rendition.bandwidth}",
            f"AVERAGE-BANDWIDTH={rendition.average_bandwidth}",
            f'CODECS="{rendition.codecs}"',
            f"RESOLUTION={rendition.width}x{rendition.height}",
            f"FRAME-RATE={rendition.frame_rate:.3f}",
        )
        lines += [f"#EXT-X-STREAM-INF:{','.join(attributes)}", f"{rendition.name}.m3u8"]
    return _encode(lines)


def media_playlist(clip: Clip, rendition: Rendition, now: datetime) -> bytes:
    """The live Media Playlist as it stands at `now`, an aware time: the newest `WINDOW` segments.

    A Media Segment is listed once all of it lies in the past. Each run of the clip begins with a
    discontinuity, which leaves the playlist together with its segment and is counted from then on
    (RFC 8216bis, sections 4.4.3.3 and 6.2.2).
    """
    end = _ended(clip, now)
    first = end - WINDOW
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{clip.segment_s}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{(first - 1) // clip.segments}",
        "#EXT-X-INDEPENDENT-SEGMENTS",
    ]
    for number in range(first, end):
        loops = number % clip.segments == 0
        if loops:
            lines.append("#EXT-X-DISCONTINUITY")
        if loops or number == first:
            lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_began(clip, number)}")
        lines += [f"#EXTINF:{clip.segment_s:.3f},", f"{rendition.name}/{number}.ts"]
    return _encode(lines)


def is_available(clip: Clip, number: int, now: datetime) -> bool:
    """Whether the Media Segment of that Media Sequence Number may be fetched at `now`.

    It may from the moment it is listed, and for `KEPT_S` seconds: well past the life that
    RFC 8216bis, section 6.2.2 asks for, the length of the playlist and of the segment.
    """
    end = _ended(clip, now)
    return end - KEPT_S // clip.segment_s <= number < end


def _ended(clip: Clip, now: datetime) -> int:
    # A clock set before the epoch (a board without a battery) would number segments below zero;
    # it is shown the first window.
    return max((now - EPOCH) // timedelta(seconds=clip.segment_s), WINDOW + 1)


def _began(clip: Clip, number: int) -> str:
    began = EPOCH + timedelta(seconds=number * clip.segment_s)
    return began.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _encode(lines: list[str]) -> bytes:
    return "\n".join([*lines, ""]).encode()
