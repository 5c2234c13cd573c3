"""An edge cache in front of two replicas: which of them is asked for what, and when one is gone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from tests.deploy.edges import Edge, in_front, nginx, varnish_replicas

STREAMS = [f"source-{number}" for number in range(24)]
PATIENCE_S = 20
both_edges = pytest.mark.parametrize("edge", [nginx, varnish_replicas])


@dataclass
class Replica:
    """Answers with its name, as long as it runs."""

    name: str
    ready: bool = True
    breaks: bool = False
    asked: list[str] = field(default_factory=list)
    port: int = 0
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def begin(self) -> None:
        app = web.Application()
        app.router.add_get("/ready", self._ready)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, shutdown_timeout=0)
        await runner.setup()
        self.stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", self.port).start()
        self.port = runner.addresses[0][1]

    async def _ready(self, request: web.Request) -> web.Response:
        return web.Response(status=200 if self.ready else 503)

    async def _answer(self, request: web.Request) -> web.Response:
        self.asked.append(f"{request.method} {request.path}")
        if self.breaks and request.transport is not None:
            request.transport.abort()
        return web.Response(text=self.name, headers={"Cache-Control": "no-store"})


@dataclass
class Edged:
    """Two replicas and a viewer in front of the edge."""

    replicas: tuple[Replica, Replica]
    viewer: aiohttp.ClientSession

    async def answered(self, path: str, method: str = "GET") -> str:
        async with self.viewer.request(method, path) as answer:
            return await answer.text() if answer.status == 200 else str(answer.status)

    async def playlists(self) -> dict[str, str]:
        """Which replica answers for which stream."""
        return {each: await self.answered(f"/proxy?url=x&sig={each}.m.") for each in STREAMS}


@asynccontextmanager
async def edged(edge: Edge, folder: Path) -> AsyncIterator[Edged]:
    replicas = Replica("one"), Replica("two")
    async with AsyncExitStack() as stack:
        for each in replicas:
            await each.begin()
            stack.push_async_callback(each.stack.aclose)
        ports = [each.port for each in replicas]
        address = await stack.enter_async_context(in_front(edge, folder, *ports))
        yield Edged(replicas, await stack.enter_async_context(aiohttp.ClientSession(address)))


@both_edges
async def test_all_of_one_stream_comes_from_the_same_replica(edge: Edge, tmp_path: Path) -> None:
    async with edged(edge, tmp_path) as behind:
        playlists = await behind.playlists()
        assert set(playlists.values()) == {"one", "two"}
        for number in range(3):
            for stream, name in playlists.items():
                segment = f"/relay?url=segment-{number}&sig={stream}.mac-{number}.ts"
                assert await behind.answered(segment) == name


@both_edges
async def test_one_that_is_gone_is_not_missed(edge: Edge, tmp_path: Path) -> None:
    async with edged(edge, tmp_path) as behind:
        before = await behind.playlists()
        await behind.replicas[0].stack.aclose()
        assert set((await behind.playlists()).values()) == {"two"}
        assert await behind.answered("/streams") == "two"
        await behind.replicas[0].begin()
        async with asyncio.timeout(PATIENCE_S):
            while await behind.playlists() != before:
                await asyncio.sleep(0.2)


async def test_what_is_of_no_stream_is_told_by_one_alone(tmp_path: Path) -> None:
    async with edged(varnish_replicas, tmp_path) as behind:
        others = ("/streams", "/extractors", "/schedule", "/", "/proxy?url=x")
        assert len({await behind.answered(path) for path in others}) == 1


async def test_one_that_stops_is_asked_for_nothing_more(tmp_path: Path) -> None:
    async with edged(varnish_replicas, tmp_path) as behind:
        before = await behind.playlists()
        behind.replicas[0].ready = False
        async with asyncio.timeout(PATIENCE_S):
            while set((await behind.playlists()).values()) != {"two"}:
                await asyncio.sleep(0.2)
        behind.replicas[0].asked.clear()
        await behind.playlists()
        assert behind.replicas[0].asked == []
        behind.replicas[0].ready = True
        async with asyncio.timeout(PATIENCE_S):
            while await behind.playlists() != before:
                await asyncio.sleep(0.2)


@both_edges
async def test_what_changes_state_is_never_asked_for_twice(edge: Edge, tmp_path: Path) -> None:
    async with edged(edge, tmp_path) as behind:
        for each in behind.replicas:
            each.breaks = True
        assert await behind.answered("/extract", "POST") in ("502", "503")
        assert [path for each in behind.replicas for path in each.asked] == ["POST /extract"]
