"""The clip that the demo plays for ever: what it holds, and its bytes, as `render.sh` made them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

CLIP = Path(__file__).with_name("clip")


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoding of the clip, and what a Multivariant Playlist says of it.

    `bandwidth` and `average_bandwidth` are in bits per second (RFC 8216bis, section 4.4.6.2).
    """

    name: str
    width: int
    height: int
    frame_rate: float
    codecs: str
    bandwidth: int
    average_bandwidth: int


@dataclass(frozen=True, slots=True)
class Clip:
    """Renditions cut alike: `segments` Media Segments each, every one of `segment_s` seconds."""

    segment_s: int
    segments: int
    renditions: tuple[Rendition, ...]


def load_clip(folder: Path = CLIP) -> Clip:
    """Read the clip's index. Blocks; raises `OSError` or `ValueError` where it was not rendered."""
    index = json.loads((folder / "clip.json").read_bytes())
    renditions = tuple(Rendition(**rendition) for rendition in index["renditions"])
    return Clip(index["segment_s"], index["segments"], renditions)


def read_segment(rendition: Rendition, position: int, folder: Path = CLIP) -> bytes:
    """The Media Segment at `position` in the clip, counted from 0. Blocks; raises `OSError`."""
    return (folder / rendition.name / f"{position:03}.ts").read_bytes()
