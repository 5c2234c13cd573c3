"""Boxes of MP4 files (ISO 14496-12), as far as to name the tracks of an initialization section."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_FIRST = frozenset({b"ftyp", b"styp", b"moof", b"moov", b"sidx", b"emsg", b"prft"})
_TO_DESCRIPTIONS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_VIDEO_FIELDS_BYTES = 78
_AUDIO_FIELDS_BYTES = 28
_VIDEO = frozenset(
    {b"avc1", b"avc3", b"hvc1", b"hev1", b"vvc1", b"av01", b"vp09", b"dvh1", b"dvhe", b"encv"}
)
_SOUND = frozenset({b"mp4a", b"ac-3", b"ec-3", b"ac-4", b"Opus", b"fLaC", b"alac", b"enca"})
_TEXT = frozenset({b"wvtt", b"stpp", b"c608"})


@dataclass(frozen=True, slots=True)
class Track:
    """A track's codec as in RFC 6381, as far as it can be read; the picture's size in pixels."""

    codec: str
    width: int = 0
    height: int = 0


def is_fragment(sample: bytes) -> bool:
    """Whether `sample` begins as a segment or an initialization section does."""
    return sample[4:8] in _FIRST


def tracks(init: bytes) -> list[Track]:
    """The tracks that an initialization section describes; none where it describes none."""
    descriptions = [init]
    for name in _TO_DESCRIPTIONS:
        descriptions = [
            body for within in descriptions for found, body in _boxes(within) if found == name
        ]
    found = (_boxes(body[8:]) for body in descriptions)
    made = (_track(name, body) for boxes in found for name, body in boxes)
    return [track for track in made if track is not None]


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        size, head = int.from_bytes(data[at : at + 4]), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16]), 16
        elif size == 0:
            size = len(data) - at
        if size < head:
            return
        yield data[at + 4 : at + 8], data[at + head : at + size]
        at += size


def _track(name: bytes, body: bytes) -> Track | None:
    if name in _VIDEO:
        inner = dict(_boxes(body[_VIDEO_FIELDS_BYTES:]))
        width, height = int.from_bytes(body[24:26]), int.from_bytes(body[26:28])
        return Track(_codec(name, inner), width, height)
    if name in _SOUND:
        return Track(_codec(name, dict(_boxes(body[_AUDIO_FIELDS_BYTES:]))))
    return Track(name.decode("ascii")) if name in _TEXT else None


def _codec(name: bytes, inner: dict[bytes, bytes]) -> str:
    if name in (b"encv", b"enca"):
        original = dict(_boxes(inner.get(b"sinf", b""))).get(b"frma", b"")[:4]
        name = original if original in _VIDEO | _SOUND else name
    profile = inner.get(b"avcC", b"")[1:4]
    if name in (b"avc1", b"avc3") and len(profile) == 3:
        return f"{name.decode('ascii')}.{profile.hex()}"
    # Nearly always AAC-LC, and what players take either way.
    return "mp4a.40.2" if name == b"mp4a" else name.decode("ascii")
