"""HLS playlists to find."""

from __future__ import annotations

from tests.extractors.servers import SEGMENT, live_playlist
from tests.origin import Origin
from tests.origin.message import Request, Response, text
from tests.origin.origin import media_type

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
    segment = SEGMENT.get()

    async def media(request: Request) -> Response:
        match request.path.removeprefix(f"{folder}/"):
            case "low.m3u8" | "high.m3u8" | "sound.m3u8":
                return Response(live_playlist().encode()).typed(media_type(request.path))
            case "segment.ts":
                return Response(segment).typed(media_type(request.path))
            case _:
                return text("nothing here\n", 404)

    origin.mount(f"{folder}/", media)
    return origin.route(f"{folder}/index.m3u8", multivariant)
