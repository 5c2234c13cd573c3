"""A go2rtc server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.extractors.servers import admit, basic, playlist, serving, told, with_login

LOGIN = "admin:hunter2"

STREAMS: dict[str, Any] = {
    "garage cam 720p": {"producers": [{"url": "rtsp://u:hunter2@10.0.0.9/1"}], "consumers": None},
    "grid/start": {
        "producers": [
            {
                "id": 7,
                "format_name": "rtsp",
                "protocol": "rtsp+tcp",
                "remote_addr": "10.0.0.8:554",
                "url": "rtsp://10.0.0.8/live",
                "medias": ["video, recvonly, H264"],
                "receivers": [{"id": 1, "codec": {"codec_name": "h264"}}],
                "bytes_recv": 1000,
            }
        ],
        "consumers": [],
    },
    "busy": None,
    "unused": {"producers": [], "consumers": None},
    "rtsp://u:hunter2@10.0.0.7/asked-for": {"producers": [{"url": "rtsp://10.0.0.7"}]},
}


@asynccontextmanager
async def go2rtc_server(streams: Any = STREAMS, *, login: str = LOGIN) -> AsyncIterator[str]:
    """Yields its URL, with the login inside."""
    authorization = basic(login) if login else ""

    async def api_streams(request: web.Request) -> web.Response:
        admit(request, authorization)
        return told(streams)

    async def stream(request: web.Request) -> web.Response:
        admit(request, authorization)
        if request.query["src"] not in streams:
            raise web.HTTPNotFound(text="stream not found")
        assert "mp4" in request.query
        return playlist()

    async with serving(
        web.get("/api/streams", api_streams), web.get("/api/stream.m3u8", stream)
    ) as url:
        yield with_login(url, login)
