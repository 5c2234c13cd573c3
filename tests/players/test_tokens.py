"""A real player whose stream's tokens end again and again, and who must not notice."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from playwright.async_api import Browser

from tests.conftest import OpenHouse
from tests.origin import Broadcast, Origin, Programme
from tests.origin.clock import RealClock
from tests.origin.tokens import Tokens
from tests.players.hls_js import HlsJsPage

PLAYED_S = float(os.environ.get("F1STREAM_PLAYED_S", "8"))
LIFETIME_S = float(os.environ.get("F1STREAM_TOKEN_S", "2"))


async def test_no_request_of_the_player_fails(
    browser: Browser, origin: Origin, house: OpenHouse, programme: Programme
) -> None:
    clock = RealClock()
    url = Broadcast(programme, clock=clock).mount(origin, "/live/")
    origin.behave("/live/", Tokens(clock, urlsplit(url).path, LIFETIME_S))
    f1stream = await house(url)
    play_url = f1stream.client.make_url(await f1stream.play_url())
    async with HlsJsPage.opened(browser) as page:
        await page.play(str(play_url))
        report = await page.until_played(PLAYED_S, timeout_s=3 * PLAYED_S + 20)
    tokens = {request.query.get("token") for request in origin.requests}
    assert len(tokens) >= PLAYED_S / LIFETIME_S
    assert report.failed_requests == ()
    assert (report.fatal, report.stalls) == ((), 0), report
