"""Low-latency HLS in a browser: through f1stream it is as close to live as at the origin."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from pathlib import Path
from statistics import median

import pytest
from playwright.async_api import Browser

from tests.clients.conftest import Proxied
from tests.origin import PLAIN, LowLatency, Offers, Origin, Tracks
from tests.players.hls_js import CURRENT, OLDER, HlsJsPage, Report
from tests.players.requests import only_to
from tests.test_workers import service

PLAYED_S = float(os.environ.get("F1STREAM_PLAYED_S", "8"))
"""How long the latencies are compared: 60 shows what a minute brings."""
NO_FURTHER_S = 0.3
SAMPLES_PER_S = 5
# Seconds that a player which fell behind has for catching up.
PATIENCE = 30
# A page that began further behind is there before the second half, which is compared.
CATCHES_UP = {"maxLiveSyncPlaybackRate": 1.2}
FILES = Offers()
RANGES = Offers(ranges=True)


async def compared(
    browser: Browser,
    direct_url: str,
    through_url: str,
    *,
    bundle: Path = CURRENT,
) -> tuple[Report, Report]:
    """How two pages fare that play at the same time."""
    async with (
        HlsJsPage.opened(browser, bundle) as direct,
        HlsJsPage.opened(browser, bundle) as through,
    ):
        pages = {direct: direct_url, through: through_url}
        await asyncio.gather(*(page.play(url, CATCHES_UP) for page, url in pages.items()))
        await asyncio.gather(
            *(page.until_played(PLAYED_S, timeout_s=PLAYED_S * 2 + 10) for page in pages)
        )
        assert only_to(through_url, through.asked)
        assert any("_HLS_msn" in url and "_HLS_part" in url for url in through.asked)
        reports = await direct.report(), await through.report()
        patience = PATIENCE
        while patience and not are_close(*reports):
            patience -= 1
            await asyncio.sleep(1)
            reports = await direct.report(), await through.report()
        return reports


def settled(samples: tuple[float, ...]) -> tuple[float, ...]:
    """The last half of what is compared: the player has found its distance by then."""
    return samples[-int(SAMPLES_PER_S * PLAYED_S / 2) :]


def are_close(direct: Report, through: Report) -> bool:
    """Whether both have found it; a busy machine keeps a player from it for a while."""
    ours, theirs = settled(through.latencies_s), settled(direct.latencies_s)
    return median(ours) - median(theirs) < NO_FURTHER_S


def assert_as_close(direct: Report, through: Report) -> None:
    figures = {
        name: (median(settled(ours)), max(settled(ours)), median(settled(theirs)))
        for name, ours, theirs in (
            ("behind the playlist's end", through.latencies_s, direct.latencies_s),
            ("behind the picture's date", through.delays_s, direct.delays_s),
        )
    }
    print({name: tuple(round(s, 3) for s in each) for name, each in figures.items()})
    assert (through.fatal, through.stalls, through.waits) == ((), 0, 0), through
    assert through.failed_requests == ()
    for ours, _, theirs in figures.values():
        assert ours - theirs < NO_FURTHER_S, figures


def waited_for(origin: Origin) -> Mapping[tuple[str, str], int]:
    """How often each blocking reload was asked of the origin by others than browsers."""
    asked: dict[tuple[str, str], int] = {}
    for request in origin.requests:
        if "_HLS_msn" in request.query and "Mozilla" not in request.headers.get("User-Agent", ""):
            key = (request.path, request.target.partition("?")[2])
            asked[key] = asked.get(key, 0) + 1
    return asked


@pytest.mark.parametrize("offers", [FILES, RANGES], ids=["files", "ranges"])
async def test_it_is_as_close_to_live_as_at_the_origin(
    browser: Browser, origin: Origin, tracks: Tracks, proxied: Proxied, offers: Offers
) -> None:
    url = LowLatency(tracks, offers=offers).mount(origin)
    direct, through = await compared(browser, url, await proxied(url))
    assert_as_close(direct, through)
    assert through.size == (160, 90)
    assert through.audio_tracks == ("Sound",)


async def test_several_processes_are_as_close_to_live_as_one(
    browser: Browser, origin: Origin, tracks: Tracks, tmp_path: Path
) -> None:
    url = LowLatency(tracks).mount(origin)
    async with service(tmp_path, url, workers=2) as f1stream:
        play_url = f1stream.url + f1stream.play_url
        assert_as_close(*await compared(browser, url, play_url))
    asked = waited_for(origin).values()
    # A player that comes back to a rendition asks again where it was.
    assert sum(asked) <= 1.1 * len(asked)


async def test_an_older_hls_js_is_as_close_to_live_as_at_the_origin(
    browser: Browser, origin: Origin, tracks: Tracks, proxied: Proxied
) -> None:
    url = LowLatency(tracks).mount(origin)
    play_url = await proxied(url)
    direct, through = await compared(browser, url, play_url, bundle=OLDER)
    assert through.version == "1.4.14"
    assert_as_close(direct, through)


async def test_where_the_origin_has_no_parts_nothing_is_waited_for(
    browser: Browser, origin: Origin, tracks: Tracks, proxied: Proxied
) -> None:
    url = LowLatency(tracks, offers=PLAIN).mount(origin)
    play_url = await proxied(url)
    async with HlsJsPage.opened(browser) as page:
        await page.play(play_url)
        report = await page.until_played(3)
        assert only_to(play_url, page.asked)
    assert (report.fatal, report.failed_requests) == ((), ())
    assert not any("_HLS_" in asked for asked in page.asked)
