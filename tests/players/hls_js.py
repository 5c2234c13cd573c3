"""hls.js on a page with nothing else, in a real Chromium, that tells how it fared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from aiohttp import web
from playwright.async_api import Browser, Page
from pydantic import BaseModel, ConfigDict

PAGE = Path(__file__).with_name("page.html")
PACKAGES = Path(__file__).parents[2] / "static" / "node_modules"
CURRENT = PACKAGES / "hls.js" / "dist" / "hls.js"
"""The hls.js that the app is built with."""
OLDER = PACKAGES / "hls.js-1.4" / "dist" / "hls.js"
"""One that is still in many players."""

POLL_S = 0.05
BUFFER_STALLED = "bufferStalledError"


class PlayerError(BaseModel):
    """An error event of hls.js."""

    model_config = ConfigDict(frozen=True)

    type: str
    details: str
    fatal: bool
    reason: str


class Report(BaseModel):
    """What the page has seen since it began to play."""

    model_config = ConfigDict(frozen=True)

    version: str
    """The version of hls.js."""
    errors: tuple[PlayerError, ...]
    waits: int
    """`waiting` events of the video after it first played."""
    latencies_s: tuple[float, ...]
    """`hls.latency`, five times a second: how far the picture is behind the playlist's end."""
    delays_s: tuple[float, ...]
    """How far the picture is behind its EXT-X-PROGRAM-DATE-TIME, five times a second."""
    frames: int
    """Pictures decoded."""
    dropped: int
    current_time_s: float
    size: tuple[int, int]
    """The picture's width and height."""
    levels: tuple[str, ...]
    audio_tracks: tuple[str, ...]
    subtitle_tracks: tuple[str, ...]
    cues: tuple[str, ...]
    """The texts of subtitles and captions, in the order of their first appearance."""
    interstitials: tuple[str, ...]
    """The IDs of those that have begun."""
    failed_requests: tuple[str, ...]
    """Status and URL; the status is 0 where there was no answer, or one that CORS forbids."""

    @property
    def fatal(self) -> tuple[PlayerError, ...]:
        """The errors that ended playing."""
        return tuple(error for error in self.errors if error.fatal)

    @property
    def stalls(self) -> int:
        """How often hls.js saw the buffer run dry."""
        return sum(error.details == BUFFER_STALLED for error in self.errors)


class Fetched(BaseModel):
    """What a page was answered that fetched something."""

    model_config = ConfigDict(frozen=True)

    status: int
    content_type: str
    text: str
    size_bytes: int


class HlsJsPage:
    """Plays one URL. `opened` gives one; the browser is a test's own."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._asked: list[str] = []
        page.on("request", lambda request: self._asked.append(request.url))

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, browser: Browser, bundle: Path = CURRENT, *, at: str = ""
    ) -> AsyncIterator[HlsJsPage]:
        """A page with the hls.js of `bundle`.

        It has an origin of its own on loopback, or that of the URL `at`, as if a server there had
        this page too.
        """
        page = await browser.new_page()
        try:
            if at:
                url = await _put(page, bundle, at)
                opened = cls(page)
                await page.goto(url)
                yield opened
            else:
                async with _served(bundle) as url:
                    opened = cls(page)
                    await page.goto(url)
                    yield opened
        finally:
            await page.close()

    @property
    def asked(self) -> tuple[str, ...]:
        """The URLs of all requests of the page, without those for itself and for hls.js."""
        return tuple(url for url in self._asked[2:] if url.startswith("http"))

    async def tell(self, script: str) -> None:
        """Have the page do something with its `hls` or its `video`."""
        await self._page.evaluate(script)

    async def ask(self, script: str, argument: object = None) -> Any:
        """What a function in the page returns."""
        return await self._page.evaluate(script, argument)

    async def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Fetched:
        """What the page gets for `url`."""
        answer = await self._page.evaluate(
            "([url, headers]) => fetched(url, headers)", [url, dict(headers or {})]
        )
        return Fetched.model_validate(answer)

    async def play(
        self,
        url: str,
        config: Mapping[str, object] | None = None,
        *,
        timeout_s: float = 20,
        pictures: bool = True,
    ) -> None:
        """Play until the picture moves. Raises `TimeoutError`, which says what was seen."""
        await self._page.evaluate("([url, config]) => play(url, config)", [url, dict(config or {})])
        await self.until_played(0.1, timeout_s=timeout_s, pictures=pictures)

    async def until_played(
        self, for_s: float, *, timeout_s: float = 20, pictures: bool = True
    ) -> Report:
        """Wait until the video's time has gone on by that much. Raises `TimeoutError`.

        `pictures`: there is one, and it has to move.
        """
        begun = await self.report()
        report = begun
        try:
            async with asyncio.timeout(timeout_s):
                while report.current_time_s - begun.current_time_s < for_s or (
                    pictures and not report.frames
                ):
                    await asyncio.sleep(POLL_S)
                    report = await self.report()
        except TimeoutError:
            raise TimeoutError(f"played no {for_s} s: {report!r}") from None
        return report

    async def report(self) -> Report:
        """How it fares."""
        return Report.model_validate(await self._page.evaluate("report()"))


async def _put(page: Page, bundle: Path, at: str) -> str:
    """Have the browser answer for the server at `at`, for this page and its script only."""
    url, script = urljoin(at, "/page-of-the-test"), urljoin(at, "/hls.js")
    await page.route(url, lambda route: route.fulfill(path=PAGE, content_type="text/html"))
    await page.route(script, lambda route: route.fulfill(path=bundle))
    return url


@asynccontextmanager
async def _served(bundle: Path) -> AsyncIterator[str]:
    script = await asyncio.to_thread(bundle.read_text, "utf-8")
    page = await asyncio.to_thread(PAGE.read_text, "utf-8")

    async def html(request: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    async def hls_js(request: web.Request) -> web.Response:
        return web.Response(text=script, content_type="text/javascript")

    app = web.Application()
    app.add_routes([web.get("/", html), web.get("/hls.js", hls_js)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()
