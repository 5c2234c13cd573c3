"""An Owncast server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.extractors.servers import playlist, serving


@asynccontextmanager
async def owncast_server(
    *, online: bool = True, title: str = "Practice 1", name: str = "Paddock TV"
) -> AsyncIterator[str]:
    """Broadcasts, or does not."""

    async def status(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "serverTime": "2026-05-24T13:00:00Z",
                "lastConnectTime": "2026-05-24T12:55:00Z" if online else None,
                "lastDisconnectTime": None,
                "versionNumber": "0.2.3",
                "streamTitle": title,
                "online": online,
            }
        )

    async def config(request: web.Request) -> web.Response:
        return web.json_response(
            {
                "name": name,
                "summary": "Live from the paddock",
                "tags": ["racing", "formula 1"],
                "version": "Owncast v0.2.3",
                "nsfw": False,
                "socketHostOverride": "",
            }
        )

    async def stream(request: web.Request) -> web.Response:
        if not online:
            raise web.HTTPNotFound
        return playlist()

    async with serving(
        web.get("/api/status", status),
        web.get("/api/config", config),
        web.get("/hls/stream.m3u8", stream),
    ) as url:
        yield url
