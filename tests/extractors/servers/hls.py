"""HLS playlists to find."""

from __future__ import annotations

from tests.origin import Origin

MEDIA = """#EXTM3U
#EXT-X-TARGETDURATION:4
#EXT-X-MEDIA-SEQUENCE:7
#EXTINF:4,
7.ts
"""
MULTIVARIANT = """#EXTM3U
#EXT-X-STREAM-INF:BANDWIDTH=800000,RESOLUTION=640x360
low.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=2800000,RESOLUTION=1280x720
high.m3u8
"""
WITH_RENDITION = """#EXTM3U
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="English",DEFAULT=YES,URI="sound.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=2800000,RESOLUTION=1280x720,AUDIO="a"
high.m3u8
"""


def add_hls(origin: Origin, folder: str = "/live", multivariant: str = MULTIVARIANT) -> str:
    """A live stream in two qualities; returns the URL of its multivariant playlist."""
    for name in ("low", "high", "sound"):
        origin.route(f"{folder}/{name}.m3u8", MEDIA)
    return origin.route(f"{folder}/index.m3u8", multivariant)
