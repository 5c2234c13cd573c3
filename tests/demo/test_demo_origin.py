"""The served demo, over real HTTP: what a player asks for, in the order it asks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from urllib.parse import urljoin

import aiohttp
import m3u8
import pytest

from f1stream.demo import DemoOrigin, demo_origin
from f1stream.demo.playlist import EPOCH, KEPT_S


class Clock:
    def __init__(self) -> None:
        self.now = EPOCH + timedelta(days=100, seconds=1)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def origin(clock: Clock) -> AsyncIterator[DemoOrigin]:
    async with demo_origin(clock) as origin:
        yield origin


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def playlist(web: aiohttp.ClientSession, url: str) -> m3u8.M3U8:
    async with web.get(url) as response:
        assert response.status == 200
        assert response.content_type == "application/vnd.apple.mpegurl"
        return m3u8.loads(await response.text(), uri=url)


async def status(web: aiohttp.ClientSession, url: str) -> int:
    async with web.get(url) as response:
        return response.status


async def test_a_player_gets_from_the_url_to_a_segment(
    origin: DemoOrigin, web: aiohttp.ClientSession
) -> None:
    multivariant = await playlist(web, origin.url)
    for variant in multivariant.playlists:
        media = await playlist(web, variant.absolute_uri)
        async with web.get(media.segments[-1].absolute_uri) as response:
            body = await response.read()
        assert response.status == 200
        assert response.content_type == "video/mp2t"
        assert "immutable" in response.headers["Cache-Control"]
        assert set(body[::188]) == {0x47}


async def test_the_playlist_advances_with_the_clock(
    origin: DemoOrigin, web: aiohttp.ClientSession, clock: Clock
) -> None:
    url = urljoin(origin.url, "720p.m3u8")
    before = await playlist(web, url)
    clock.now += timedelta(seconds=4)
    after = await playlist(web, url)
    assert after.media_sequence == before.media_sequence + 2


async def test_segments_of_the_future_and_the_past_are_not_there(
    origin: DemoOrigin, web: aiohttp.ClientSession, clock: Clock
) -> None:
    media = await playlist(web, urljoin(origin.url, "360p.m3u8"))
    newest = media.segments[-1]
    future = urljoin(origin.url, f"360p/{newest.media_sequence + 1}.ts")
    async with web.get(future) as response:
        assert response.status == 404
        assert response.headers["Cache-Control"] == "no-store"
    clock.now += timedelta(seconds=2)
    assert await status(web, future) == 200
    clock.now += timedelta(seconds=KEPT_S)
    assert await status(web, newest.absolute_uri) == 404


@pytest.mark.parametrize("path", ["1080p.m3u8", "1080p/1.ts", "720p/x.ts", "720p/-1.ts", ""])
async def test_what_the_demo_does_not_have_is_not_found(
    origin: DemoOrigin, web: aiohttp.ClientSession, path: str
) -> None:
    assert await status(web, urljoin(origin.url, path or "/")) == 404


async def test_by_default_the_clock_is_the_time_of_day(web: aiohttp.ClientSession) -> None:
    async with demo_origin() as origin:
        media = await playlist(web, urljoin(origin.url, "720p.m3u8"))
    dated = media.segments[-1].current_program_date_time
    age = datetime.now(dated.tzinfo) - dated
    assert timedelta(seconds=2) <= age < timedelta(seconds=10)


async def test_two_origins_stand_side_by_side() -> None:
    async with demo_origin() as one, demo_origin() as other:
        assert one.url != other.url
