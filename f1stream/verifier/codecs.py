"""Which codecs are for pictures, and which of all some browser of today plays."""

from __future__ import annotations

from collections.abc import Iterable

_PICTURE = ("avc1", "avc3", "hvc1", "hev1", "dvh1", "dvhe", "av01", "vp08", "vp8", "vp09", "vp9")
_SOUND = ("mp4a.40", "mp4a.69", "mp4a.6B", "mp3", "ac-3", "ec-3", "opus", "flac", "alac")
# Named by what is in a segment, but played by no browser.
_OTHER_PICTURE = ("mp2v", "mp4v", "mp1v", "vc-1", "vvc1", "drac")


def is_picture(codec: str) -> bool:
    """Whether `codec`, as in RFC 6381, is one for pictures."""
    return _is_one_of(codec, _PICTURE + _OTHER_PICTURE)


def plays_somewhere(codecs: Iterable[str]) -> bool:
    """Whether there are codecs, each of which some browser plays."""
    found = list(codecs)
    return bool(found) and all(_is_one_of(codec, _PICTURE + _SOUND) for codec in found)


def _is_one_of(codec: str, names: tuple[str, ...]) -> bool:
    return codec.lower().startswith(tuple(name.lower() for name in names))
