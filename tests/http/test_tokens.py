"""Streams whose tokens end while somebody watches: players keep their links and notice nothing."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urljoin

import pytest
from aiohttp import ClientResponse
from yarl import URL

from f1stream.extractors import Extractor, Web
from f1stream.hls.links import Kind
from f1stream.models import Found
from tests.conftest import House, OpenHouse
from tests.origin import LiveWindow, ManualClock, Origin
from tests.origin.encode import Encoded
from tests.origin.message import Request, Response, text
from tests.origin.tokens import Tokens

LIFETIME_S = 20
# Playlists are served from memory for half a target duration, which is a second here.
FRESH_S = 0.6
Place = Literal["query", "path"]
PLACES: tuple[Place, ...] = ("query", "path")


class Rotating(Extractor):
    """A source whose stream has another address each time it is read; `reads` counts those."""

    key: ClassVar[str] = "rotating"
    origin: str
    reads: Counter[str]

    async def find(self, web: Web) -> AsyncIterator[Found]:
        self.reads["all"] += 1
        yield Found(key="one", title="F1", url=f"{self.origin}/top/{self.reads['all']}.m3u8")


class Player:
    """Follows the links that it was given once, as players do."""

    def __init__(self, house: House, play_url: str) -> None:
        self._house = house
        self.top = play_url

    async def get(self, link: str, **more: Any) -> ClientResponse:
        response = await self._house.client.get(link, **more)
        await response.read()
        return response

    async def listed(self, link: str) -> list[str]:
        """The links of a playlist."""
        response = await self.get(link)
        assert response.status == 200, await response.text()
        lines = (await response.text()).splitlines()
        return [urljoin(link, line) for line in lines if line and not line.startswith("#")]


def window(origin: Origin, playlist: Path, clock: ManualClock, place: Place | None) -> str:
    """A live stream, moved on by the clock, whose addresses carry tokens."""
    url = LiveWindow(playlist, clock=clock).mount(origin)
    if place is not None:
        origin.behave("/live/", Tokens(clock, "/live/index.m3u8", LIFETIME_S, place))
    return url


@pytest.mark.parametrize("place", PLACES)
async def test_a_segment_whose_token_has_ended_is_answered_from_its_fresh_address(
    origin: Origin, house: OpenHouse, encoded: Encoded, place: Place
) -> None:
    clock = ManualClock(LIFETIME_S - 1)
    f1stream = await house(window(origin, encoded.ts, clock, place))
    player = Player(f1stream, await f1stream.play_url())
    links = await player.listed(player.top)
    clock.now_s += 1
    answers = [await player.get(link) for link in links[1:]]
    assert [answer.status for answer in answers] == [200] * len(answers)
    assert all([(await answer.read())[:1] == b"G" for answer in answers])


@pytest.mark.parametrize("place", PLACES)
async def test_a_variant_whose_token_has_ended_goes_on_under_its_old_link(
    origin: Origin, house: OpenHouse, encoded: Encoded, place: Place
) -> None:
    clock = ManualClock()
    origin.files(encoded.multi.parent, "/multi/")
    origin.behave("/multi/", Tokens(clock, "/multi/index.m3u8", LIFETIME_S, place))
    f1stream = await house(origin.at("/multi/index.m3u8"))
    player = Player(f1stream, await f1stream.play_url())
    variants = await player.listed(player.top)
    before = [await player.listed(variant) for variant in variants]
    for _ in range(5):
        clock.now_s += LIFETIME_S
        await asyncio.sleep(FRESH_S)
        now = [await player.listed(variant) for variant in variants]
        assert [len(links) for links in now] == [len(links) for links in before]
        segments = [await player.get(links[-1]) for links in (*before, *now)]
        assert [segment.status for segment in segments] == [200] * 4
        assert await segments[0].read() == await segments[2].read()


async def test_a_source_is_read_again_where_its_address_has_ended_as_well(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    clock = ManualClock()
    playlist = LiveWindow(encoded.ts, clock=clock)
    reads: Counter[str] = Counter()
    source = Rotating.model_construct(name="Rotating", origin=origin.url, reads=reads)
    f1stream = await house(sources=(source,))
    playlist.mount(origin, "/live/")
    loop = asyncio.create_task(f1stream.run.background.rounds.run())
    listing = playlist.playlist().replace("\n0-", "\n/live/0-").replace("\n1-", "\n/live/1-")
    origin.route("/top/1.m3u8", listing.replace("\n2-", "\n/live/2-"))
    while not (await _streams(f1stream)):
        await asyncio.sleep(0.02)
    (stream,) = await _streams(f1stream)
    player = Player(f1stream, stream["play_url"])
    await player.listed(player.top)
    origin.route("/top/1.m3u8", status=403)
    origin.route("/top/2.m3u8", listing.replace("\n2-", "\n/live/2-"))
    await asyncio.sleep(FRESH_S)
    waiting = await asyncio.gather(*(player.get(player.top) for _ in range(20)))
    assert {answer.status for answer in waiting} == {200}
    assert reads["all"] == 2
    assert (await _streams(f1stream))[0]["id"] == stream["id"]
    loop.cancel()


async def test_what_is_gone_for_good_is_told_and_upstream_is_not_asked_again_and_again(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    clock = ManualClock()
    f1stream = await house(window(origin, encoded.ts, clock, None))
    player = Player(f1stream, await f1stream.play_url())
    links = await player.listed(player.top)
    origin.mount("/live/0-", _gone)
    asked = origin.count("/live/index.m3u8")
    loop = asyncio.create_task(f1stream.run.background.rounds.run())
    answers = await asyncio.gather(*(player.get(links[0]) for _ in range(50)))
    again = await player.get(links[0])
    assert {answer.status for answer in (*answers, again)} == {404}
    assert origin.count("/live/index.m3u8") - asked <= 4
    loop.cancel()


async def test_many_who_ask_for_what_is_gone_do_not_keep_a_playlist_from_being_renewed(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    clock = ManualClock()
    origin.files(encoded.multi.parent, "/multi/")
    origin.behave("/multi/", Tokens(clock, "/multi/index.m3u8", LIFETIME_S))
    f1stream = await house(origin.at("/multi/index.m3u8"))
    loop = asyncio.create_task(f1stream.run.background.rounds.run())
    player = Player(f1stream, await f1stream.play_url())
    variant = (await player.listed(player.top))[0]
    gone = (await player.listed(variant))[0]
    origin.mount("/multi/low0.ts", _gone)
    answers = await asyncio.gather(*(player.get(gone) for _ in range(50)))
    assert {answer.status for answer in answers} == {404}
    clock.now_s += LIFETIME_S
    services = f1stream.run.services
    link = services.links.read(Kind.PLAYLIST, URL(variant).query)
    fresh = await services.renewed(link, services.upstream_of(link))
    assert fresh is not None
    assert fresh.url.endswith("token=1")
    loop.cancel()


async def test_credentials_stay_at_home_when_addresses_move(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    clock = ManualClock(LIFETIME_S - 1)
    async with Origin("127.0.0.2") as other:
        LiveWindow(encoded.ts, clock=clock).mount(other)
        moved = LiveWindow(encoded.ts, clock=clock).playlist()
        lines = [
            line if line.startswith("#") or not line else other.at(f"/live/{line}")
            for line in moved.splitlines()
        ]
        url = window(origin, encoded.ts, clock, "query")
        f1stream = await house(url, headers={"Authorization": "Bearer hunter2"})
        player = Player(f1stream, await f1stream.play_url())
        links = await player.listed(player.top)
        origin.route("/live/index.m3u8", "\n".join(lines) + "\n")
        clock.now_s += 1
        assert (await player.get(links[-1])).status in (200, 404)
        assert other.requests
        assert not any("Authorization" in request.headers for request in other.requests)


async def _gone(request: Request) -> Response:
    return text("gone\n", 404)


async def _streams(house: House) -> list[dict[str, Any]]:
    listed = await (await house.client.get("/streams/all")).json()
    found: list[dict[str, Any]] = listed["streams"]
    return [stream for stream in found if stream["checked_at"]]
