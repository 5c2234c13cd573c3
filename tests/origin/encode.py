"""Real HLS of each kind a player meets, made with ffmpeg in a few seconds.

Six seconds of a 160x90 picture are encoded twice, at a low and a high bitrate; everything else is
only packed anew from those two.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

DURATION_S = 6
SEGMENT_S = 1
KEY = bytes(range(16))
TAIL_LINES = 12

VOD = ("-f", "hls", "-hls_playlist_type", "vod", "-hls_time", str(SEGMENT_S))
FMP4 = ("-hls_segment_type", "fmp4")
SINGLE_FILE = ("-hls_flags", "single_file")


class EncodingFailed(Exception):
    """ffmpeg is missing or refused; the message ends with the last lines it wrote."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """The playlist to open for each kind, each alone with its files in a folder of its own.

    `audio` and `multi` are Multivariant Playlists, the others Media Playlists with an
    EXT-X-ENDLIST.
    """

    ts: Path
    """MPEG-TS segments, one file each."""
    fmp4: Path
    """Fragmented MP4 with an EXT-X-MAP."""
    byterange: Path
    """MPEG-TS, all segments ranges of one file."""
    byterange_fmp4: Path
    """Fragmented MP4, all segments and the EXT-X-MAP ranges of one file."""
    aes128: Path
    """MPEG-TS encrypted with AES-128, an EXT-X-KEY with URI `secret.key` and an IV."""
    audio: Path
    """One Variant Stream without sound, and a Rendition Group for the sound."""
    multi: Path
    """Two Variant Streams, low and high."""


def encode(folder: Path) -> Encoded:
    """Make every kind below `folder`. Blocks for seconds; raises `EncodingFailed`."""
    low = _source(folder / "low.mp4", bitrate="100k")
    high = _source(folder / "high.mp4", bitrate="300k")
    return Encoded(
        ts=_media(low, folder / "ts"),
        fmp4=_media(low, folder / "fmp4", *FMP4),
        byterange=_media(low, folder / "byterange", *SINGLE_FILE),
        byterange_fmp4=_media(low, folder / "byterange_fmp4", *SINGLE_FILE, *FMP4),
        aes128=_media(low, folder / "aes128", *_encryption(folder)),
        audio=_audio(low, folder / "audio"),
        multi=_multi(low, high, folder / "multi"),
    )


def _source(path: Path, bitrate: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = f"testsrc2=size=160x90:rate=25:duration={DURATION_S}"
    sound = f"sine=frequency=440:sample_rate=48000:duration={DURATION_S}"
    # A key frame each second and nowhere else: segments of all kinds begin at the same instants.
    video = "-c:v libx264 -preset ultrafast -profile:v baseline -pix_fmt yuv420p -threads 1"
    video += f" -g 25 -keyint_min 25 -sc_threshold 0 -b:v {bitrate}"
    audio = "-c:a aac -b:a 64k -ac 2"
    inputs = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", sound)
    ffmpeg(*inputs, *video.split(), *audio.split(), str(path))
    return path


def _media(source: Path, folder: Path, *options: str) -> Path:
    return _pack(folder, "index.m3u8", "-i", str(source), *VOD, *options)


def _encryption(folder: Path) -> tuple[str, str]:
    key = folder / "aes128" / "secret.key"
    key.parent.mkdir(parents=True, exist_ok=True)
    key.write_bytes(KEY)
    info = folder / "key.info"
    info.write_text(f"{key.name}\n{key}\n{KEY[::-1].hex()}\n", "utf-8")
    return "-hls_key_info_file", str(info)


def _audio(source: Path, folder: Path) -> Path:
    streams = "a:0,agroup:sound,language:en,default:yes,name:sound v:0,agroup:sound,name:picture"
    inputs = ("-i", str(source), "-map", "0:a", "-map", "0:v")
    return _variants(folder, *inputs, *VOD, "-var_stream_map", streams)


def _multi(low: Path, high: Path, folder: Path) -> Path:
    inputs = ("-i", str(low), "-i", str(high))
    maps = ("-map", "0:v", "-map", "0:a", "-map", "1:v", "-map", "1:a")
    # Copied streams don't tell their bitrate, without which ffmpeg leaves a variant out.
    bitrates = ("-b:v:0", "100k", "-b:v:1", "300k", "-b:a", "64k")
    streams = "v:0,a:0,name:low v:1,a:1,name:high"
    return _variants(folder, *inputs, *maps, *bitrates, *VOD, "-var_stream_map", streams)


def _variants(folder: Path, *arguments: str) -> Path:
    _pack(folder, "%v.m3u8", *arguments, "-master_pl_name", "index.m3u8")
    return folder / "index.m3u8"


def _pack(folder: Path, playlist: str, *arguments: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    ffmpeg(*arguments, "-c", "copy", playlist, cwd=folder)
    return folder / playlist


def ffmpeg(*arguments: str, cwd: Path | None = None) -> None:
    """Run it to its end; it overwrites what is there. Raises `EncodingFailed`."""
    command = ["ffmpeg", "-hide_banner", "-loglevel", "warning", "-nostdin", "-y", *arguments]
    try:
        done = subprocess.run(command, cwd=cwd, capture_output=True, timeout=60, check=False)
    except FileNotFoundError:
        raise EncodingFailed(
            "ffmpeg is not installed: the tests make their streams with it"
        ) from None
    except subprocess.TimeoutExpired:
        raise EncodingFailed(f"ffmpeg did not end within 60 s: {' '.join(command)}") from None
    if done.returncode:
        tail = "\n".join(done.stderr.decode(errors="replace").splitlines()[-TAIL_LINES:])
        raise EncodingFailed(f"ffmpeg ended with {done.returncode}: {' '.join(command)}\n{tail}")
