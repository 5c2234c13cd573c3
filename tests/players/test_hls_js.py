"""hls.js plays the test origin without anything in between."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.origin import (
    Broadcast,
    Encoded,
    LiveWindow,
    LowLatency,
    Offers,
    Origin,
    Programme,
    Steering,
    Tracks,
)
from tests.origin.features import CARRIED, Dates, Feature, Interstitials, Variables
from tests.origin.keys import RotatingKeys
from tests.origin.manners import CORS, NeedsHeader
from tests.players.hls_js import HlsJsPage

PLAYED_S = 10
LATENCY_S = 2.0
CATCHES_UP = {"maxLiveSyncPlaybackRate": 1.1}


@pytest.mark.parametrize("offers", [Offers(), Offers(ranges=True)], ids=["files", "ranges"])
async def test_it_plays_low_latency_within_two_seconds_and_never_stalls(
    browser: Browser, origin: Origin, tracks: Tracks, offers: Offers
) -> None:
    url = LowLatency(tracks, offers=offers).mount(origin)
    async with HlsJsPage.opened(browser) as page:
        await page.play(url, CATCHES_UP)
        report = await page.until_played(PLAYED_S)
    assert (report.fatal, report.stalls, report.waits) == ((), 0, 0), report
    assert report.failed_requests == ()
    assert max(report.latencies_s[len(report.latencies_s) // 2 :]) < LATENCY_S
    assert max(report.delays_s[len(report.delays_s) // 2 :]) < LATENCY_S
    assert report.size == (160, 90)
    assert report.audio_tracks == ("Sound",)
    assert any("_HLS_msn" in request.query for request in origin.requests)
    assert any("_HLS_skip" in request.query for request in origin.requests)


async def test_it_tells_what_failed(browser: Browser, origin: Origin, encoded: Encoded) -> None:
    url = LiveWindow(encoded.ts).mount(origin)
    origin.behave("/live/3", NeedsHeader("Authorization", "Bearer nobody"))
    origin.behave("/live/", CORS)
    async with HlsJsPage.opened(browser) as page:
        await page.play(url)
        await origin.asked("/live/3-index3.ts", timeout_s=10)
        await page.until_played(0.5)
        report = await page.report()
    assert "fragLoadError" in [error.details for error in report.errors]
    assert any(f"403 {origin.at('/live/3-')}" in failed for failed in report.failed_requests)
    assert len(report.levels) == 1


async def test_what_does_not_play_says_why(browser: Browser, origin: Origin) -> None:
    origin.behave("/", CORS)
    async with HlsJsPage.opened(browser) as page:
        with pytest.raises(TimeoutError, match="manifestParsingError"):
            await page.play(origin.route("/no.m3u8", "not a playlist"), timeout_s=2)
        [error] = (await page.report()).fatal
        assert error.type == "networkError"


@pytest.mark.parametrize(
    ("features", "query", "carried"),
    [
        pytest.param([RotatingKeys(), Dates()], "", "", id="keys that change"),
        pytest.param([Variables()], "?viewer=7", CARRIED, id="variables"),
    ],
)
async def test_it_plays_a_broadcast_with_its_languages_and_subtitles(
    browser: Browser,
    origin: Origin,
    programme: Programme,
    features: list[Feature],
    query: str,
    carried: str,
) -> None:
    url = Broadcast(programme, features=features, query=carried).mount(origin)
    async with HlsJsPage.opened(browser) as page:
        await page.play(url + query)
        report = await page.until_played(4)
    assert (report.fatal, report.failed_requests) == ((), ())
    assert report.audio_tracks == report.subtitle_tracks == ("English", "Deutsch")
    assert {cue.rpartition(" ")[0] for cue in report.cues} == {"second"}
    assert report.frames > 25 * 3


async def test_it_follows_the_steering_to_another_pathway(
    browser: Browser, origin: Origin, programme: Programme
) -> None:
    steering = Steering(["a", "b"], ttl_s=1)
    url = Broadcast(programme, steering=steering).mount(origin)
    async with HlsJsPage.opened(browser) as page:
        await page.play(url)
        await page.until_played(1)
        steering.pathways = ["b", "a"]
        await origin.asked("/broadcast/b/audio-en/index.m3u8", timeout_s=10)
        report = await page.until_played(2)
    assert report.fatal == ()


async def test_it_plays_the_assets_of_an_interstitial(
    browser: Browser, origin: Origin, programme: Programme
) -> None:
    origin.behave("/ad/", CORS)
    asset = origin.files(programme.low.parent, "/ad/") + "index.m3u8"
    features = [Dates(), Interstitials((asset,), duration_s=6, every=4)]
    url = Broadcast(programme, window=8, features=features).mount(origin)
    async with HlsJsPage.opened(browser) as page:
        await page.play(url)
        await origin.asked("/ad/index5.m4s", timeout_s=20)
        report = await page.report()
    assert report.interstitials
    assert report.fatal == ()
