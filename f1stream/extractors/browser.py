"""A page loaded in a browser: the HLS playlists that its own player asks for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from f1stream.browser.overheard import Heard, Overheard
from f1stream.errors import ExtractionFailed, F1StreamError, UpstreamSlow, UpstreamStatus
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.options import SecretUrl
from f1stream.models import Found, host_of

if TYPE_CHECKING:
    from playwright.async_api import Error, Page

_MAX_LOAD_S = 20.0
_CLICK_S = 5.0
_TITLE_S = 2.0


class Browser(Extractor):
    """What a page plays by itself, or after one click, with the headers that it sends for it.

    The page is left alone otherwise: no form is filled in, nothing is hidden from it.
    """

    key: ClassVar[str] = "browser"
    example: ClassVar[str] = """
[[sources]]
type = "browser"
name = "Track camera"
url = "https://www.example.org/live"
click = "button.play"
"""

    timeout_s: float = Field(
        default=60, gt=0, le=600, description="Seconds that one extraction may take."
    )
    url: SecretUrl = Field(description="The page's URL, http or https.")
    click: str = Field(
        default="", max_length=500, description="A CSS selector to click once; nothing by default."
    )
    wait_s: float = Field(
        default=8, ge=0, le=120, description="Seconds to listen for playlists at most."
    )
    title: str = Field(default="", max_length=500, description="The title; the page's by default.")

    async def find(self, web: Web) -> AsyncIterator[Found]:
        async with web.context() as context:
            page = await context.new_page()
            async with asyncio.TaskGroup() as reading:
                overheard = Overheard(reading)
                context.on("response", overheard.hear)
                failure = await self._load(page)
                if failure is None or isinstance(failure, UpstreamSlow):
                    await overheard.settled(self.wait_s)
                context.remove_listener("response", overheard.hear)
            title = self.title or await _title_of(page) or self.name
        playlists = overheard.playlists()
        if failure and not playlists:
            raise failure
        for number, heard in enumerate(playlists):
            yield _found(heard, str(number or ""), title)

    async def _load(self, page: Page) -> F1StreamError | None:
        """Load the page and click; what went wrong, if it did.

        That decides nothing yet: a page that never ends, or is called an error, may still play.
        """
        from playwright.async_api import Error
        from playwright.async_api import TimeoutError as Slow

        url = self.url.get_secret_value()
        host = host_of(url)
        within_s = min(_MAX_LOAD_S, self.timeout_s / 2)
        try:
            answer = await page.goto(url, wait_until="domcontentloaded", timeout=within_s * 1000)
            if self.click:
                await page.click(self.click, timeout=_CLICK_S * 1000, no_wait_after=True)
        except Slow as error:
            if error.message.startswith("Page.click"):
                return ExtractionFailed(
                    f"{host}: nothing to click at {self.click!r}; check the option click"
                )
            return UpstreamSlow(f"{host}: the page did not load within {within_s:g} s")
        except Error as error:
            return ExtractionFailed(f"{host}: {_why(error)}")
        if answer is not None and answer.status >= 400:
            return UpstreamStatus(f"{host} answered {answer.status}", answer.status)
        return None


def _found(heard: Heard, key: str, title: str) -> Found:
    quality = f"{heard.height}p" if heard.height else None
    return Found(key=key, title=title, url=heard.url, headers=heard.headers, quality=quality)


async def _title_of(page: Page) -> str:
    from playwright.async_api import Error

    # A page that is busy with itself does not say.
    with suppress(Error, TimeoutError):
        async with asyncio.timeout(_TITLE_S):
            return (await page.title()).strip()[:500]
    return ""


def _why(error: Error) -> str:
    """What a browser says of a page, without its URL."""
    reason = re.search(r"net::ERR_\w+", error.message)
    match reason[0] if reason else "":
        case "net::ERR_SOCKS_CONNECTION_FAILED":
            return (
                "can't be reached, or is not a public address; an operator's own servers go into "
                "upstream.allow_private"
            )
        case "net::ERR_PROXY_CONNECTION_FAILED":
            return "the attached browser does not reach f1stream, through which it must go"
        case "":
            return "the page can't be loaded"
        case told:
            return f"the page can't be loaded ({told})"
