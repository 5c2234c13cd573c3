"""The committed clip is what its index says, and small enough to be committed."""

from __future__ import annotations

import pytest

from f1stream.demo.clip import CLIP, Rendition, load_clip, read_segment

PACKET_BYTES = 188
RENDITIONS = load_clip().renditions


def test_the_clip_is_small() -> None:
    size_bytes = sum(file.stat().st_size for file in CLIP.rglob("*") if file.is_file())
    assert size_bytes < 3_000_000


@pytest.mark.parametrize("rendition", RENDITIONS, ids=lambda rendition: rendition.name)
def test_segments_are_whole_transport_streams_within_the_bandwidth(rendition: Rendition) -> None:
    clip = load_clip()
    for position in range(clip.segments):
        segment = read_segment(rendition, position)
        assert len(segment) % PACKET_BYTES == 0
        assert set(segment[::PACKET_BYTES]) == {0x47}
        assert len(segment) * 8 <= rendition.bandwidth * clip.segment_s


@pytest.mark.parametrize("rendition", RENDITIONS, ids=lambda rendition: rendition.name)
def test_codecs_are_those_of_the_first_parameter_set(rendition: Rendition) -> None:
    parameters = read_segment(rendition, 0).split(b"\x00\x00\x01\x67", 1)[1]
    assert rendition.codecs == f"avc1.{parameters[:3].hex()},mp4a.40.2"
