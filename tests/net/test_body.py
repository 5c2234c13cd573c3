"""A body received at a real socket: every byte, every way to end, and what the connection is then.

Each test runs under asyncio's own loop and under uvloop, whose transports differ from it.
"""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from multidict import CIMultiDict

from f1stream.errors import TooLarge, Truncated, UpstreamDown, UpstreamError, UpstreamSlow
from f1stream.models import Upstream
from f1stream.net.body import receive
from f1stream.net.client import Client, Timeouts, connect
from f1stream.net.guard import Guard
from tests.loops import Run, run
from tests.origin import Exchange, Fault, Origin, Response
from tests.origin.faults import (
    BrokenChunk,
    Overlong,
    Reset,
    SlowBody,
    StallInBody,
    Truncate,
)

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
__all__ = ["run"]

IDLE_S = 0.2
READ_AHEAD_BYTES = 1024
SIZES = (0, 1, 1023, 1024, 1025, 65535, 65536, 65537, 300_000, 3_000_000)


class Collected:
    """A sink that lends `space_bytes` at a time and keeps what was written there."""

    def __init__(self, space_bytes: int = 50_000) -> None:
        self.body = bytearray()
        self._space = memoryview(bytearray(space_bytes))

    def space(self) -> memoryview:
        return self._space

    def filled(self, size_bytes: int) -> bool:
        self.body += self._space[:size_bytes]
        return True


@dataclass(frozen=True, slots=True)
class Chunked:
    """Sends the body well, in chunks of that size."""

    chunk_bytes: int = 10_000

    async def answer(self, exchange: Exchange) -> bool:
        headers = CIMultiDict(exchange.response.headers)
        headers["Transfer-Encoding"] = "chunked"
        exchange.send(replace(exchange.response, headers=headers).head(framed=False))
        body = exchange.response.body
        for start in range(0, len(body), self.chunk_bytes):
            chunk = body[start : start + self.chunk_bytes]
            exchange.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        exchange.send(b"0\r\n\r\n")
        return True


class UntilClosed:
    """Sends a body that only the end of the connection ends."""

    async def answer(self, exchange: Exchange) -> bool:
        exchange.send(exchange.response.head(framed=False) + exchange.response.body)
        return False


class Dribbled:
    """Sends the head and the first byte together, the second alone, and then the rest."""

    async def answer(self, exchange: Exchange) -> bool:
        exchange.begin(1)
        for start, stop in ((1, 2), (2, None)):
            await asyncio.sleep(0.02)
            exchange.send(exchange.response.body[start:stop])
        return True


def noise(size_bytes: int) -> bytes:
    return random.Random(size_bytes).randbytes(size_bytes)


@asynccontextmanager
async def a_client(read_s: float = IDLE_S) -> AsyncIterator[Client]:
    timeouts = Timeouts(connect_s=1, head_s=1, read_s=read_s)
    async with connect(Guard(LOOPBACK), timeouts=timeouts, user_agent="f1stream/test") as client:
        yield client


async def received(client: Client, url: str, sink: Collected | None = None) -> bytes:
    sink = sink or Collected()
    async with client.get(Upstream(url), read_ahead_bytes=READ_AHEAD_BYTES) as response:
        await receive(response, sink, idle_s=IDLE_S)
    return bytes(sink.body)


@pytest.mark.parametrize("size_bytes", SIZES)
def test_a_body_of_known_length(run: Run, size_bytes: int) -> None:
    async def test() -> None:
        body = noise(size_bytes)
        async with Origin() as origin, a_client() as client:
            url = origin.route("/x", body)
            for _ in range(3):
                assert await received(client, url) == body
            assert [request.connection for request in origin.requests] == [0, 0, 0]

    run(test())


@pytest.mark.parametrize("size_bytes", SIZES)
def test_a_chunked_body(run: Run, size_bytes: int) -> None:
    async def test() -> None:
        body = noise(size_bytes)
        async with Origin() as origin, a_client() as client:
            url = origin.route("/x", body)
            origin.fault("/x", Chunked())
            for _ in range(3):
                assert await received(client, url) == body
            assert [request.connection for request in origin.requests] == [0, 0, 0]

    run(test())


@pytest.mark.parametrize("size_bytes", SIZES)
def test_a_compressed_body(run: Run, size_bytes: int) -> None:
    async def test() -> None:
        body = noise(size_bytes)
        async with Origin() as origin, a_client() as client:
            url = origin.route("/x", gzip.compress(body), headers={"Content-Encoding": "gzip"})
            for _ in range(3):
                assert await received(client, url) == body
            assert [request.connection for request in origin.requests] == [0, 0, 0]

    run(test())


@pytest.mark.parametrize("size_bytes", [0, 1, 300_000])
def test_a_body_that_ends_with_its_connection(run: Run, size_bytes: int) -> None:
    async def test() -> None:
        body = noise(size_bytes)
        async with Origin() as origin, a_client() as client:
            url = origin.route("/x", body)
            origin.fault("/x", UntilClosed())
            for _ in range(2):
                assert await received(client, url) == body

    run(test())


@pytest.mark.parametrize("space_bytes", [1, 7, 1024, 1_000_000])
def test_a_body_goes_into_whatever_space_there_is(run: Run, space_bytes: int) -> None:
    async def test() -> None:
        body = noise(5000)
        async with Origin() as origin, a_client() as client:
            url = origin.route("/x", body)
            origin.fault("/x", Dribbled())
            for _ in range(2):
                assert await received(client, url, Collected(space_bytes)) == body

    run(test())


def test_a_body_slower_in_all_than_any_silence_may_last(run: Run) -> None:
    async def test() -> None:
        body = noise(10_000)
        async with Origin() as origin, a_client() as client:
            url = origin.route("/x", body)
            origin.fault("/x", SlowBody(chunk_bytes=1000, interval_s=IDLE_S / 3))
            for _ in range(2):
                assert await received(client, url) == body
            assert [request.connection for request in origin.requests] == [0, 0]

    run(test())


def test_bodies_of_many_kinds_on_the_same_connection(run: Run) -> None:
    async def test() -> None:
        sizes = [random.Random(1).choice(SIZES) for _ in range(40)]
        async with Origin() as origin, a_client() as client:
            for number, size_bytes in enumerate(sizes):
                url = origin.route(f"/{number}", noise(size_bytes))
                if number % 3 == 0:
                    origin.fault(f"/{number}", Chunked(), times=1)
                assert await received(client, url) == noise(size_bytes), number
            assert {request.connection for request in origin.requests} == {0}

    run(test())


@pytest.mark.parametrize("size_bytes", [0, 1, 500, 300_000])
@pytest.mark.parametrize("extra_bytes", [1, 100, 100_000])
def test_what_comes_beyond_the_announced_length_reaches_nobody(
    run: Run, size_bytes: int, extra_bytes: int
) -> None:
    async def test() -> None:
        body = noise(size_bytes)
        async with Origin() as origin, a_client() as client:
            overlong, good = origin.route("/overlong", body), origin.route("/good", noise(2000))
            origin.fault("/overlong", Overlong(extra_bytes))
            for _ in range(3):
                sink = Collected()
                try:
                    await received(client, overlong, sink)
                except UpstreamDown:
                    # aiohttp refuses an answer whose excess comes along with its head.
                    assert size_bytes < 1000
                    assert sink.body == b""
                else:
                    assert sink.body == body
                # What is still on its way gets the time to arrive.
                await asyncio.sleep(0.02)
                assert await received(client, good) == noise(2000)

    run(test())


@pytest.mark.parametrize(
    ("fault", "errors", "least"),
    [
        (Truncate(0), (Truncated, UpstreamDown), 0),
        (Truncate(1), (Truncated, UpstreamDown), 0),
        (Truncate(200_000), (Truncated,), 200_000),
        (Truncate(299_999), (Truncated,), 299_999),
        (Reset(after_bytes=0), (Truncated, UpstreamDown), 0),
        (Reset(after_bytes=200_000), (Truncated, UpstreamDown), 200_000),
        (StallInBody(0), (UpstreamSlow,), 0),
        (StallInBody(1), (UpstreamSlow,), 1),
        (StallInBody(200_000), (UpstreamSlow,), 200_000),
        (BrokenChunk(0), (UpstreamError,), 0),
        (BrokenChunk(1000), (UpstreamError,), 0),
        (BrokenChunk(200_000), (UpstreamError,), 0),
    ],
    ids=str,
)
def test_a_body_that_breaks_off(
    run: Run, fault: Fault, errors: tuple[type[UpstreamError], ...], least: int
) -> None:
    async def test() -> None:
        body = noise(300_000)
        async with Origin() as origin, a_client() as client:
            url = origin.route("/x", body)
            origin.fault("/x", fault, times=1)
            sink = Collected()
            began = time.monotonic()
            async with asyncio.timeout(4 * IDLE_S + 1):
                with pytest.raises(errors):
                    await received(client, url, sink)
            assert time.monotonic() - began < 2 * IDLE_S + 0.3
            assert least <= len(sink.body) < len(body)
            assert body.startswith(sink.body)
            assert await received(client, url) == body
            assert [request.connection for request in origin.requests] == [0, 1]

    run(test())


def test_a_stall_is_measured_from_the_last_byte(run: Run) -> None:
    async def stalls_late(exchange: Exchange) -> bool:
        exchange.begin(1)
        for _ in range(6):
            await asyncio.sleep(IDLE_S / 2)
            exchange.send(b"x" * 1000)
        await asyncio.get_running_loop().create_future()
        return False

    async def test() -> None:
        async with Origin() as origin, a_client() as client:
            url = origin.route("/x", b"x" * 300_000)
            origin.fault("/x", Answering(stalls_late))
            sink = Collected()
            with pytest.raises(UpstreamSlow):
                await received(client, url, sink)
            assert len(sink.body) == 6001

    run(test())


@pytest.mark.parametrize("after_bytes", [0, 1, 200_000])
@pytest.mark.parametrize("fault", [StallInBody, None], ids=["known length", "chunked"])
def test_cancelled_in_the_middle_of_a_body_the_connection_ends(
    run: Run, after_bytes: int, fault: type[StallInBody] | None
) -> None:
    async def chunked_stall(exchange: Exchange) -> bool:
        headers = CIMultiDict({"Transfer-Encoding": "chunked"})
        exchange.send(Response(headers=headers).head(framed=False))
        if after_bytes:
            exchange.send(b"%x\r\n%b\r\n" % (after_bytes, noise(300_000)[:after_bytes]))
        await asyncio.get_running_loop().create_future()
        return False

    async def test() -> None:
        body = noise(300_000)
        async with Origin() as origin, a_client(read_s=5) as client:
            url = origin.route("/x", body)
            stall = StallInBody(after_bytes) if fault else Answering(chunked_stall)
            origin.fault("/x", stall, times=1)
            sink = Collected()
            fetch = asyncio.create_task(received(client, url, sink))
            await origin.asked("/x")
            async with asyncio.timeout(1):
                while len(sink.body) < after_bytes:
                    await asyncio.sleep(0)
            await asyncio.sleep(0.02)
            fetch.cancel()
            with pytest.raises(asyncio.CancelledError):
                await fetch
            await origin.gone("/x", timeout_s=1)
            assert sink.body == body[:after_bytes]
            assert await received(client, url) == body

    run(test())


def test_a_sink_that_refuses_ends_the_connection_and_its_reason_comes_up(run: Run) -> None:
    class Full(Collected):
        def space(self) -> memoryview:
            if len(self.body) >= 1_500_000:
                raise TooLarge("full")
            return super().space()

    async def test() -> None:
        async with Origin() as origin, a_client() as client:
            url = origin.route("/x", noise(3_000_000))
            with pytest.raises(TooLarge, match="full"):
                await received(client, url, Full())
            assert await received(client, url) == noise(3_000_000)
            assert [request.connection for request in origin.requests] == [0, 1]

    run(test())


def test_many_at_once(run: Run) -> None:
    async def test() -> None:
        async with Origin() as origin, a_client() as client:
            urls = [origin.route(f"/{size}", noise(size)) for size in SIZES]
            for _ in range(3):
                bodies = await asyncio.gather(*(received(client, url) for url in urls))
                assert bodies == [noise(size) for size in SIZES]
            assert len({request.connection for request in origin.requests}) == len(SIZES)

    run(test())


@dataclass(frozen=True, slots=True)
class Answering:
    """A fault that one function is."""

    function: Callable[[Exchange], Awaitable[bool]]

    async def answer(self, exchange: Exchange) -> bool:
        return await self.function(exchange)
