"""Streams with something odd about them, a few seconds each, made with ffmpeg."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.origin.encode import VOD, ffmpeg

# A stream in doubt is watched for eight seconds.
DURATION_S = 10
MOVING = "testsrc2=size=160x90:rate=25"
TONE = "sine=frequency=440:sample_rate=48000"
H264 = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -threads 1 -g 25"
AAC = "-c:a aac -b:a 64k"


@dataclass(frozen=True, slots=True)
class Oddities:
    """Media Playlists, each alone in a folder of its own."""

    black: Path
    frozen: Path
    silent: Path
    mute: Path
    """There is no soundtrack."""
    radio: Path
    """There is no picture."""
    hevc: Path
    mpeg2: Path


def make(folder: Path) -> Oddities:
    """Make them all below `folder`. Blocks for seconds; raises `EncodingFailed`."""
    black, still = "color=black:size=160x90:rate=25", "smptebars=size=160x90:rate=25"
    silence = "anullsrc=sample_rate=48000"
    hevc = "-c:v libx265 -preset ultrafast -x265-params log-level=none -tag:v hvc1 -g 25"
    return Oddities(
        black=_made(folder / "black", black, TONE, H264, AAC),
        frozen=_made(folder / "frozen", still, TONE, H264, AAC),
        silent=_made(folder / "silent", MOVING, silence, H264, AAC),
        mute=_made(folder / "mute", MOVING, None, H264, "-an"),
        radio=_made(folder / "radio", None, TONE, "-vn", AAC),
        hevc=_made(folder / "hevc", MOVING, TONE, hevc, AAC, "-hls_segment_type", "fmp4"),
        mpeg2=_made(folder / "mpeg2", MOVING, TONE, "-c:v mpeg2video -g 25", AAC),
    )


def _made(
    folder: Path, picture: str | None, sound: str | None, video: str, audio: str, *options: str
) -> Path:
    folder.mkdir(parents=True)
    sources = [source for source in (picture, sound) if source is not None]
    inputs = [word for source in sources for word in ("-f", "lavfi", "-i", source)]
    coded = (*video.split(), *audio.split(), "-t", str(DURATION_S))
    ffmpeg(*inputs, *coded, *VOD, *options, "index.m3u8", cwd=folder)
    return folder / "index.m3u8"
