"""A Stremio add-on with a catalogue of channels, as the add-on SDK serves one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.extractors.servers import playlist, serving, told

MANIFEST: dict[str, Any] = {
    "id": "org.example.tv",
    "version": "1.0.0",
    "name": "Example TV",
    "description": "Channels",
    "resources": ["catalog", {"name": "stream", "types": ["tv"], "idPrefixes": ["ex:"]}],
    "types": ["tv", "movie"],
    "catalogs": [
        {"type": "tv", "id": "sport", "name": "Sport", "extra": [{"name": "skip"}]},
        {
            "type": "tv",
            "id": "find",
            "name": "Find",
            "extra": [{"name": "search", "isRequired": True}],
        },
        {"type": "movie", "id": "films", "name": "Films"},
    ],
}
CHANNELS = [
    {"id": "ex:f1/hd", "type": "tv", "name": "Sports F1"},
    {"id": "ex:golf", "type": "tv", "name": "Golf"},
    {"id": "other:1", "type": "tv", "name": "Not ours"},
]
STREAMS: dict[str, Any] = {
    "ex:f1/hd": [
        {
            "url": "{site}/live/f1.m3u8?t=1",
            "name": "1080p",
            "behaviorHints": {
                "notWebReady": True,
                "proxyHeaders": {"request": {"Referer": "https://example.org/"}},
            },
        },
        {"url": "{site}/live/f1-backup", "name": "720p"},
        {"url": "{site}/f1.mp4", "name": "recording"},
        {"infoHash": "0" * 40, "name": "torrent"},
        {"ytId": "aqz-KE-bpKQ"},
        {"externalUrl": "https://example.org/watch"},
    ],
    "ex:golf": [{"url": "{site}/live/golf.m3u8"}],
}


@asynccontextmanager
async def stremio_server(
    manifest: Any = MANIFEST,
    *,
    channels: list[dict[str, Any]] | None = None,
    streams: dict[str, Any] | None = None,
    page_size: int = 2,
    log: list[str] | None = None,
) -> AsyncIterator[str]:
    """Yields the URL of the manifest; its catalogues have pages."""
    listed = CHANNELS if channels is None else channels
    offered = STREAMS if streams is None else streams

    async def answer(request: web.Request) -> web.Response:
        path = request.raw_path
        if log is not None:
            log.append(path)
        if path == "/key/manifest.json":
            return told(manifest)
        if request.match_info["path"].startswith("catalog/tv/sport"):
            start = int(path.partition("skip=")[2].partition(".")[0] or 0)
            return told({"metas": listed[start : start + page_size]})
        if path.startswith("/key/stream/tv/"):
            key = request.match_info["path"].removeprefix("stream/tv/").removesuffix(".json")
            if key not in offered:
                raise web.HTTPInternalServerError
            site = f"http://{request.host}"
            return told(
                {
                    "streams": [
                        stream | {"url": stream["url"].replace("{site}", site)}
                        if "url" in stream
                        else stream
                        for stream in offered[key]
                    ]
                }
            )
        raise web.HTTPNotFound

    async def media(request: web.Request) -> web.Response:
        return playlist()

    async with serving(web.get("/key/{path:.*}", answer), web.get("/live/{name}", media)) as url:
        yield f"{url}/key/manifest.json"
