"""Tracks of CMAF chunks (ISO/IEC 23000-19) that go on for ever on one timeline.

A few seconds are encoded once. Each time round, the chunks get later decode times, so that a
player sees one stream without any discontinuity.

Pictures come 25 and frames of AAC 46.875 times a second; 0.32 s is the shortest time that holds
a whole number of both. That is a part, and so each track's parts begin at the same instants.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.origin.boxes import boxes, decode_time, find, moved, timescale
from tests.origin.encode import ffmpeg

PART_S = 0.32
PARTS = 3
"""How many parts a segment has."""
SEGMENT_S = PART_S * PARTS
LOOP_SEGMENTS = 12

FRAMES_PER_SEGMENT = 24
PICTURE = f"testsrc2=size=160x90:rate=25:duration={SEGMENT_S * (LOOP_SEGMENTS + 1)}"
SOUND = f"sine=frequency=440:sample_rate=48000:duration={SEGMENT_S * (LOOP_SEGMENTS + 1)}"
H264 = "-c:v libx264 -preset ultrafast -profile:v baseline -pix_fmt yuv420p -threads 1"
GROUPS = f"-g {FRAMES_PER_SEGMENT} -keyint_min {FRAMES_PER_SEGMENT} -sc_threshold 0"
AAC = "-c:a aac -b:a 64k -ac 2"
FRAGMENTS = "-use_editlist 0 -movflags empty_moov+default_base_moof+skip_trailer"


@dataclass(frozen=True, slots=True)
class Track:
    """One encoded track that repeats itself every `LOOP_SEGMENTS` segments.

    Parts are counted from 0 for ever: part `n` is the `n % PARTS`th of segment `n // PARTS`.
    """

    init: bytes
    """The initialization section."""
    codec: str
    """As the CODECS attribute names it."""
    chunks: tuple[bytes, ...]
    """All of one time round, in order; each a `moof` and its `mdat`."""
    chunks_per_part: int
    independent: bool
    """Whether every part can be decoded alone, and not only the first of a segment."""

    def part(self, number: int) -> list[bytes]:
        """The chunks of a part."""
        loop_ticks = round(LOOP_SEGMENTS * SEGMENT_S * timescale(self.init))
        first = number * self.chunks_per_part
        return [
            moved(
                self.chunks[chunk % len(self.chunks)],
                sequence=chunk + 1,
                later_by=chunk // len(self.chunks) * loop_ticks,
            )
            for chunk in range(first, first + self.chunks_per_part)
        ]

    def part_bytes(self, number: int) -> int:
        """How long a part is."""
        first = number * self.chunks_per_part
        chunks = range(first, first + self.chunks_per_part)
        return sum(len(self.chunks[chunk % len(self.chunks)]) for chunk in chunks)

    @property
    def bandwidth(self) -> int:
        """The most bits a second of any of its segments."""
        sizes = [self.part_bytes(part) for part in range(PARTS * LOOP_SEGMENTS)]
        segments = [sum(sizes[start : start + PARTS]) for start in range(0, len(sizes), PARTS)]
        return round(max(segments) * 8 / SEGMENT_S)


@dataclass(frozen=True, slots=True)
class Tracks:
    """A picture at two bitrates and its sound, as players in a browser decode them."""

    low: Track
    high: Track
    audio: Track


def encode_tracks(folder: Path) -> Tracks:
    """Make them below `folder`, in about a second. Raises `EncodingFailed`."""
    folder.mkdir(parents=True, exist_ok=True)
    return Tracks(
        low=_video(folder / "low.mp4", bitrate="100k"),
        high=_video(folder / "high.mp4", bitrate="300k"),
        audio=_audio(folder / "audio.mp4"),
    )


def _video(path: Path, bitrate: str) -> Track:
    # Fragments are cut at the first frame after this time, which is the third one.
    options = f"{H264} {GROUPS} -b:v {bitrate} {FRAGMENTS} -frag_duration 75000"
    init, fragments = _fragments(path, PICTURE, options)
    entry = find(init, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    configuration = init.index(b"avcC", entry.body) + 5
    codec = f"avc1.{init[configuration : configuration + 3].hex()}"
    return _track(init, codec, fragments, chunks_per_part=4, independent=False)


def _audio(path: Path) -> Track:
    init, fragments = _fragments(path, SOUND, f"{AAC} {FRAGMENTS} -frag_duration 100000")
    return _track(init, "mp4a.40.2", fragments, chunks_per_part=3, independent=True)


def _fragments(path: Path, source: str, options: str) -> tuple[bytes, list[bytes]]:
    ffmpeg("-f", "lavfi", "-i", source, *options.split(), str(path))
    data = path.read_bytes()
    found = list(boxes(data))
    starts = [box.start for box in found if box.kind == b"moof"]
    ends = [box.end for box in found if box.kind == b"mdat"]
    cut = [data[start:end] for start, end in zip(starts, ends, strict=True)]
    return data[: starts[0]], cut


def _track(
    init: bytes, codec: str, fragments: list[bytes], *, chunks_per_part: int, independent: bool
) -> Track:
    count = LOOP_SEGMENTS * PARTS * chunks_per_part
    chunk_s = PART_S / chunks_per_part
    for number, fragment in enumerate(fragments[:count]):
        assert decode_time(fragment) == round(number * chunk_s * timescale(init))
    return Track(init, codec, tuple(fragments[:count]), chunks_per_part, independent)
