"""The gate in front of a browser's DevTools, with a real Chromium behind it."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from f1stream.browser import Browser
from tests.browser.chromium import remote
from tests.browser.test_browser import only
from tests.deploy.edges import gate, in_front
from tests.origin import Origin


async def test_a_browser_is_attached_to_by_whatever_name_it_has(
    origin: Origin, tmp_path: Path
) -> None:
    origin.route("/", "<title>Here</title>", content_type="text/html")
    async with (
        remote(tmp_path / "profile") as (_, devtools),
        in_front(gate, tmp_path, urlsplit(devtools).port or 0) as address,
        aiohttp.ClientSession() as session,
    ):
        named = {"Host": "chrome:9222"}
        async with session.get(f"{devtools}/json/version", headers=named) as refused:
            assert refused.status == 500
        async with session.get(f"{address}/json/version", headers=named) as version:
            told = await version.json()
        assert told["webSocketDebuggerUrl"].startswith("ws://chrome:9222/devtools/")
        async with Browser(only(origin), cdp_url=address) as browser, browser.context() as context:
            assert repr(browser) == "<Browser 127.0.0.1, 1 of 2 contexts open>"
            page = await context.new_page()
            await page.goto(origin.at("/"))
            assert await page.title() == "Here"
