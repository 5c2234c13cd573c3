"""Servers on loopback that answer as the real ones do, one file for each kind.

Each is an `async with …_server(…) as url`. What they list can be played: their playlist URLs
answer with a live playlist to those who are let in, and its segments are `SEGMENT`.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

SEGMENT: ContextVar[bytes] = ContextVar("SEGMENT", default=b"\x47" * 188)
"""A second of media: what every segment is of the servers that are started from here on."""


@asynccontextmanager
async def serving(*routes: web.RouteDef) -> AsyncIterator[str]:
    """A server of these routes; yields its URL, without a slash at the end."""
    segment = SEGMENT.get()

    @web.middleware
    async def media(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path.endswith("/segment.ts"):
            return web.Response(body=segment, content_type="video/mp2t")
        return await handler(request)

    app = web.Application(middlewares=[media])
    app.add_routes(routes)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


def told(content: Any) -> web.Response:
    """`content` as JSON; bytes as they are, for what takes long to encode or is none."""
    if isinstance(content, bytes):
        return web.Response(body=content, content_type="application/json")
    return web.json_response(content)


def live_playlist() -> str:
    """A live playlist as it is now: a segment a second, only the newest of them listed."""
    return (
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n"
        f"#EXT-X-MEDIA-SEQUENCE:{int(time.monotonic())}\n#EXTINF:1,\nsegment.ts\n"
    )


def playlist() -> web.Response:
    """What a player is given."""
    return web.Response(text=live_playlist(), content_type="application/vnd.apple.mpegurl")


def basic(login: str) -> str:
    """The `Authorization` of `name:password`."""
    return f"Basic {b64encode(login.encode()).decode()}"


def admit(request: web.Request, authorization: str) -> None:
    """Raise 401 where the request has not this `Authorization`; empty lets everybody in."""
    if authorization and request.headers.get("Authorization") != authorization:
        raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Basic"})


def with_login(url: str, login: str) -> str:
    """`url` with a user name and password inside."""
    return url.replace("://", f"://{login}@", 1) if login else url
