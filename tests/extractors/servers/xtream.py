"""An Xtream Codes server, as panels and players know `player_api.php`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.extractors.servers import playlist, serving, told

USERNAME, PASSWORD = "me", "hunter2/&?"

CATEGORIES: Sequence[Any] = (
    {"category_id": "12", "category_name": "UK | FORMULA 1", "parent_id": 0},
    {"category_id": "7", "category_name": "UK | GENERAL", "parent_id": 0},
)
STREAMS: Sequence[Any] = (
    {
        "num": 1,
        "name": "UK: Sky Sports F1 FHD",
        "stream_type": "live",
        "stream_id": 4711,
        "stream_icon": "http://logo.example/f1.png",
        "epg_channel_id": "SkySportsF1.uk",
        "added": "1577836800",
        "category_id": "12",
        "custom_sid": "",
        "tv_archive": 0,
        "direct_source": "",
        "tv_archive_duration": 0,
    },
    {"num": "2", "name": "ServusTV", "stream_id": "815", "category_id": 12},
    {"num": 3, "name": "BBC One", "stream_type": "live", "stream_id": 1, "category_id": "7"},
)


@asynccontextmanager
async def xtream_server(
    *,
    streams: Any = STREAMS,
    categories: Any = CATEGORIES,
    **account: Any,
) -> AsyncIterator[str]:
    """`account` replaces fields of `user_info`."""

    async def player_api(request: web.Request) -> web.Response:
        if (request.query["username"], request.query["password"]) != (USERNAME, PASSWORD):
            return web.json_response({"user_info": {"auth": 0}})
        match request.query.get("action"):
            case "get_live_categories":
                return told(categories)
            case "get_live_streams":
                return told(streams)
            case _:
                return web.json_response({"user_info": USER | account, "server_info": SERVER})

    async def live(request: web.Request) -> web.Response:
        given = request.match_info["username"], request.match_info["password"]
        if given != (USERNAME, PASSWORD):
            raise web.HTTPForbidden
        return playlist()

    async with serving(
        web.get("/player_api.php", player_api),
        web.get("/live/{username}/{password}/{id:\\d+}.m3u8", live),
    ) as url:
        yield url


USER: dict[str, Any] = {
    "username": USERNAME,
    "password": PASSWORD,
    "message": "Welcome",
    "auth": 1,
    "status": "Active",
    "exp_date": "1893456000",
    "is_trial": "0",
    "active_cons": "0",
    "created_at": "1577836800",
    "max_connections": "1",
    "allowed_output_formats": ["m3u8", "ts", "rtmp"],
}
SERVER: dict[str, Any] = {
    "url": "tv.example.org",
    "port": "80",
    "https_port": "443",
    "server_protocol": "http",
    "rtmp_port": "25462",
    "timezone": "Europe/London",
    "timestamp_now": 1767225600,
    "time_now": "2026-01-01 00:00:00",
}
