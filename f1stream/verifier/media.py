"""What the first bytes of a segment say: which container it is, and which codecs are in it."""

from __future__ import annotations

from dataclasses import dataclass

from f1stream.models import Container
from f1stream.verifier import boxes, transport

_ID3 = b"ID3"
_SYNC = {
    b"\xff\xf1": "mp4a.40.2",
    b"\xff\xf9": "mp4a.40.2",
    b"\xff\xfb": "mp4a.40.34",
    b"\xff\xf3": "mp4a.40.34",
    b"\x0b\x77": "ac-3",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What bytes show. `container` is unknown for what is encrypted, or nothing we know."""

    container: Container | None = None
    codecs: tuple[str, ...] = ()
    width: int | None = None
    height: int | None = None


def seen(sample: bytes, init: bytes = b"") -> Seen:
    """What the beginning of a segment shows, with that of its Media Initialization Section.

    Never raises: bytes that are nothing we know show nothing.
    """
    if transport.is_transport(sample):
        return Seen("ts", transport.codecs(sample))
    if boxes.is_fragment(sample) or boxes.is_fragment(init):
        tracks = boxes.tracks(init or sample)
        size = next(((track.width, track.height) for track in tracks if track.height), None)
        codecs = tuple(dict.fromkeys(track.codec for track in tracks))
        return Seen("fmp4", codecs, *(size or (None, None)))
    audio = _after_id3(sample)
    if codec := _SYNC.get(audio[:2]):
        return Seen("audio", (codec,))
    if sample.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        return Seen("text", ("wvtt",))
    return Seen()


def _after_id3(sample: bytes) -> bytes:
    """Packed audio begins with an ID3 tag (RFC 8216bis, section 3.1.3)."""
    if not sample.startswith(_ID3) or len(sample) < 10:
        return sample
    size = 0
    for seven_bits in sample[6:10]:
        size = size << 7 | seven_bits & 0x7F
    return sample[10 + size :]
