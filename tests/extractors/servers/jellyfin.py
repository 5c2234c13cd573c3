"""A Jellyfin server with live TV."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.extractors.servers import admit, playlist, serving

TOKEN = "hunter20123456789abcdef012345678"


def channel(number: int, name: str, **program: Any) -> dict[str, Any]:
    """A `BaseItemDto` of a channel; `program` is what is on now."""
    item = {
        "Name": name,
        "ServerId": "0f7a1c0f5e5a4f0a8c3e2d1b0a9f8e7d",
        "Id": f"{number:032x}",
        "ChannelNumber": str(number),
        "Type": "TvChannel",
        "ChannelType": "TV",
        "MediaType": "Video",
        "ImageTags": {},
    }
    if program:
        item["CurrentProgram"] = {"Type": "Program", "ChannelId": item["Id"], **program}
    return item


CHANNELS: Sequence[Any] = (
    channel(1, "Sky Sport F1 HD", Name="Warm-up", IsLive=True),
    channel(2, "ORF 1", Name="Formel 1", EpisodeTitle="Großer Preis von Österreich"),
    channel(3, "RTL", Name="Formel 1: Monaco", IsRepeat=True),
    channel(4, "ZDF", Name="Tagesschau"),
)


@asynccontextmanager
async def jellyfin_server(channels: Sequence[Any] = CHANNELS) -> AsyncIterator[str]:
    """Lets in who has `TOKEN`."""
    authorization = f'MediaBrowser Token="{TOKEN}"'

    async def live_tv_channels(request: web.Request) -> web.Response:
        admit(request, authorization)
        assert request.query["type"] == "TV"
        start, limit = int(request.query["startIndex"]), int(request.query["limit"])
        with_programs = request.query["addCurrentProgram"] == "true"
        shown = [
            item if with_programs else {**item, "CurrentProgram": None}
            for item in channels[start : start + limit]
        ]
        return web.json_response(
            {"Items": shown, "TotalRecordCount": len(channels), "StartIndex": start}
        )

    async def live_playlist(request: web.Request) -> web.Response:
        admit(request, authorization)
        if request.match_info["id"] not in {item["Id"] for item in channels}:
            raise web.HTTPNotFound
        return playlist()

    async with serving(
        web.get("/LiveTv/Channels", live_tv_channels),
        web.get("/Videos/{id}/live.m3u8", live_playlist),
    ) as url:
        yield url
