"""Ordinary streams in a browser, through f1stream: live, from a shelf, and when they stumble."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.clients.conftest import Proxied
from tests.origin import Encoded, LiveWindow, Origin
from tests.origin.features import Dates, Gaps
from tests.players.hls_js import CURRENT, OLDER, HlsJsPage
from tests.players.requests import only_to

BUNDLES = pytest.mark.parametrize("bundle", [CURRENT, OLDER], ids=["current", "1.4"])


def numbers(origin: Origin) -> set[int]:
    """Those of the segments that the origin was asked for."""
    found = (re.search(r"/(\d+)-index", request.path) for request in origin.requests)
    return {int(each[1]) for each in found if each}


@pytest.mark.parametrize(
    ("bundle", "kind"),
    [pytest.param(CURRENT, "ts", id="current, TS"), pytest.param(OLDER, "fmp4", id="1.4, fMP4")],
)
async def test_live_plays_on_behind_a_discontinuity(
    browser: Browser, origin: Origin, encoded: Encoded, proxied: Proxied, bundle: Path, kind: str
) -> None:
    play_url = await proxied(LiveWindow(getattr(encoded, kind), window=8).mount(origin))
    async with HlsJsPage.opened(browser, bundle) as page:
        await page.play(play_url, {"liveSyncDurationCount": 5})
        report = await page.until_played(2)
        assert only_to(play_url, page.asked)
    assert (report.fatal, report.stalls, report.failed_requests) == ((), 0, ())
    assert {5, 6} <= numbers(origin)


@pytest.mark.parametrize("number", [1000, 0], ids=["jump", "reset"])
async def test_a_media_sequence_that_is_not_continued_is_recovered_from(
    browser: Browser, origin: Origin, encoded: Encoded, proxied: Proxied, number: int
) -> None:
    window = LiveWindow(encoded.ts, window=5, features=[Dates()])
    window.renumber(50)
    play_url = await proxied(window.mount(origin))
    async with HlsJsPage.opened(browser) as page:
        await page.play(play_url)
        window.renumber(number)
        report = await page.until_played(5)
        assert only_to(play_url, page.asked)
    assert report.fatal == ()


async def test_a_gap_is_left_out_and_not_asked_for(
    browser: Browser, origin: Origin, encoded: Encoded, proxied: Proxied
) -> None:
    window = LiveWindow(encoded.ts, window=6, clock=lambda: 0.0, features=[Gaps(every=4)])
    window.ended = True
    play_url = await proxied(window.mount(origin))
    async with HlsJsPage.opened(browser) as page:
        await page.play(play_url)
        await page.tell("video.currentTime = 2.5")
        report = await page.until_played(1.6)
        assert only_to(play_url, page.asked)
    assert report.current_time_s > 4
    assert (report.fatal, report.failed_requests) == ((), ())
    assert {0, 2, 4, 5} <= numbers(origin)
    assert 3 not in numbers(origin)


@BUNDLES
async def test_a_recording_is_sought_in(
    browser: Browser, origin: Origin, encoded: Encoded, proxied: Proxied, bundle: Path
) -> None:
    play_url = await proxied(origin.files(encoded.byterange.parent) + encoded.byterange.name)
    async with HlsJsPage.opened(browser, bundle) as page:
        await page.play(play_url, {"maxBufferLength": 1, "maxMaxBufferLength": 1})
        await page.tell("video.currentTime = 4.5")
        report = await page.until_played(0.5)
        assert 4.5 < report.current_time_s < 6.1
        await page.tell("video.currentTime = 0.5")
        report = await page.until_played(-3)
        assert only_to(play_url, page.asked)
    assert (report.fatal, report.failed_requests) == ((), ())


async def test_a_quality_that_was_chosen_is_the_only_one(
    browser: Browser, origin: Origin, encoded: Encoded, proxied: Proxied
) -> None:
    play_url = await proxied(origin.files(encoded.multi.parent) + encoded.multi.name)
    origin.requests.clear()
    async with HlsJsPage.opened(browser) as page:
        await page.play(f"{play_url}&quality=1")
        report = await page.until_played(1)
        assert only_to(play_url, page.asked)
    assert len(report.levels) == 1
    media = {request.path for request in origin.requests if request.path.endswith(".ts")}
    assert media
    assert all(path.startswith("/low") for path in media)
