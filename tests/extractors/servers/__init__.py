"""Servers on loopback that answer as the real ones do, one file for each kind.

Each is an `async with …_server(…) as url`. What they list can be played: their playlist URLs
answer with a playlist to those who are let in.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

PLAYLIST = "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nsegment.ts\n"


@asynccontextmanager
async def serving(*routes: web.RouteDef) -> AsyncIterator[str]:
    """A server of these routes; yields its URL, without a slash at the end."""
    app = web.Application()
    app.add_routes(routes)
    async with TestServer(app) as server:
        yield str(server.make_url("/")).rstrip("/")


def told(content: Any) -> web.Response:
    """`content` as JSON; bytes as they are, for what takes long to encode or is none."""
    if isinstance(content, bytes):
        return web.Response(body=content, content_type="application/json")
    return web.json_response(content)


def playlist() -> web.Response:
    """What a player is given."""
    return web.Response(text=PLAYLIST, content_type="application/vnd.apple.mpegurl")


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
