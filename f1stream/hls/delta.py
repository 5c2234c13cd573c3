"""Playlist delta updates: a playlist without what a player already has (RFC 8216bis 6.2.5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from f1stream.hls.directives import Skip
from f1stream.hls.tags import DATERANGE, attributes, tag

_SKIP = b"#EXT-X-SKIP"
_SERVER_CONTROL = b"#EXT-X-SERVER-CONTROL"
_KEY = b"#EXT-X-KEY"
# What says something about all segments behind it, until it is said anew.
_LASTING = frozenset({b"#EXT-X-MAP", b"#EXT-X-BITRATE"})
# What is said of the playlist and not of its segments, and stays when those are skipped.
_OF_PLAYLIST = frozenset(
    b"#EXT" + name
    for name in (
        b"M3U -X-VERSION -X-TARGETDURATION -X-MEDIA-SEQUENCE -X-DISCONTINUITY-SEQUENCE "
        b"-X-SERVER-CONTROL -X-PART-INF -X-INDEPENDENT-SEGMENTS -X-START -X-DEFINE "
        b"-X-PLAYLIST-TYPE -X-I-FRAMES-ONLY -X-IMAGES-ONLY -X-ALLOW-CACHE -X-DATERANGE "
        b"-X-PRELOAD-HINT -X-RENDITION-REPORT -X-ENDLIST"
    ).split()
)
_NUMBER = rb"[ \t]*([0-9]{1,9}(?:\.[0-9]{1,9})?)"
_UNTIL = re.compile(rb"[:,][ \t]*CAN-SKIP-UNTIL=" + _NUMBER)
_DATE_RANGES = re.compile(rb"[:,][ \t]*CAN-SKIP-DATERANGES=YES")
_DURATION = re.compile(rb"\s*#EXTINF:" + _NUMBER)
_SEQUENCE = re.compile(rb"^#EXT-X-MEDIA-SEQUENCE:[ \t]*([0-9]{1,18})", re.MULTILINE)
_SKIPPED = re.compile(rb"[:,][ \t]*SKIPPED-SEGMENTS=([0-9]{1,9})")


def delta(playlist: bytes, skip: Skip, earlier: bytes | None = None) -> bytes:
    """The delta update of a full media playlist; the playlist itself where none can be made.

    None can where the playlist does not say CAN-SKIP-UNTIL, or nothing in it is that old. Keys,
    maps and bitrates of skipped segments that still hold behind them are said again, as hls.js
    takes none from the playlist that it has.

    `earlier` is the playlist as it was at least half of CAN-SKIP-UNTIL ago, which no player's copy
    is older than: the date ranges in it are those that `Skip.DATE_RANGES` leaves out. It is needed
    for that; without CAN-SKIP-DATERANGES date ranges stay.
    """
    lines = playlist.splitlines(keepends=True)
    control = next((line for line in lines if tag(line) == _SERVER_CONTROL), b"")
    until = _UNTIL.search(control)
    if until is None or any(tag(line) == _SKIP for line in lines):
        return playlist
    skipped = _skippable(lines, float(until[1]))
    if not skipped:
        return playlist
    known: frozenset[bytes] = frozenset()
    attribute = b""
    if skip is Skip.DATE_RANGES and _DATE_RANGES.search(control):
        if earlier is None:
            return playlist
        before = _date_ranges(earlier.splitlines(keepends=True))
        known = frozenset(before.values())
        removed = before.keys() - _date_ranges(lines).keys()
        attribute = b',RECENTLY-REMOVED-DATERANGES="%b"' % b"\t".join(sorted(removed))
    cut = skipped[-1] + 1
    old, end = lines[:cut], lines[0][len(lines[0].rstrip(b"\r\n")) :]
    kept = [line for line in old if tag(line) in _OF_PLAYLIST and not _is_known(line, known)]
    said = b"%b:SKIPPED-SEGMENTS=%d%b%b" % (_SKIP, len(skipped), attribute, end)
    return b"".join([*kept, said, *_lasting(old), *lines[cut:]])


def applied(full: bytes, update: bytes) -> bytes | None:
    """The full playlist that a delta update of it stands for.

    `full` is an older one; `None` where it does not hold what the update skips.
    """
    lines = update.splitlines(keepends=True)
    at = next((number for number, line in enumerate(lines) if tag(line) == _SKIP), None)
    if at is None:
        return update
    count = _SKIPPED.search(lines[at])
    old = full.splitlines(keepends=True)
    ends = _uris(old)
    first = _sequence(update) - _sequence(full)
    if count is None or first < 0 or first + int(count[1]) > len(ends):
        return None
    start = ends[first - 1] + 1 if first else 0
    cut = ends[first + int(count[1]) - 1] + 1 if int(count[1]) else start
    skipped = [line for line in old[start:cut] if tag(line) not in _OF_PLAYLIST]
    again = _missing_date_ranges(old, lines)
    return b"".join(
        [*lines[:at], *again, *_lasting(old[:start]), *skipped, *lines[at + 1 :]],
    )


def _skippable(lines: list[bytes], until_s: float) -> list[int]:
    """Where the URIs stand of the segments that end before the skip boundary."""
    uris = _uris(lines)
    durations = [0.0] * (len(lines) + 1)
    for number in range(len(lines) - 1, -1, -1):
        found = _DURATION.match(lines[number])
        durations[number] = durations[number + 1] + (float(found[1]) if found else 0.0)
    return [number for number in uris if durations[number] >= until_s]


def _uris(lines: list[bytes]) -> list[int]:
    return [number for number, line in enumerate(lines) if line.strip() and not tag(line)]


def _lasting(lines: Iterable[bytes]) -> list[bytes]:
    """What of these lines holds for the segments behind them."""
    said: dict[bytes, bytes] = {}
    for line in lines:
        name = tag(line)
        if name in _LASTING:
            said[name] = line
        elif name == _KEY:
            if b"METHOD=NONE" in line:
                said = {of: before for of, before in said.items() if of in _LASTING}
            said[_KEY + _quoted(line, b"KEYFORMAT")] = line
    return list(said.values())


def _date_ranges(lines: Iterable[bytes]) -> dict[bytes, bytes]:
    return {_quoted(line, b"ID"): line.strip() for line in lines if tag(line) == DATERANGE}


def _missing_date_ranges(old: list[bytes], lines: list[bytes]) -> list[bytes]:
    """The date ranges that an update neither says nor calls removed."""
    at = next(line for line in lines if tag(line) == _SKIP)
    if b"RECENTLY-REMOVED-DATERANGES" not in at:
        return []
    gone = {*_quoted(at, b"RECENTLY-REMOVED-DATERANGES").split(b"\t"), *_date_ranges(lines)}
    return [line for line in old if tag(line) == DATERANGE and _quoted(line, b"ID") not in gone]


def _is_known(line: bytes, known: frozenset[bytes]) -> bool:
    return bool(known) and tag(line) == DATERANGE and line.strip() in known


def _quoted(line: bytes, name: bytes) -> bytes:
    return next((line[start:end] for found, start, end in attributes(line) if found == name), b"")


def _sequence(playlist: bytes) -> int:
    found = _SEQUENCE.search(playlist)
    return int(found[1]) if found else 0
