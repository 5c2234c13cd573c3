"""All that goes with one picture: other codecs, languages, subtitles, trick play, thumbnails.

Six seconds, in segments that begin at the same instants as those of `encode`.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.origin.encode import (
    DURATION_S,
    FMP4,
    SEGMENT_S,
    SINGLE_FILE,
    VOD,
    EncodingFailed,
    ffmpeg,
)

LANGUAGES = {"en": "English", "de": "Deutsch"}
TILES = "3x2"
TILE = "80x45"
GROUPS = "-g 25 -keyint_min 25 -sc_threshold 0"
H264 = f"libx264 -preset ultrafast -profile:v baseline -threads 1 {GROUPS}"
CODECS = {
    "hevc": "libx265 -preset ultrafast -tag:v hvc1 -x265-params "
    "log-level=none:pools=none:keyint=25:min-keyint=25:scenecut=0",
    "av1": "libaom-av1 -usage realtime -cpu-used 8 -lag-in-frames 0 -threads 1 -g 25",
}
"""The options of those that a browser may not play; an ffmpeg may be built without them."""


@dataclass(frozen=True, slots=True)
class Programme:
    """A Media Playlist for each rendition, VOD, alone with its files in a folder of its own."""

    low: Path
    high: Path
    """The picture, H.264 in fragmented MP4, without sound."""
    audio: dict[str, Path]
    """The sound by language, AAC in fragmented MP4."""
    subtitles: dict[str, Path]
    """WebVTT by language."""
    i_frames: Path
    """Single pictures as byte ranges, EXT-X-I-FRAMES-ONLY."""
    images: Path
    """Thumbnails, EXT-X-IMAGES-ONLY."""
    others: dict[str, Path]
    """The picture in those of `CODECS` that this ffmpeg encodes."""


def encode_programme(folder: Path) -> Programme:
    """Make it below `folder`. Blocks for seconds; raises `EncodingFailed`."""
    encoders = _encoders()
    others = {
        name: _video(folder / name, options)
        for name, options in CODECS.items()
        if options.split()[0] in encoders
    }
    return Programme(
        low=_video(folder / "low", f"{H264} -b:v 100k"),
        high=_video(folder / "high", f"{H264} -b:v 300k"),
        audio={
            language: _audio(folder / f"audio-{language}", frequency=440 * (turn + 1))
            for turn, language in enumerate(LANGUAGES)
        },
        subtitles={
            language: _subtitles(folder / f"subtitles-{language}", word)
            for language, word in (("en", "second"), ("de", "Sekunde"))
        },
        i_frames=_i_frames(folder / "i-frames"),
        images=_images(folder / "images"),
        others=others,
    )


def _video(folder: Path, codec: str) -> Path:
    return _encoded(folder, _picture(25), f"-pix_fmt yuv420p -c:v {codec}", *FMP4)


def _audio(folder: Path, frequency: int) -> Path:
    # The encoder's priming would make it longer than the picture, by a segment of its own.
    duration_s = DURATION_S - 0.03
    source = f"sine=frequency={frequency}:sample_rate=48000:duration={duration_s}"
    return _encoded(folder, source, "-c:a aac -b:a 64k -ac 2", *FMP4)


def _i_frames(folder: Path) -> Path:
    codec = "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -profile:v baseline -threads 1 -g 1"
    playlist = _encoded(folder, _picture(1), codec, *FMP4, *SINGLE_FILE)
    text = playlist.read_text("utf-8")
    playlist.write_text(text.replace("#EXT-X-MAP", "#EXT-X-I-FRAMES-ONLY\n#EXT-X-MAP"), "utf-8")
    return playlist


def _picture(rate: int) -> str:
    return f"testsrc2=size=160x90:rate={rate}:duration={DURATION_S}"


def _encoded(folder: Path, source: str, codec: str, *options: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    inputs = ("-f", "lavfi", "-i", source)
    ffmpeg(*inputs, *codec.split(), *VOD, *options, "index.m3u8", cwd=folder)
    return folder / "index.m3u8"


def _images(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    width, _, height = TILE.partition("x")
    tiled = f"scale={width}:{height},tile={TILES}"
    inputs = ("-f", "lavfi", "-i", _picture(1))
    ffmpeg(*inputs, "-vf", tiled, "-frames:v", "1", "-update", "1", "tiles.jpg", cwd=folder)
    return _playlist(
        folder,
        DURATION_S,
        "#EXT-X-IMAGES-ONLY",
        f"#EXTINF:{DURATION_S:.3f},",
        f"#EXT-X-TILES:RESOLUTION={TILE},LAYOUT={TILES},DURATION=1",
        "tiles.jpg",
    )


def _subtitles(folder: Path, word: str) -> Path:
    """A cue a second. Fragmented MP4 begins at 0, and so does the clock that cues go by."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for second in range(DURATION_S):
        text = (
            "WEBVTT\nX-TIMESTAMP-MAP=MPEGTS:0,LOCAL:00:00:00.000\n\n"
            f"00:00:{second:02}.000 --> 00:00:{second + 1:02}.000\n{word} {second}\n\n"
        )
        (folder / f"cues{second}.vtt").write_text(text, "utf-8")
        lines += [f"#EXTINF:{SEGMENT_S:.3f},", f"cues{second}.vtt"]
    return _playlist(folder, SEGMENT_S, *lines)


def _playlist(folder: Path, target_s: int, *lines: str) -> Path:
    head = ("#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{target_s}")
    tail = ("#EXT-X-ENDLIST", "")
    path = folder / "index.m3u8"
    path.write_text("\n".join((*head, *lines, *tail)), "utf-8")
    return path


def _encoders() -> str:
    try:
        command = ["ffmpeg", "-hide_banner", "-encoders"]
        return subprocess.run(command, capture_output=True, check=True, timeout=20).stdout.decode()
    except (OSError, subprocess.SubprocessError) as error:
        raise EncodingFailed(f"ffmpeg does not list its encoders: {error}") from None
