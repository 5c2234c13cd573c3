"""Pictures of every state, for people: `python -m tests.e2e.screens [STATE…]`.

Each is taken at the width of a phone, a laptop and a television, in the dark theme; some
also in the light one. They go to `docs/screens/`, as small as WebP makes them.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, Route, async_playwright

from f1stream.demo.origin import demo_origin
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.stage import staged
from tests.e2e.states import State, states
from tests.e2e.watch_states import watch_states

SCREENS = Path(__file__).parents[2] / "docs" / "screens"
SIZES = {390: 844, 1280: 800, 3840: 2160}
LIGHT = {"next", "sign-in", "watch"}
FOREIGN = """
    <body style="background: #24334a; color: #fff; font: 2rem sans-serif; text-align: center">
    <p>Page of the site
    """


async def main(names: list[str]) -> None:
    """Take the pictures of these states, or of all."""
    SCREENS.mkdir(parents=True, exist_ok=True)
    async with demo_origin() as origin, async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM.read_text().strip(), args=FLAGS
        )
        everything = {**states(), **watch_states(origin.url.rpartition("/")[0])}
        for name, state in everything.items():
            if not names or name in names:
                for theme in ("dark", "light") if name in LIGHT else ("dark",):
                    await pictures(browser, name, state, theme)
        await browser.close()


async def pictures(browser: Browser, name: str, state: State, theme: str) -> None:
    """One state at every width."""
    async with staged(state.stage) as stage:
        for width, height in SIZES.items():
            page = await browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="light" if theme == "light" else "dark",
                reduced_motion="reduce",
                timezone_id="Europe/London",
                locale="en-GB",
                # What plays comes from an origin of its own.
                bypass_csp=True,
            )
            await page.route("https://*.example/", foreign)
            await page.goto(stage.url + state.path)
            await page.get_by_role("heading", level=1).and_(page.locator(":visible")).wait_for()
            if state.act:
                await state.act(page)
            await page.wait_for_timeout(400)
            suffix = "-light" if theme == "light" else ""
            window = width > 1000 if state.fits else width > 3000
            taken = await page.screenshot() if window else await whole(page, width)
            save(taken, SCREENS / f"{name}{suffix}-{width}.webp")
            await page.close()


async def foreign(route: Route) -> None:
    """A page of another site."""
    await route.fulfill(content_type="text/html", body=FOREIGN)


async def whole(page: Page, width: int) -> bytes:
    """The page from top to end, in a window of that height: none is resized in the middle."""
    height: int = await page.evaluate("document.documentElement.scrollHeight")
    await page.set_viewport_size({"width": width, "height": height})
    await page.wait_for_timeout(1_100)
    return await page.screenshot(clip={"x": 0, "y": 0, "width": width, "height": height})


def save(png: bytes, file: Path) -> None:
    """The picture as WebP."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "png_pipe", "-i", "-", "-quality", "70", str(file)],
        input=png,
        check=True,
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
