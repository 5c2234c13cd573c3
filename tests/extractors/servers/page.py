"""A site with a page for each way of embedding a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from tests.extractors.servers import playlist, serving

WATCH = """<!doctype html>
<html><head>
<meta charset="utf-8">
<title>Circuit webcam</title>
<meta property="og:title" content="Circuit webcam, live">
</head><body>
<video controls><source src="/live/master.m3u8?token=t1" type="application/x-mpegURL"></video>
</body></html>
"""


@asynccontextmanager
async def page_server(
    pages: Mapping[str, str | bytes] | None = None,
    *,
    content_type: str = "text/html",
    log: list[web.Request] | None = None,
) -> AsyncIterator[str]:
    """Pages by path; yields the URL of `/watch`. Any path with `live` in it is a playlist."""
    site = {"/watch": WATCH} if pages is None else pages

    async def answer(request: web.Request) -> web.Response:
        if log is not None:
            log.append(request)
        page = site.get(request.path)
        if page is not None:
            body = page if isinstance(page, bytes) else page.encode()
            return web.Response(body=body, content_type=content_type)
        if "live" in request.path:
            return playlist()
        raise web.HTTPNotFound

    async with serving(web.get("/{path:.*}", answer)) as url:
        yield f"{url}/watch"
