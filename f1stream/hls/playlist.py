"""What a playlist says: its variants or its segments, read by the m3u8 library.

For understanding only. What players are given is never written from these.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import m3u8

from f1stream.errors import NoSuchVariant, NotAPlaylist
from f1stream.hls.tags import BYTE_ORDER_MARK, STREAM_INF, tag
from f1stream.hls.uris import references, splice

# What m3u8 6.0.0 raises at text that is not a playlist.
_FAULTS = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)

# The only tags handed to m3u8: a date that it cannot read spoils no playlist.
_READ = frozenset(
    {
        "#EXTINF",
        "#EXT-X-STREAM-INF",
        "#EXT-X-BYTERANGE",
        "#EXT-X-ENDLIST",
        "#EXT-X-GAP",
        "#EXT-X-KEY",
        "#EXT-X-MAP",
        "#EXT-X-PART-INF",
    }
)
# Tags whose numbers are read here, to where the digits end: m3u8 refuses "6.0", hls.js does not.
_NUMBERS = {
    "#EXT-X-TARGETDURATION": "targetduration",
    "#EXT-X-MEDIA-SEQUENCE": "media_sequence",
}
_NUMBER = re.compile(r"\s*([0-9]{1,18})")
# m3u8 also ends a line at these, which are text in a playlist.
_NOT_LINE_ENDS = str.maketrans(dict.fromkeys("\v\f\x1c\x1d\x1e\x85\u2028\u2029", " "))
_BANDWIDTH = re.compile(rb"[:,][ \t]*+BANDWIDTH[ \t]*+=[ \t]*+([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Variant:
    """One EXT-X-STREAM-INF (RFC 8216bis 4.4.6.2); `None` and empty text for what it leaves out."""

    url: str
    bandwidth_bps: int
    average_bandwidth_bps: int | None
    width: int | None
    height: int | None
    frame_rate: float | None
    codecs: str
    audio: str


@dataclass(frozen=True, slots=True)
class Multivariant:
    """A multivariant playlist; its variants are in file order."""

    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Part of a resource (RFC 8216bis 4.4.4.2), in bytes."""

    length: int
    offset: int


@dataclass(frozen=True, slots=True)
class Segment:
    """One media segment; `is_gap` is one that is known to be missing (RFC 8216bis 4.4.4.7)."""

    url: str
    duration_s: float
    byte_range: ByteRange | None
    is_gap: bool = False


@dataclass(frozen=True, slots=True)
class Media:
    """A media playlist.

    `target_duration_s` is the longest segment's where the tag is missing. `part_target_s` is set
    exactly for a low-latency playlist. `key_methods` are in order of appearance, each once.
    """

    target_duration_s: float
    media_sequence: int
    segments: tuple[Segment, ...]
    ended: bool
    map_url: str | None
    key_methods: tuple[str, ...]
    part_target_s: float | None

    @property
    def low_latency(self) -> bool:
        """Whether segments are published in parts."""
        return self.part_target_s is not None


Playlist = Multivariant | Media


def is_playlist(body: bytes) -> bool:
    """Whether this starts as every playlist must (RFC 8216bis 4.4.1.1)."""
    return body[:1024].lstrip().removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"#EXTM3U")


def read(body: bytes, url: str) -> Playlist:
    """What the playlist at `url` says, with absolute URLs and the values of its own variables.

    Raises `NotAPlaylist` where it does not start as one or makes no sense as one.
    """
    if not is_playlist(body):
        raise NotAPlaylist("The answer does not start with #EXTM3U.")
    try:
        return _understood(_absolute(body, url))
    except _FAULTS as fault:
        raise NotAPlaylist(f"The playlist makes no sense: {type(fault).__name__}.") from None


def select_variant(body: bytes, quality: int) -> bytes:
    """The playlist with only the variant of the Nth highest BANDWIDTH, where 0 is the highest.

    Of equal ones the first in the file is first. The lines of the other variants are left out and
    no other byte is touched; a media playlist comes back as it is. Raises `NoSuchVariant`.
    """
    lines = body.splitlines(keepends=True)
    variants = _variants(lines)
    if not variants:
        return body
    if not 0 <= quality < len(variants):
        raise NoSuchVariant(f"The quality must be from 0 to {len(variants) - 1}.")
    variants.sort(key=lambda variant: _bandwidth(lines[variant[-2]]), reverse=True)
    del variants[quality]
    others = {number for variant in variants for number in variant}
    return b"".join(line for number, line in enumerate(lines) if number not in others)


def _variants(lines: list[bytes]) -> list[list[int]]:
    """The line numbers of each variant: its EXT-X-STREAM-INF, or several, and its URI."""
    variants: list[list[int]] = []
    described: list[int] = []
    for number, line in enumerate(lines):
        name = tag(line)
        if name == STREAM_INF:
            described.append(number)
        elif described and not name and not line.isspace():
            variants.append([*described, number])
            described = []
    return variants


def _bandwidth(line: bytes) -> int:
    found = _BANDWIDTH.search(line)
    return int(found[1]) if found else 0


def _absolute(body: bytes, url: str) -> str:
    spliced = splice(body, references(body, url), lambda reference: reference.url)
    text = spliced.decode(errors="replace").removeprefix("\ufeff")
    return text.translate(_NOT_LINE_ENDS)


def _understood(text: str) -> Playlist:
    found = m3u8.loads(text, custom_tags_parser=_skip)
    if found.is_variant:
        return Multivariant(tuple(_variant(playlist) for playlist in found.playlists))
    segments = _segments(found.segments)
    longest = max((0.0, *(segment.duration_s for segment in segments)))
    return Media(
        target_duration_s=float(found.target_duration or longest),
        media_sequence=found.media_sequence or 0,
        segments=segments,
        ended=found.is_endlist,
        map_url=next((section.uri for section in found.segment_map), None),
        key_methods=tuple(dict.fromkeys(key.method for key in found.keys if key)),
        part_target_s=_seconds(found.part_inf.part_target) if found.part_inf else None,
    )


def _skip(line: str, _number: int, data: dict[str, Any], _state: dict[str, Any]) -> bool:
    name, _, value = line.partition(":")
    if name in _NUMBERS and (number := _NUMBER.match(value)):
        data[_NUMBERS[name]] = int(number[1])
    return name not in _READ


def _variant(playlist: Any) -> Variant:
    said = playlist.stream_info
    width, height = said.resolution or (None, None)
    return Variant(
        url=playlist.uri,
        bandwidth_bps=said.bandwidth,
        average_bandwidth_bps=said.average_bandwidth,
        width=width,
        height=height,
        frame_rate=said.frame_rate,
        codecs=said.codecs or "",
        audio=said.audio or "",
    )


def _segments(found: Any) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    for segment in found:
        if segment.uri is not None:
            before = segments[-1] if segments else None
            byte_range = _byte_range(segment.byterange, segment.uri, before)
            seconds, is_gap = _seconds(segment.duration), bool(segment.gap_tag)
            segments.append(Segment(segment.uri, seconds, byte_range, is_gap))
    return tuple(segments)


def _seconds(number: float) -> float:
    if not math.isfinite(number):
        raise ValueError("a duration that is no number")
    return number


def _byte_range(text: str | None, url: str, before: Segment | None) -> ByteRange | None:
    if not text:
        return None
    length, _, offset = text.partition("@")
    if offset:
        return ByteRange(int(length), int(offset))
    follows = before.byte_range if before and before.url == url else None
    return ByteRange(int(length), follows.offset + follows.length if follows else 0)
