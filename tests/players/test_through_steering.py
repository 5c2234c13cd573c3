"""Content steering and interstitials in a browser: wherever they lead, it is through f1stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from playwright.async_api import Browser

from tests.clients.conftest import Proxied
from tests.origin import Broadcast, Origin, Programme, Steering
from tests.origin.features import Dates, Interstitials
from tests.origin.steering import MANIFEST, Clone
from tests.players.hls_js import HlsJsPage
from tests.players.requests import only_to

AT_ONCE = {"liveSyncDurationCount": 2}


async def test_a_switch_of_pathways_is_followed(
    browser: Browser, origin: Origin, programme: Programme, proxied: Proxied
) -> None:
    steering = Steering(["a", "b"], ttl_s=1)
    play_url = await proxied(Broadcast(programme, steering=steering).mount(origin))
    async with HlsJsPage.opened(browser) as page:
        await page.play(play_url, AT_ONCE)
        assert not any("/broadcast/b/" in request.path for request in origin.requests)
        steering.pathways = ["b", "a"]
        await origin.asked("/broadcast/b/audio-en/index.m3u8", timeout_s=10)
        report = await page.until_played(2)
        assert only_to(play_url, page.asked)
    assert (report.fatal, report.failed_requests) == ((), ())
    asked = [request.query for request in origin.requests if request.path.endswith(MANIFEST)]
    assert any(query.get("_HLS_pathway") == "a" for query in asked)
    assert any(query.get("again") == "yes" for query in asked)


async def test_a_pathway_that_is_cloned_plays(
    browser: Browser, origin: Origin, programme: Programme, proxied: Proxied
) -> None:
    clone = Clone("c", base="a", host="localhost", parameters={"cdn": "c"})
    steering = Steering(["a"], ttl_s=1)
    play_url = await proxied(Broadcast(programme, steering=steering).mount(origin))
    async with HlsJsPage.opened(browser) as page:
        await page.play(play_url, AT_ONCE)
        steering.clones, steering.pathways = [clone], ["c", "a"]
        before = len(origin.requests)
        await page.until_played(3)
        report = await page.report()
        assert only_to(play_url, page.asked)
    assert (report.fatal, report.failed_requests) == ((), ())
    cloned = [
        request
        for request in origin.requests[before:]
        if request.headers["Host"].startswith("localhost:")
    ]
    playlists = [request for request in cloned if request.path.endswith("index.m3u8")]
    assert playlists
    assert {request.query.get("cdn") for request in playlists} == {"c"}
    assert any("-index" in request.path for request in cloned)


@dataclass(frozen=True)
class Alone(Interstitials):
    """Only those of one asset each, or only those with a list."""

    listed: bool = False

    def tags(self, number: int, *, first: bool) -> Sequence[str]:
        listed = number // self.every % 2 == 1
        return super().tags(number, first=first) if listed == self.listed else ()


@pytest.mark.parametrize(
    ("listed", "window"),
    [pytest.param(False, 8, id="X-ASSET-URI"), pytest.param(True, 12, id="X-ASSET-LIST")],
)
async def test_the_assets_of_an_interstitial_play(
    browser: Browser,
    origin: Origin,
    programme: Programme,
    proxied: Proxied,
    listed: bool,
    window: int,
) -> None:
    asset = origin.files(programme.low.parent, "/ad/") + "index.m3u8"
    features = [Dates(), Alone((asset,), duration_s=6, every=4, listed=listed)]
    play_url = await proxied(Broadcast(programme, window=window, features=features).mount(origin))
    async with HlsJsPage.opened(browser, at=play_url) as page:
        await page.play(play_url)
        await origin.asked("/ad/index5.m4s", timeout_s=20)
        report = await page.report()
        assert only_to(play_url, page.asked)
    assert report.interstitials
    assert (report.fatal, report.failed_requests) == ((), ())
    assert any("/assets-" in request.path for request in origin.requests) == listed
