"""A cache in front of f1stream takes the crowd, and shows nobody what is not true any more."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import pytest
from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict
from pytest_aiohttp.plugin import AiohttpServer

from f1stream.http import create_app
from tests.conftest import OpenHouse
from tests.deploy.edges import Edge, in_front, nginx, varnish, varnish_with_one_of_two
from tests.origin import Origin
from tests.origin.message import Request, Response

VIEWERS = 100
SEGMENT = b"\x47" + bytes(187) * 1000


class Counted:
    """A live stream whose segments are slow enough for a crowd to ask while they are fetched."""

    def __init__(self, origin: Origin) -> None:
        self.asked: Counter[str] = Counter()
        self.broken = False
        self.playlist = ""
        self.show(1)
        self.url = origin.mount("/live/", self._answer) + "media.m3u8"

    def show(self, first: int) -> None:
        self.playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n" + (
            f"#EXT-X-MEDIA-SEQUENCE:{first}\n#EXTINF:4,\n{first}.ts\n#EXTINF:4,\n{first + 1}.ts\n"
        )

    async def _answer(self, request: Request) -> Response:
        name = request.path.rpartition("/")[2]
        self.asked[name] += 1
        if name.endswith(".m3u8"):
            return Response(self.playlist.encode())
        if self.broken:
            return Response(status=503)
        await asyncio.sleep(0.2)
        return Response(SEGMENT, headers=CIMultiDict({"Cache-Control": "max-age=60"}))


class Watched:
    """f1stream with an edge in front, as viewers see it."""

    def __init__(self, play_url: str, edge: str, viewer: aiohttp.ClientSession) -> None:
        self.play_url = play_url
        self.edge = edge
        self.viewer = viewer

    async def segments(self) -> list[str]:
        async with self.viewer.get(self.edge + self.play_url) as answer:
            assert answer.status == 200
            lines = (await answer.text()).splitlines()
        base = self.edge + self.play_url
        return [urljoin(base, line) for line in lines if line and not line.startswith("#")]


@pytest.fixture
def live(origin: Origin) -> Counted:
    return Counted(origin)


@pytest.fixture
def passed() -> Counter[str]:
    """How often what was asked of f1stream itself, behind the edge."""
    return Counter()


@pytest.fixture(params=[nginx, varnish, varnish_with_one_of_two])
async def watched(
    request: pytest.FixtureRequest,
    live: Counted,
    passed: Counter[str],
    house: OpenHouse,
    aiohttp_server: AiohttpServer,
    tmp_path: Path,
) -> AsyncIterator[Watched]:
    edge: Edge = request.param
    f1stream = await house(live.url)
    play_url = await f1stream.play_url()

    @web.middleware
    async def counting(request: web.Request, handler: Handler) -> web.StreamResponse:
        passed[request.path_qs] += 1
        return await handler(request)

    app = create_app(f1stream.run.services)
    app.middlewares.append(counting)
    server = await aiohttp_server(app)
    folder = tmp_path / "edge"
    folder.mkdir()
    async with (
        in_front(edge, folder, server.port or 0) as address,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as viewer,
    ):
        live.asked.clear()
        yield Watched(play_url, address, viewer)


async def test_a_crowd_is_one_fetch_of_each_segment(
    watched: Watched, live: Counted, passed: Counter[str]
) -> None:
    newest = (await watched.segments())[-1]

    async def viewer() -> tuple[bytes, str]:
        async with watched.viewer.get(newest) as answer:
            assert answer.status == 200
            return await answer.read(), answer.headers["Access-Control-Allow-Origin"]

    async with asyncio.timeout(30):
        seen = await asyncio.gather(*(viewer() for _ in range(VIEWERS)))
    assert set(seen) == {(SEGMENT, "*")}
    assert live.asked["2.ts"] == 1
    assert passed[newest.removeprefix(watched.edge)] == 1
    async with watched.viewer.get(newest) as answer:
        assert answer.headers["X-Cache"] == "HIT"


async def test_a_playlist_is_the_new_one_when_its_time_is_over(
    watched: Watched, live: Counted
) -> None:
    before = await watched.segments()
    live.show(2)
    async with asyncio.timeout(10):
        while (after := await watched.segments()) == before:
            await asyncio.sleep(0.1)
    assert after[0] == before[1]
    # Half a target duration each at the most, wherever it was kept.
    assert live.asked["media.m3u8"] <= 3


async def test_ranges_are_answered_from_what_is_kept(
    watched: Watched, passed: Counter[str]
) -> None:
    newest = (await watched.segments())[-1]
    for asked, expected in (("bytes=0-99", SEGMENT[:100]), ("bytes=-50", SEGMENT[-50:])):
        async with watched.viewer.get(newest, headers={"Range": asked}) as answer:
            assert (answer.status, await answer.read()) == (206, expected)
    assert passed[newest.removeprefix(watched.edge)] == 1


async def test_an_error_is_not_kept(watched: Watched, live: Counted) -> None:
    newest = (await watched.segments())[-1]
    live.broken = True
    async with watched.viewer.get(newest) as answer:
        assert answer.status == 502
    live.broken = False
    async with watched.viewer.get(newest) as answer:
        assert (answer.status, await answer.read()) == (200, SEGMENT)


async def test_other_origins_may_read_and_a_forged_link_stays_forbidden(watched: Watched) -> None:
    newest = (await watched.segments())[-1]
    async with watched.viewer.options(newest, headers={"Origin": "https://tv.example"}) as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    forged = newest.replace("sig=", "sig=A")
    for _ in range(2):
        async with watched.viewer.get(forged) as answer:
            assert answer.status in (400, 403)
            assert answer.content_type == "application/problem+json"


async def test_what_is_not_media_is_passed_on(watched: Watched) -> None:
    for path in ("/health", "/streams", "/extractors"):
        async with watched.viewer.get(watched.edge + path) as answer:
            assert answer.status == 200
            assert "X-Cache" not in answer.headers or answer.headers["X-Cache"] == "MISS"
    async with asyncio.timeout(5), watched.viewer.get(watched.edge + "/events") as events:
        assert events.content_type == "text/event-stream"
        assert b"event: streams" in await events.content.readuntil(b"\n\nevent: progress")
