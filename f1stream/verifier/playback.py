"""Proof by playing: a real browser, a page of f1stream's own, a verdict with its evidence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import ValidationError

from f1stream.browser import Browser
from f1stream.errors import BrowserLost
from f1stream.models import Evidence, Proof, Reason, host_of
from f1stream.net.guard import Guard
from f1stream.verifier import embeds
from f1stream.verifier.framed import judged_embed
from f1stream.verifier.judgement import Judgement, judged
from f1stream.verifier.observation import Observation, picture

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext, Page, ViewportSize

PAGE_S = 15.0
# The page keeps the budget itself; this much later it is no longer waited for.
_GRACE_S = 3.0
# An embed is shown in as many pixels, twice a preview's.
_VIEWPORT: ViewportSize = {"width": 640, "height": 360}


@dataclass(frozen=True, slots=True)
class Proven:
    """A proof, and a picture to show for it: JPEG, at most 30 kB, 320 pixels wide."""

    proof: Proof
    picture: bytes | None = None


class Playback:
    """Plays one stream at a time in a context of its own of `browser`.

    `page_url` is where the verification page is. `guard` names its endpoint among its
    `allow_endpoints`: nothing else is reached for a stream, while an embed's page also goes where
    the guard lets it. `timeout_s` begins with a stream, not while it waits for a browser. `clock`
    is wall time.
    """

    def __init__(
        self,
        browser: Browser,
        *,
        page_url: str,
        guard: Guard,
        timeout_s: float = 20,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._browser = browser
        self._page_url = page_url
        self._guard = guard
        self._timeout_s = timeout_s
        self._clock = clock

    async def prove(self, play_url: str, *, advancing: bool = False) -> Proven:
        """What playing `play_url` shows: f1stream's own link, absolute, as the browser reaches it.

        Where a live playlist is known to be `advancing`, it is not waited for until it does.
        Never raises for what a stream does.
        """
        see = partial(self._played, advancing=advancing)
        return await self._in_a_page(_narrowed(self._guard, self._page_url), play_url, see)

    async def prove_embed(self, url: str) -> Proven:
        """Whether the page at `url` may be framed, and a video plays in it.

        Never raises for what the page does.
        """
        if _origin(url) == _origin(self._page_url):
            # The sandbox would be none: the page could take it off.
            return self._proven(Judgement(reason=Reason.REFUSED, detail="it is f1stream itself"))
        return await self._in_a_page(self._guard, url, self._embedded)

    async def _in_a_page(
        self, guard: Guard, url: str, see: Callable[[Page, str], Awaitable[Proven]]
    ) -> Proven:
        try:
            async with self._browser.context(guard) as context:
                return await self._seen(context, url, see)
        except BrowserLost as lost:
            return self._proven(Judgement(reason=Reason.BROWSER_LOST, detail=lost.detail))

    async def _seen(
        self,
        context: BrowserContext,
        url: str,
        see: Callable[[Page, str], Awaitable[Proven]],
    ) -> Proven:
        from playwright.async_api import Error

        page = await context.new_page()
        crashed = asyncio.Event()
        page.on("crash", lambda _: crashed.set())
        await self._load(page)
        try:
            return await see(page, url)
        except Error:
            if page.is_closed() or not crashed.is_set():
                raise BrowserLost("the browser has ended during the check") from None
        return self._proven(
            Judgement(reason=Reason.STALLED, detail="the page that plays it has crashed")
        )

    async def _load(self, page: Page) -> None:
        from playwright.async_api import Error

        host = host_of(self._page_url)
        try:
            answer = await page.goto(self._page_url, timeout=PAGE_S * 1000)
            there = await page.evaluate("typeof verification === 'object'")
        except Error:
            raise BrowserLost(f"the browser does not reach f1stream at {host}") from None
        if not there:
            status = answer.status if answer else 0
            raise BrowserLost(f"{host} has no verification page ({status}); build the app")

    async def _played(self, page: Page, play_url: str, *, advancing: bool) -> Proven:
        try:
            async with asyncio.timeout(self._timeout_s + _GRACE_S):
                told = await page.evaluate(
                    "told => verification.stream(...told)",
                    [play_url, self._timeout_s * 1000, advancing],
                )
            seen = Observation.model_validate(told)
        except TimeoutError:
            detail = f"the page that plays it does not answer after {self._timeout_s:g} s"
            return self._proven(Judgement(reason=Reason.TIMEOUT, detail=detail))
        except ValidationError as error:
            # Only another version of the page says what this one does not know.
            where = ".".join(map(str, error.errors()[0]["loc"]))
            raise BrowserLost(f"the verification page tells nothing usable ({where})") from None
        return self._proven(judged(seen), seen.evidence(), picture(seen.jpeg))

    async def _embedded(self, page: Page, url: str) -> Proven:
        await page.set_viewport_size(_VIEWPORT)
        seen = await embeds.watched(page, url, self._timeout_s)
        return self._proven(judged_embed(seen), seen.evidence(), picture(seen.jpeg))

    def _proven(
        self,
        judgement: Judgement,
        evidence: Evidence | None = None,
        picture: bytes | None = None,
    ) -> Proven:
        proof = Proof(
            proven_at=self._clock(),
            means=self._browser.means,
            level=judgement.level,
            reason=judgement.reason,
            detail=judgement.detail,
            evidence=evidence or Evidence(),
        )
        return Proven(proof, picture)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, parts.hostname, port


def _narrowed(guard: Guard, page_url: str) -> Guard:
    """A guard for f1stream's own address alone, where that is one; a name has to be looked up."""
    _, host, port = _origin(page_url)
    only = guard.endpoints_only()
    return only if only.permits(host or "", port or 0) else guard
