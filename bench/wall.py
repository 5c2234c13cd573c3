"""Four players in a real browser: `python -m bench.wall [--minutes 3] [--rounds 5]`.

Measures what a viewer of the Watch page waits for and sees, on the demo's 720p stream:

- the first picture after a click, beside a page that has nothing but hls.js and plays the origin
  directly;
- four players for some minutes: stalls, how far apart the moments are that they show, and the
  heap of JavaScript.

Needs the built app and a Chromium. Video is decoded in software: on a machine that is busy with
other things the figures say so, and nothing about the app. The load is printed with them.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
from pathlib import Path

from playwright.async_api import Browser, CDPSession, Page, async_playwright

from f1stream.demo.origin import demo_origin
from tests.e2e.conftest import CHROMIUM, FLAGS
from tests.e2e.first_picture import after_click_ms, alone_ms, watch_pictures
from tests.e2e.theatre import Theatre, all_play, direct, theatre

PLAYERS = 4
SAMPLE_S = 0.5
# Players find each other, caches fill, code is compiled.
SETTLE_S = 30
QUALITY = "/720p.m3u8"

_WATCH_STALLS = """() => {
    window.stalls = 0;
    for (const video of document.querySelectorAll('video'))
        video.addEventListener('waiting', () => video.seeking || window.stalls++);
}"""


async def main(minutes: float, rounds: int) -> None:
    """Measure, and print."""
    async with demo_origin() as origin, async_playwright() as playwright:
        url = origin.url.replace("/live.m3u8", QUALITY)
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM.read_text().strip(), args=FLAGS
        )
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await watch_pictures(page)
        sources = [direct(f"{url}?camera={n}", f"Camera {n}") for n in range(1, PLAYERS + 1)]
        with tempfile.TemporaryDirectory() as folder:
            async with theatre(page, Path(folder), *sources) as stage:
                await first_pictures(browser, page, stage, url, rounds)
                await four_players(page, stage, minutes)
        await browser.close()


async def first_pictures(
    browser: Browser, page: Page, stage: Theatre, url: str, rounds: int
) -> None:
    """The time from a click to the first picture, here and on the bare page, in turn."""
    ours, bare = [], []
    for _ in range(rounds):
        bare.append(await alone_ms(browser, url))
        await page.goto(f"{stage.url}/watch")
        ours.append(await after_click_ms(page, page.get_by_role("link", name="Camera 1")))
    here, there = statistics.median(ours), statistics.median(bare)
    print(f"first picture after {here:.0f} ms, alone {there:.0f} ms: {here / there:.2f} times")
    print(f"  all: {_whole(ours)}; alone: {_whole(bare)}; load {os.getloadavg()[0]:.1f}")


async def four_players(page: Page, stage: Theatre, minutes: float) -> None:
    """Stalls, spread and heap over some minutes."""
    await page.goto(stage.wall(*range(PLAYERS)))
    await all_play(page, PLAYERS)
    await asyncio.sleep(SETTLE_S)
    session = await page.context.new_cdp_session(page)
    await page.evaluate(_WATCH_STALLS)
    heap = await heap_bytes(session)
    spreads = []
    loop = asyncio.get_running_loop()
    end = loop.time() + minutes * 60
    while loop.time() < end:
        await asyncio.sleep(SAMPLE_S)
        spread = await page.get_by_test_id("spread").get_attribute("data-spread")
        spreads.append(float(spread or "inf"))
    heap_after = await heap_bytes(session)
    stalls = await page.evaluate("window.stalls")
    spreads.sort()
    at = {share: spreads[int((len(spreads) - 1) * share)] for share in (0.5, 0.99, 1)}
    print(f"{PLAYERS} players, {minutes:g} minutes, load {os.getloadavg()[0]:.1f}: {stalls} stalls")
    print("  spread: " + ", ".join(f"{at[share]:.3f} s at {share:.0%}" for share in at))
    change = heap_after / heap - 1
    print(f"  heap: {heap / 2**20:.1f} MiB, then {heap_after / 2**20:.1f} MiB ({change:+.1%})")
    dropped = await page.evaluate(
        """[...document.querySelectorAll('video')].map(video => {
            const { droppedVideoFrames, totalVideoFrames } = video.getVideoPlaybackQuality();
            return `${droppedVideoFrames}/${totalVideoFrames}`; }).join(', ')"""
    )
    print(f"  frames dropped: {dropped}")


async def heap_bytes(session: CDPSession) -> float:
    """What JavaScript holds on to."""
    await session.send("HeapProfiler.collectGarbage")
    usage = await session.send("Runtime.getHeapUsage")
    return float(usage["usedSize"])


def _whole(milliseconds: list[float]) -> str:
    return " ".join(f"{each:.0f}" for each in milliseconds)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m bench.wall", description=__doc__)
    parser.add_argument("--minutes", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    asyncio.run(main(arguments.minutes, arguments.rounds))
