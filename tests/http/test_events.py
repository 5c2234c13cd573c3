"""What browsers are told as it changes."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from f1stream.http import create_inner_app, events
from f1stream.http.listening import answering_fronts
from f1stream.http.news import News
from f1stream.http.onward import onward
from f1stream.models import Level, Means, Proof, Stream, Upstream, Verdict
from f1stream.net.owner import open_session
from tests.conftest import House, OpenHouse

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
Client = TestClient[web.Request, web.Application]


class Reader:
    """A browser's side: events by name as they come, and the last id."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.last_id = ""
        self.comments = 0
        self._response = response

    async def next(self) -> tuple[str, Any]:
        name, data = "", ""
        async with asyncio.timeout(5):
            while (line := (await self._response.content.readline()).decode()) != "":
                field, _, value = line.rstrip("\n").partition(":")
                match field:
                    case "event":
                        name = value.strip()
                    case "data":
                        data = value.strip()
                    case "id":
                        self.last_id = value.strip()
                    case "" if line == ":\n":
                        self.comments += 1
                    case "" if data:
                        return name, orjson.loads(data)
        raise EOFError

    async def several(self, count: int) -> dict[str, Any]:
        return dict([await self.next() for _ in range(count)])


@asynccontextmanager
async def reading(client: Client, last_id: str = "") -> AsyncIterator[Reader]:
    headers = {"Last-Event-ID": last_id} if last_id else {}
    async with client.get("/events", headers=headers) as response:
        assert (response.status, response.content_type) == (200, "text/event-stream")
        assert response.headers["Cache-Control"] == "no-store"
        yield Reader(response)


def found(house: House, count: int) -> None:
    upstream = Upstream("http://127.0.0.1:9/live.m3u8?token=hunter2")
    streams = [Stream(f"s{n}", "F1", "direct", "source 0", upstream, NOW) for n in range(count)]
    house.run.catalogue.succeeded("source 0", streams, NOW)


@pytest.fixture
async def f1stream(house: OpenHouse, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(events, "SETTLE_S", 0.01)
    return await house("http://127.0.0.1:9/live.m3u8?token=hunter2")


async def test_a_browser_is_told_the_present_state_first(f1stream: House) -> None:
    async with reading(f1stream.client) as reader:
        told = await reader.several(4)
    schedule = told.pop("schedule")
    assert set(schedule) == {"season", "fetched_at", "stale", "current", "next"}
    assert told == {
        "streams": {"count": 0, "playable": 0, "best": [], "proven_at": None},
        "sources": [{"name": "source 0", "state": "pending", "circuit": "closed", "streams": 0}],
        "progress": {"sources": 1, "running": 0, "failing": 0, "streams": 0, "unchecked": 0},
    }


async def test_a_burst_of_changes_is_told_once_and_without_urls(f1stream: House) -> None:
    async with reading(f1stream.client) as reader:
        await reader.several(4)
        found(f1stream, 500)
        for number in range(500):
            verdict = Verdict(NOW, Level.SEGMENT)
            f1stream.run.catalogue.judged(f"s{number}", verdict)
        told = await reader.several(3)
        assert (told["streams"]["count"], told["streams"]["playable"]) == (500, 500)
        assert told["streams"]["best"][:2] == ["s0", "s1"]
        assert len(told["streams"]["best"]) == 50
        assert "hunter2" not in str(told)


async def test_what_did_not_change_is_not_told_again(f1stream: House) -> None:
    async with reading(f1stream.client) as reader:
        await reader.several(4)
        found(f1stream, 1)
        await reader.several(3)
        f1stream.run.services.news.tell("streams", "sources", "progress")
        f1stream.run.catalogue.started("source 0")
        assert set(await reader.several(2)) == {"sources", "progress"}


async def test_each_new_proof_is_told_although_the_order_stays(f1stream: House) -> None:
    found(f1stream, 1)
    catalogue = f1stream.run.catalogue
    catalogue.judged("s0", Verdict(NOW, Level.SEGMENT))
    async with reading(f1stream.client) as reader:
        await reader.several(4)
        for minute in (1, 2):
            at = NOW.replace(minute=minute)
            catalogue.proven("s0", Proof(at, Means.LOCAL_BROWSER, Level.FRAMES))
            name, told = await reader.next()
            assert name == "streams"
            assert datetime.fromisoformat(told["proven_at"]) == at


async def test_who_comes_back_is_told_what_changed_meanwhile(f1stream: House) -> None:
    async with reading(f1stream.client) as reader:
        await reader.several(4)
        await asyncio.sleep(0)
        f1stream.run.catalogue.started("source 0")
        await reader.next()
        await reader.next()
        last_id = ""
        while not last_id:
            f1stream.run.catalogue.progressed("source 0", 1)
            found(f1stream, 1)
            await reader.several(3)
            last_id = reader.last_id
    f1stream.run.catalogue.failed("source 0", "down", NOW)
    async with reading(f1stream.client, last_id) as again:
        assert set(await again.several(2)) == {"sources", "progress"}
    for unknown in ("nonsense", "0000-1", f"{last_id}9999999999999999"):
        async with reading(f1stream.client, unknown) as fresh:
            assert len(await fresh.several(4)) == 4


async def test_a_comment_keeps_a_quiet_stream_open(
    f1stream: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_S", 0.02)
    async with reading(f1stream.client) as reader:
        await reader.several(4)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await reader.next()
        assert reader.comments >= 2


async def test_it_ends_when_the_process_is_told_to_stop(f1stream: House) -> None:
    async with reading(f1stream.client) as reader:
        await reader.several(4)
        f1stream.run.services.news.close()
        with pytest.raises(EOFError):
            await reader.next()
    async with reading(f1stream.client) as late:
        assert len(await late.several(4)) == 4
        with pytest.raises(EOFError):
            await late.next()


async def test_a_client_that_takes_nothing_is_dropped(
    f1stream: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "PATIENCE_S", 0.1)
    sizes = itertools.count(4_000_000, 1_000)
    news = News({"big": lambda: "x" * next(sizes)})
    f1stream.run.services.news = news
    runner = f1stream.client.server.runner
    assert runner is not None
    assert runner.server is not None
    reader, writer = await asyncio.open_connection(f1stream.client.host, f1stream.client.port)
    writer.write(b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
    await reader.readuntil(b"retry: ")
    async with asyncio.timeout(10):
        while runner.server.connections:
            news.tell("big")
            await asyncio.sleep(0.01)
    writer.transport.abort()


async def test_it_comes_through_a_front_as_it_is_told(
    f1stream: House, tmp_path: Path, aiohttp_client: AiohttpClient
) -> None:
    socket = tmp_path / "owner"
    async with (
        answering_fronts(create_inner_app(f1stream.run.services), socket),
        open_session(socket) as session,
    ):
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", onward(session))
        client = await aiohttp_client(app)
        async with reading(client) as reader:
            await reader.several(4)
            found(f1stream, 1)
            assert (await reader.several(3))["streams"]["count"] == 1
            f1stream.run.services.news.close()
            with pytest.raises(EOFError):
                await reader.next()
