"""The main job: a live stream, found, proxied, and playing in a real browser."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Page, expect

from tests.e2e.conftest import serving

FRAMES = "video => video.getVideoPlaybackQuality().totalVideoFrames"
PLAYED = "video => video.currentTime"


async def test_the_demo_plays_for_20_seconds_and_again_after_a_reload(
    page: Page, tmp_path: Path
) -> None:
    requested: set[str] = set()
    page.on("request", lambda request: requested.add(urlsplit(request.url).path))
    async with serving(tmp_path, "--demo") as f1stream:
        await page.goto(f"{f1stream.url}/watch")
        await page.get_by_role("link", name="Test card").first.click()
        await plays(page, for_s=20)
        assert {"/proxy", "/relay"} <= requested
        assert "stream=" in page.url

        await page.reload()
        await plays(page, for_s=3)


async def test_the_start_page_leads_to_what_is_live(page: Page, tmp_path: Path) -> None:
    async with serving(tmp_path, "--demo") as f1stream:
        await page.goto(f1stream.url)
        await page.get_by_role("link", name="Test card").first.click()
        await plays(page, for_s=2)


async def test_without_sources_the_page_shows_what_to_write(page: Page, tmp_path: Path) -> None:
    async with serving(tmp_path) as f1stream:
        await page.goto(f1stream.url)
        await expect(page.get_by_text("[[sources]]")).to_be_visible()


async def test_a_source_that_is_down_is_listed_with_its_reason(page: Page, tmp_path: Path) -> None:
    configuration = """
        [upstream]
        allow_private = ["127.0.0.0/8"]
        [[sources]]
        type = "direct"
        name = "Garage camera"
        url = "http://127.0.0.1:9/live.m3u8"
        """
    async with serving(tmp_path, "--demo", configuration=configuration) as f1stream:
        await page.goto(f"{f1stream.url}/watch")
        await page.get_by_text("Not playable").click()
        await expect(page.get_by_text("connection refused").first).to_be_visible()
        await page.get_by_role("link", name="Test card").first.click()
        await plays(page, for_s=2)


async def plays(page: Page, *, for_s: float) -> None:
    """Decoded frames and playing time advance for that long, with no fatal error of hls.js."""
    video = page.get_by_test_id("player")
    await expect(video).to_have_attribute("data-state", "playing", timeout=20_000)
    frames, played = await video.evaluate(FRAMES), await video.evaluate(PLAYED)
    await asyncio.sleep(for_s)
    # A slow machine may drop frames; a quarter of them is still a moving picture.
    assert await video.evaluate(FRAMES) - frames > for_s * 25 / 4
    assert await video.evaluate(PLAYED) - played > for_s * 0.9
    assert await video.get_attribute("data-fatal") == "0"
