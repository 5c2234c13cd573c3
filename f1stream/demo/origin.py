"""The demo's playlists and segments over HTTP, on a loopback port of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aiohttp import web

from f1stream.demo.clip import Clip, Rendition, load_clip, read_segment
from f1stream.demo.playlist import is_available, media_playlist, multivariant_playlist

HOST = "127.0.0.1"
PLAYLIST = "application/vnd.apple.mpegurl"
SEGMENT = "video/mp2t"

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class DemoOrigin:
    """A running origin: `url` is its Multivariant Playlist, `http://127.0.0.1:<port>/live.m3u8`."""

    url: str


@asynccontextmanager
async def demo_origin(clock: Clock | None = None) -> AsyncIterator[DemoOrigin]:
    """Serve the demo's live stream for as long as the context is open.

    `clock` tells the time as an aware `datetime`; by default it is the time of day at the start
    and runs on steadily, so that a viewer never sees the host's clock being set. Raises `OSError`
    where no port can be had or the clip is missing.
    """
    routes = _Routes(await asyncio.to_thread(load_clip), clock or _steady_clock())
    runner = web.AppRunner(routes.application(), access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, 0).start()
        port = runner.addresses[0][1]
        yield DemoOrigin(f"http://{HOST}:{port}/live.m3u8")
    finally:
        await runner.cleanup()


class _Routes:
    def __init__(self, clip: Clip, clock: Clock) -> None:
        self._clip = clip
        self._clock = clock
        self._renditions = {rendition.name: rendition for rendition in clip.renditions}
        self._segments: dict[tuple[str, int], bytes] = {}

    def application(self) -> web.Application:
        application = web.Application()
        application.on_response_prepare.append(_let_any_page_play)
        application.router.add_get("/live.m3u8", self._multivariant)
        application.router.add_get(r"/{rendition}.m3u8", self._media)
        application.router.add_get(r"/{rendition}/{number:\d{1,15}}.ts", self._segment)
        return application

    async def _multivariant(self, request: web.Request) -> web.Response:
        return _reply(multivariant_playlist(self._clip), PLAYLIST, "max-age=60")

    async def _media(self, request: web.Request) -> web.Response:
        body = media_playlist(self._clip, self._rendition(request), self._clock())
        return _reply(body, PLAYLIST, "max-age=1")

    async def _segment(self, request: web.Request) -> web.Response:
        rendition = self._rendition(request)
        number = int(request.match_info["number"])
        if not is_available(self._clip, number, self._clock()):
            raise _not_found()
        body = await self._bytes(rendition, number % self._clip.segments)
        return _reply(body, SEGMENT, "public, max-age=86400, immutable")

    def _rendition(self, request: web.Request) -> Rendition:
        try:
            return self._renditions[request.match_info["rendition"]]
        except KeyError:
            raise _not_found() from None

    async def _bytes(self, rendition: Rendition, position: int) -> bytes:
        key = rendition.name, position
        if key not in self._segments:
            self._segments[key] = await asyncio.to_thread(read_segment, rendition, position)
        return self._segments[key]


def _reply(body: bytes, content_type: str, cache_control: str) -> web.Response:
    headers = {"Content-Type": content_type, "Cache-Control": cache_control}
    return web.Response(body=body, headers=headers)


def _not_found() -> web.HTTPNotFound:
    # A segment that is not there yet will be in a moment: no cache may remember that it was not.
    return web.HTTPNotFound(headers={"Cache-Control": "no-store"})


async def _let_any_page_play(request: web.Request, response: web.StreamResponse) -> None:
    response.headers["Access-Control-Allow-Origin"] = "*"


def _steady_clock() -> Clock:
    started, started_s = datetime.now(UTC), time.monotonic()
    return lambda: started + timedelta(seconds=time.monotonic() - started_s)
