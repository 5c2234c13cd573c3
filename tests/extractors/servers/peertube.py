"""A PeerTube instance with live videos."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.extractors.servers import playlist, serving

CHANNEL = "racing@127.0.0.1"


def video(number: int, name: str, **more: Any) -> dict[str, Any]:
    """A live video as lists have it; `state`, `playlists` are kept for its details."""
    uuid = f"00000000-0000-4000-8000-{number:012d}"
    return {
        "id": number,
        "uuid": uuid,
        "shortUUID": f"short{number}",
        "name": name,
        "isLive": True,
        "isLocal": True,
        "duration": 0,
        "category": {"id": 5, "label": "Sports"},
        "channel": {"name": "racing", "displayName": "Racing club", "host": "127.0.0.1"},
        "publishedAt": "2026-05-24T12:00:00.000Z",
        "state": {"id": 1, "label": "Published"},
        "playlists": [f"/hls/{uuid}/master.m3u8"],
        **more,
    }


VIDEOS: Sequence[Any] = (
    video(1, "Formula 1: Monaco GP 1080p"),
    video(2, "Chess club"),
    video(3, "F1 Qualifying", state={"id": 4, "label": "Waiting for live"}),
    video(4, "F1 Sprint", state={"id": 5, "label": "Live ended"}),
    video(5, "F1 of last week", isLive=False),
)


@asynccontextmanager
async def peertube_server(
    videos: Sequence[Any] = VIDEOS, *, gone: frozenset[int] = frozenset()
) -> AsyncIterator[str]:
    """`gone` are numbers of videos that are listed, but not there any more."""

    def absolute(request: web.Request, path: str) -> str:
        return path if "://" in path else f"{request.url.origin()}{path}"

    async def listed(request: web.Request) -> web.Response:
        if request.match_info.get("channel", CHANNEL) != CHANNEL:
            raise web.HTTPNotFound
        assert request.query["isLive"] == "true"
        start, count = int(request.query["start"]), int(request.query["count"])
        if count > 100:
            raise web.HTTPBadRequest(text="count is at most 100")
        shown = [
            {name: value for name, value in one.items() if name not in ("state", "playlists")}
            for one in videos[start : start + count]
        ]
        return web.json_response({"total": len(videos), "data": shown})

    async def details(request: web.Request) -> web.Response:
        for one in videos:
            if one["uuid"] == request.match_info["uuid"] and one["id"] not in gone:
                playlists = [
                    {"id": 1, "type": 1, "playlistUrl": absolute(request, path), "files": []}
                    for path in one["playlists"]
                ]
                return web.json_response({**one, "files": [], "streamingPlaylists": playlists})
        raise web.HTTPNotFound

    async def hls(request: web.Request) -> web.Response:
        return playlist()

    async with serving(
        web.get("/api/v1/videos", listed),
        web.get("/api/v1/video-channels/{channel}/videos", listed),
        web.get("/api/v1/videos/{uuid}", details),
        web.get("/hls/{uuid}/master.m3u8", hls),
    ) as url:
        yield url
