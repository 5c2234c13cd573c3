"""An API that lists cameras as JSON, to those with its token."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.extractors.servers import admit, playlist, serving, told

CAMERAS: dict[str, Any] = {
    "data": {
        "cameras": [
            {
                "id": 7,
                "place": "Pit lane",
                "online": True,
                "hls": {"url": "/live/7.m3u8?t=abc", "height": 1080},
                "headers": {"Referer": "https://example.org/"},
            },
            {"id": 8, "place": "Turn 1", "online": False, "hls": None},
            {"id": 9, "place": "Grid", "online": True, "hls": {"url": "/live/9.m3u8"}},
        ]
    }
}


@asynccontextmanager
async def jsonapi_server(content: Any = CAMERAS, *, token: str = "") -> AsyncIterator[str]:
    """Answers with `content`; yields the URL of the endpoint."""

    async def cameras(request: web.Request) -> web.Response:
        admit(request, f"Bearer {token}" if token else "")
        return told(content)

    async def media(request: web.Request) -> web.Response:
        return playlist()

    async with serving(web.get("/api/cameras", cameras), web.get("/live/{name}", media)) as url:
        yield f"{url}/api/cameras"
