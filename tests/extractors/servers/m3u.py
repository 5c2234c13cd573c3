"""A server that hands out an M3U list, and the streams on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.extractors.servers import playlist, serving

LIST = """#EXTM3U x-tvg-url="http://epg.example/guide.xml"
#EXTINF:-1 tvg-id="SkySportsF1.uk" tvg-logo="http://logo.example/a,b.png" group-title="UK",Sky F1 HD
live/1.m3u8
#EXTINF:-1 tvg-id="BBC1.uk" group-title="UK",BBC One
live/2.m3u8
"""


@asynccontextmanager
async def m3u_server(
    body: str | bytes = LIST, *, content_type: str = "audio/x-mpegurl"
) -> AsyncIterator[str]:
    """Yields the list's URL."""

    async def listed(request: web.Request) -> web.Response:
        content = body.encode() if isinstance(body, str) else body
        return web.Response(body=content, content_type=content_type)

    async def live(request: web.Request) -> web.Response:
        return playlist()

    async with serving(web.get("/list.m3u", listed), web.get("/live/{name}", live)) as url:
        yield f"{url}/list.m3u"
