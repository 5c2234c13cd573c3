"""Eight seconds in every codec and container, made with ffmpeg in a few seconds."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.origin.encode import FMP4, SINGLE_FILE, ffmpeg
from tests.origin.forty.sample_aes import encrypt

DURATION_S = 8
SEGMENT_S = 2

MOVING = "testsrc2=size=160x90:rate=25"
SMOOTH = "testsrc2=size=160x90:rate=50"
STILL = "smptebars=size=160x90:rate=25"
BLACK = "color=black:size=160x90:rate=25"
TONE = "sine=frequency=440:sample_rate=48000"
TONE_24K = "sine=frequency=440:sample_rate=24000"
SILENCE = "anullsrc=channel_layout=stereo:sample_rate=48000"

KEY_FRAMES = "-force_key_frames expr:gte(t,n_forced*2) -threads 1 -pix_fmt yuv420p"
BASELINE = f"-c:v libx264 -preset ultrafast -profile:v baseline -sc_threshold 0 {KEY_FRAMES}"
# Faster presets leave out what makes these profiles: CABAC, B-frames, 8x8 transforms.
MAIN = f"-c:v libx264 -preset veryfast -profile:v main -sc_threshold 0 {KEY_FRAMES}"
HIGH = f"-c:v libx264 -preset veryfast -profile:v high -sc_threshold 0 {KEY_FRAMES}"
HEVC = (
    "-c:v libx265 -preset ultrafast -tag:v hvc1 -x265-params log-level=none:pools=none:scenecut=0 "
    f"{KEY_FRAMES}"
)
AV1 = f"-c:v libaom-av1 -usage realtime -cpu-used 8 -lag-in-frames 0 -b:v 100k {KEY_FRAMES}"
VP9 = f"-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -b:v 100k {KEY_FRAMES}"
MPEG_2 = "-c:v mpeg2video -pix_fmt yuv420p -g 50 -threads 1"

AAC = "-c:a aac -b:a 64k -ac 2"
MP3 = "-c:a libmp3lame -b:a 64k -ac 2"
MP2 = "-c:a mp2 -b:a 64k -ac 2"
OPUS = "-c:a libopus -b:a 48k -ac 2"
FLAC = "-c:a flac -ac 2 -sample_fmt s16 -strict experimental"

WRAPS = "-output_ts_offset 95440"
"""MPEG-TS counts 33 bits of 90 kHz: 95443.7 s after its start the clock begins at 0 again."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What one stream is made of: lavfi sources, codecs, and options of the HLS muxer."""

    codecs: str
    picture: str = MOVING
    sound: str = TONE
    packed: tuple[str, ...] = field(default=())
    segment_s: int = SEGMENT_S


RECIPES = {
    "baseline": Recipe(f"{BASELINE} {AAC}"),
    "wraps": Recipe(f"{BASELINE} {AAC} {WRAPS}"),
    "main": Recipe(f"{MAIN} {AAC}", segment_s=DURATION_S),
    "high": Recipe(f"{HIGH} {AAC}", packed=FMP4),
    "smooth": Recipe(f"{HIGH} {AAC}", picture=SMOOTH, packed=FMP4),
    "he-aac": Recipe(f"{BASELINE} {AAC}", sound=TONE_24K),
    "mp3": Recipe(f"{BASELINE} {MP3}"),
    "opus": Recipe(f"{BASELINE} {OPUS}", packed=FMP4),
    "flac": Recipe(f"{BASELINE} {FLAC}", packed=FMP4),
    "vp9": Recipe(f"{VP9} {OPUS}", packed=FMP4),
    "av1": Recipe(f"{AV1} {AAC}", packed=FMP4),
    "hevc": Recipe(f"{HEVC} {AAC}", packed=FMP4),
    "ranges": Recipe(f"{BASELINE} {AAC}", packed=(*FMP4, *SINGLE_FILE)),
    "sound": Recipe(AAC, picture=""),
    "picture": Recipe(BASELINE, sound="", packed=FMP4),
    "still": Recipe(f"{BASELINE} {AAC}", picture=STILL),
    "black": Recipe(f"{BASELINE} {AAC}", picture=BLACK),
    "silent": Recipe(f"{BASELINE} {AAC}", sound=SILENCE),
    "mpeg-2": Recipe(f"{MPEG_2} {MP2}"),
}

Media = dict[str, Path]
"""A VOD Media Playlist for each of `RECIPES`, and `sample-aes`."""


def encode_media(folder: Path) -> Media:
    """Make all of it below `folder`. Blocks for seconds; raises `EncodingFailed`."""
    with ThreadPoolExecutor(os.cpu_count()) as encoders:
        made = encoders.map(_encoded, (folder / name for name in RECIPES), RECIPES.values())
        media = dict(zip(RECIPES, made, strict=True))
    return {**media, "sample-aes": encrypt(media["baseline"], folder / "sample-aes")}


def _encoded(folder: Path, recipe: Recipe) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    inputs: list[str] = []
    for source in filter(None, (recipe.picture, recipe.sound)):
        inputs += ("-f", "lavfi", "-t", str(DURATION_S), "-i", source)
    packed = ("-f", "hls", "-hls_playlist_type", "vod", "-hls_time", str(recipe.segment_s))
    ffmpeg(*inputs, *recipe.codecs.split(), *packed, *recipe.packed, "index.m3u8", cwd=folder)
    return folder / "index.m3u8"
