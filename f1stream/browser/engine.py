"""Where a browser comes from: a remote one over the DevTools protocol, or one of our own.

Playwright is imported when it is needed: it takes as long as everything else together.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from f1stream.errors import BrowserLost
from f1stream.models import host_of

if TYPE_CHECKING:
    from playwright.async_api import Browser, Error, Playwright

START_S = 30.0
ATTACH_S = 5.0
END_S = 5.0

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
# Nothing listens there: what the browser wants for itself, in no context of ours, it does not get.
_NOWHERE = "socks5://127.0.0.1:9"
FLAGS = (
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--dns-prefetch-disable",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "--js-flags=--max-old-space-size=512",
    "--mute-audio",
    "--no-first-run",
    "--no-pings",
    "--force-webrtc-ip-handling-policy",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
)
# Playwright switches the popup blocker off.
_UNWANTED_FLAGS = ("--disable-popup-blocking",)


@dataclass(frozen=True, slots=True)
class Engine:
    """A running browser and Playwright's driver, which belongs to it.

    `proxy_host` is the address of this machine at which the browser reaches a proxy of ours.
    """

    playwright: Playwright
    browser: Browser
    proxy_host: str
    attached: bool

    async def close(self) -> None:
        """End both, an attached browser excepted, which is only left."""
        from playwright.async_api import Error

        for ending in (self.browser.close, self.playwright.stop):
            with suppress(Error, TimeoutError):
                async with asyncio.timeout(END_S):
                    await ending()


async def attach(cdp_url: str, proxy_host: str | None) -> Engine:
    """The browser at `cdp_url`. Raises `BrowserLost`.

    Without a `proxy_host`, it is the address from which this machine reaches the browser.
    """
    from playwright.async_api import Error

    host = host_of(cdp_url)
    try:
        async with asyncio.timeout(ATTACH_S):
            proxy_host = proxy_host or await _own_address(cdp_url)
    except (OSError, TimeoutError, ValueError):
        raise BrowserLost(f"{host} can't be reached") from None
    async with _driver() as playwright:
        try:
            browser = await playwright.chromium.connect_over_cdp(cdp_url, timeout=ATTACH_S * 1000)
        except Error as error:
            raise _lost(error, f"{host} is no browser that can be attached to") from None
        return Engine(playwright, browser, proxy_host, attached=True)


async def launch(executable: str | None) -> Engine:
    """A browser of our own. Raises `BrowserLost`.

    It is `executable`, or one on the PATH, or the one that Playwright brought.
    """
    from playwright.async_api import Error

    executable = executable or await asyncio.to_thread(_on_the_path)
    async with _driver() as playwright:
        try:
            browser = await playwright.chromium.launch(
                executable_path=executable,
                args=FLAGS,
                ignore_default_args=_UNWANTED_FLAGS,
                proxy={"server": _NOWHERE, "bypass": "<-loopback>"},
                timeout=START_S * 1000,
            )
        except Error as error:
            remedy = "install chromium, or run: playwright install chromium"
            raise _lost(error, f"{executable or 'chromium'} does not start; {remedy}") from None
        return Engine(playwright, browser, "127.0.0.1", attached=False)


@asynccontextmanager
async def _driver() -> AsyncIterator[Playwright]:
    """Playwright's driver, ended again where the block does not come to its end."""
    from playwright.async_api import async_playwright

    playwright = await async_playwright().start()
    try:
        yield playwright
    except BaseException:
        await playwright.stop()
        raise


def _lost(error: Error, message: str) -> BrowserLost:
    reason = re.search(r"ECONN\w+|ENOENT|Timeout", error.message)
    return BrowserLost(f"{message} ({reason[0]})" if reason else message)


def _on_the_path() -> str | None:
    return next((path for name in _NAMES if (path := shutil.which(name))), None)


async def _own_address(url: str) -> str:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme in ("https", "wss") else 80)
    _, writer = await asyncio.open_connection(parts.hostname, port)
    try:
        address: str = writer.get_extra_info("sockname")[0]
        return address
    finally:
        writer.close()
        await writer.wait_closed()
