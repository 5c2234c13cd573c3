"""A MediaMTX server: its control API and its HLS, at one address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.extractors.servers import admit, basic, playlist, serving, with_login

LOGIN = "admin:hunter2"


def path(name: str, *, ready: bool = True, tracks: Sequence[str] = ("H264",)) -> dict[str, Any]:
    """A path as servers of both generations tell it."""
    return {
        "name": name,
        "confName": "all_others",
        "ready": ready,
        "readyTime": "2026-05-24T13:00:00Z" if ready else None,
        "available": ready,
        "availableTime": "2026-05-24T13:00:00Z" if ready else None,
        "online": ready,
        "source": {"type": "rtmpConn", "id": "8d1b5b9e"} if ready else None,
        "tracks": list(tracks) if ready else [],
        "readers": [],
        "bytesReceived": 1000,
        "bytesSent": 0,
    }


PATHS: Sequence[Any] = (
    path("onboard/44 1080p", tracks=["H264", "MPEG-4 Audio"]),
    path("pit-lane", ready=False),
    path("old-camera", tracks=["M-JPEG"]),
)


@asynccontextmanager
async def mediamtx_server(
    paths: Sequence[Any] = PATHS, *, login: str = LOGIN
) -> AsyncIterator[str]:
    """Yields the URL of both, with the login inside."""

    async def paths_list(request: web.Request) -> web.Response:
        admit(request, basic(login) if login else "")
        page, size = int(request.query["page"]), int(request.query["itemsPerPage"])
        return web.json_response(
            {
                "itemCount": len(paths),
                "pageCount": -(-len(paths) // size),
                "items": paths[page * size : (page + 1) * size],
            }
        )

    async def index(request: web.Request) -> web.Response:
        admit(request, basic(login) if login else "")
        if request.match_info["name"] not in {item["name"] for item in paths if item["ready"]}:
            raise web.HTTPNotFound
        return playlist()

    async with serving(
        web.get("/v3/paths/list", paths_list), web.get("/{name:.+}/index.m3u8", index)
    ) as url:
        yield with_login(url, login)
