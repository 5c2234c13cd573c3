"""What no test may do: leave a task behind, block the loop, reach beyond this machine."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import hypothesis
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from blockbuster import BlockBuster, blockbuster_ctx
from pydantic import SecretStr
from pytest_aiohttp.plugin import AiohttpClient

from f1stream.app import Running, running
from f1stream.extractors import Direct, Extractor
from f1stream.hls.links import Kind, Link
from f1stream.http import create_app
from f1stream.http.listening import answering
from f1stream.settings import (
    Access,
    Data,
    LimitSettings,
    Server,
    Settings,
    UpstreamSettings,
    Verify,
)
from f1stream.tracing.spans import Trace, untraced
from tests.origin.fixtures import encoded, origin

__all__ = ["House", "OpenHouse", "encoded", "house", "origin"]


# How long an example takes says how busy the machine is, and nothing about the product.
hypothesis.settings.register_profile(
    "f1stream", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("f1stream")


# What plays in real time can be spoiled by a machine that is busy with something else.
REAL_TIME = ("tests/players", "tests/e2e", "tests/verifier")
ATTEMPTS = 3


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that play in real time pass by one of three attempts."""
    folders = [config.rootpath / folder for folder in REAL_TIME]
    for item in items:
        if any(folder in item.path.parents for folder in folders):
            item.add_marker(pytest.mark.flaky(reruns=ATTEMPTS - 1))


@pytest.fixture(autouse=True)
def no_blocking_calls() -> Iterator[BlockBuster]:
    """A call that blocks the loop inside the product raises `BlockingError`."""
    with blockbuster_ctx("f1stream") as blockbuster:
        # It takes any such call for one that waits; here neither side ever does.
        blockbuster.functions["os.sendfile"].can_block_in("f1stream/proxy/memory_file.py", "_push")
        yield blockbuster


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that connects to anything but loopback raises."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            assert ipaddress.ip_address(address[0]).is_loopback, f"a test connects to {address[0]}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(autouse=True)
async def no_lingering_tasks() -> AsyncIterator[None]:
    """Every task that a test started has ended when the test has."""
    before = asyncio.all_tasks()
    yield
    # Closed connections finish their teardown in the next turns of the loop.
    for _ in range(20):
        left = asyncio.all_tasks() - before - {asyncio.current_task()}
        if not left:
            return
        await asyncio.sleep(0.01)
    assert not left, f"tasks are left behind: {left}"


@dataclass(frozen=True)
class House:
    """A whole f1stream, and a client of it."""

    run: Running
    client: TestClient[web.Request, web.Application]

    async def play_url(self, number: int = 0) -> str:
        """The play URL of one source's stream, after one round of the background."""
        await self.run.background.refresh.round()
        listed = await (await self.client.get("/streams/all")).json()
        by_name = {stream["site_name"]: stream["play_url"] for stream in listed["streams"]}
        url: str = by_name[f"source {number}"]
        return url

    @asynccontextmanager
    async def answering(self) -> AsyncIterator[aiohttp.ClientSession]:
        """A viewer who reaches it on a port of its own, by all that answers requests there."""
        services = self.run.services
        async with answering(create_app(services), services, "127.0.0.1", 0) as port:
            async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as viewer:
                yield viewer

    def link(self, kind: Kind, url: str, scope: str = "test") -> str:
        """A link that this f1stream signed."""
        return "/" + self.run.services.links.sign(Link(kind, url, scope))


OpenHouse = Callable[..., Awaitable[House]]


@pytest.fixture
async def house(tmp_path: Path, aiohttp_client: AiohttpClient) -> AsyncIterator[OpenHouse]:
    """Opens a whole f1stream with `direct` sources at the given URLs, everything real.

    `sources` are further ones; `access`, `server`, `limits` and `upstream` are those sections of
    the settings.
    """
    stack = AsyncExitStack()

    async def open_house(
        *urls: str,
        headers: dict[str, str] | None = None,
        sources: tuple[Extractor, ...] = (),
        access: Access = Access(),  # noqa: B008
        server: Server = Server(),  # noqa: B008
        limits: LimitSettings = LimitSettings(),  # noqa: B008
        trace: Trace = untraced,
        **upstream: Any,
    ) -> House:
        settings = Settings(
            data=Data(dir=tmp_path),
            upstream=UpstreamSettings(**{"allow_private": ["127.0.0.0/8"], **upstream}),
            verify=Verify(timeout=2),
            access=access,
            server=server,
            limits=limits,
            sources=tuple(
                Direct(
                    name=f"source {number}",
                    url=SecretStr(url),
                    headers={name: SecretStr(value) for name, value in (headers or {}).items()},
                )
                for number, url in enumerate(urls)
            )
            + sources,
        )
        run = await stack.enter_async_context(running(settings, trace=trace))
        client = await aiohttp_client(create_app(run.services))
        return House(run, client)

    yield open_house
    await stack.aclose()
