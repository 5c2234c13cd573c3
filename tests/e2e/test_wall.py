"""Several players on one page: where they stand, and what they share."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from tests.e2e.audits import violations
from tests.e2e.theatre import all_play, camera, direct, theatre
from tests.origin import Encoded, Origin

SYNCHRONOUS_S = 0.3
MUTED = "video => video.muted"
TOUCH_PX = 44
# A seek bar is as long as it is thin.
TARGETS = """tile => [...tile.querySelectorAll('button, media-control-bar > *')]
    .filter(each => each.localName !== 'span' && each.checkVisibility())
    .map(each => [each.ariaLabel ?? each.localName, each.getBoundingClientRect()])
    .map(([name, { width, height }]) => [name, Math.min(width, height)])"""


def cameras(origin: Origin, encoded: Encoded, *late_s: float) -> list[str]:
    """Sources that show one programme, each that much later than it happened."""
    for number, late in enumerate(late_s, 1):
        camera(origin, encoded, f"camera{number}", late_s=late)
    names = [f"camera{number}" for number in range(1, len(late_s) + 1)]
    return [direct(origin.at(f"/{name}/index.m3u8"), name.capitalize()) for name in names]


def tile(page: Page, place: int) -> Locator:
    """What stands in a place of the wall."""
    return page.locator(f'[data-tile][data-place="{place}"]')


async def spread_s(page: Page) -> float:
    """How far apart the moments are that the players show, as the page sees it."""
    return float(await page.get_by_test_id("spread").get_attribute("data-spread") or "inf")


async def together(page: Page, *, for_s: float) -> None:
    """Wait until all players have shown one moment for so long."""
    loop = asyncio.get_running_loop()
    apart = loop.time()
    async with asyncio.timeout(60):
        while loop.time() - apart < for_s:
            await asyncio.sleep(0.1)
            if await spread_s(page) >= SYNCHRONOUS_S:
                apart = loop.time()


async def test_four_players_show_one_moment_and_stay_there(
    page: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    sources = cameras(origin, encoded, 0, 1.6, 2.5, 0.8)
    async with theatre(page, tmp_path, *sources) as stage:
        await page.goto(stage.wall(0, 1, 2, 3))
        await all_play(page, 4)
        button = page.get_by_role("button", name="In sync")
        await button.click()
        await page.reload()
        await expect(button).to_have_attribute("aria-pressed", "false")
        # On their own each is as live as it can be, which is not the same moment.
        await all_play(page, 4)
        await expect(page.get_by_test_id("spread")).to_be_visible()
        assert await spread_s(page) > 2 * SYNCHRONOUS_S

        await button.click()
        await together(page, for_s=2)
        assert await violations(page) == []


async def test_the_address_says_what_stands_where(
    page: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    sources = cameras(origin, encoded, 0, 0, 0)
    async with theatre(page, tmp_path, *sources) as stage:
        await page.goto(stage.wall(0))
        await all_play(page, 1)
        # A video that is moved in the document, or made anew, begins again.
        await page.evaluate("document.querySelector('video').kept = true")
        await page.get_by_role("button", name="Add to the wall: Camera2").click()
        await page.get_by_role("button", name="Add to the wall: Camera3").click()
        await all_play(page, 3)
        assert page.url == stage.wall(0, 1, 2)

        await page.get_by_role("button", name="One large").click()
        await page.get_by_role("button", name="Make Camera3 the large one").click()
        await expect(tile(page, 0)).to_have_attribute("aria-label", "Camera3")
        assert page.url == stage.wall(2, 1, 0, layout="layout=focus")
        large, small = await tile(page, 0).bounding_box(), await tile(page, 2).bounding_box()
        assert large
        assert small
        assert large["width"] > 2.5 * small["width"]
        assert await page.evaluate("document.querySelector('video').kept")
        assert await violations(page) == []

        await page.go_back()
        await expect(tile(page, 0)).to_have_attribute("aria-label", "Camera1")
        await page.go_back()
        assert page.url == stage.wall(0, 1, 2)
        await page.go_forward()
        await page.go_forward()
        await page.reload()
        await all_play(page, 3)
        await expect(tile(page, 0)).to_have_attribute("aria-label", "Camera3")


async def test_players_change_places_by_hand_and_by_keyboard(
    page: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    async with theatre(page, tmp_path, *cameras(origin, encoded, 0, 0)) as stage:
        await page.goto(stage.wall(0, 1))
        await all_play(page, 2)
        await tile(page, 0).hover()
        handle = page.get_by_role("button", name="Move Camera1")
        await handle.hover()
        await page.mouse.down()
        onto = await tile(page, 1).bounding_box()
        assert onto
        await page.mouse.move(onto["x"] + 50, onto["y"] + 50, steps=4)
        await expect(tile(page, 1)).to_have_attribute("data-aimed", "")
        await page.mouse.up()
        await expect(tile(page, 1)).to_have_attribute("aria-label", "Camera1")
        assert page.url == stage.wall(1, 0)

        await handle.focus()
        await page.keyboard.press("Enter")
        await page.keyboard.press("ArrowLeft")
        await expect(tile(page, 0)).to_have_attribute("aria-label", "Camera1")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Shift+ArrowRight")
        await expect(tile(page, 1)).to_have_attribute("aria-label", "Camera1")
        await all_play(page, 2)


async def test_one_is_heard_and_keys_go_to_the_chosen_one(
    page: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    async with theatre(page, tmp_path, *cameras(origin, encoded, 0, 0)) as stage:
        await page.goto(stage.wall(0, 1))
        await all_play(page, 2)
        first, second = (tile(page, place).get_by_test_id("player") for place in range(2))
        assert [await each.evaluate(MUTED) for each in (first, second)] == [False, True]
        await page.keyboard.press("2")
        await page.keyboard.press("m")
        await expect(first).to_have_js_property("muted", True)
        await expect(second).to_have_js_property("muted", False)

        # Lock screens and media keys know the same one.
        await page.wait_for_function("navigator.mediaSession.metadata?.title === 'Camera2'")
        await page.keyboard.press("k")
        await expect(second).to_have_attribute("data-state", "paused")
        await expect(first).to_have_attribute("data-state", "playing")
        await page.wait_for_function("navigator.mediaSession.playbackState === 'paused'")
        has_windows = await page.evaluate("document.pictureInPictureEnabled")
        await tile(page, 1).hover()
        windows = tile(page, 1).locator("media-pip-button")
        await expect(windows).to_be_visible(visible=has_windows)
        await page.keyboard.press("k")
        await all_play(page, 2)

        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        assert await violations(page) == []
        await page.keyboard.press("Escape")

        await page.keyboard.press("g")
        await expect(page.locator(".wall:fullscreen")).to_have_count(1)
        await page.keyboard.press("g")
        await page.keyboard.press("f")
        await expect(page.locator("media-controller:fullscreen")).to_have_count(1)
        await page.keyboard.press("f")
        await page.keyboard.press("x")
        await all_play(page, 1)
        # The sound passes on to who is left.
        await expect(page.get_by_test_id("player")).to_have_js_property("muted", False)


async def test_on_a_phone_a_small_tile_has_its_name_its_sound_and_a_way_to_be_large(
    phone: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    async with theatre(phone, tmp_path, *cameras(origin, encoded, 0, 0, 0, 0)) as stage:
        await phone.goto(stage.wall(0, 1, 2, 3))
        await all_play(phone, 4)
        last = tile(phone, 3)
        controls = last.locator("media-controller")
        await expect(controls).to_have_attribute("userinactive", "", timeout=10_000)
        # Where a button is that cannot be seen, a touch shows it and presses nothing.
        enlarge = last.get_by_role("button", name="Make Camera4 the large one")
        at = await enlarge.bounding_box()
        assert at
        await phone.touchscreen.tap(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
        await expect(controls).not_to_have_attribute("userinactive", "")
        await expect(last).to_have_attribute("aria-label", "Camera4")
        await expect(last.get_by_test_id("player")).to_have_attribute("data-state", "playing")
        targets = await last.evaluate(TARGETS)
        assert [name for name, _ in targets] == ["Make Camera4 the large one", "unmute"]
        assert [target for target in targets if target[1] < TOUCH_PX] == []
        assert await violations(phone) == []

        await enlarge.tap()
        large = tile(phone, 0)
        await expect(large).to_have_attribute("aria-label", "Camera4")
        targets = await large.evaluate(TARGETS)
        assert len(targets) >= 7
        assert [target for target in targets if target[1] < TOUCH_PX] == []
        assert await violations(phone) == []
