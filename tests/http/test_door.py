"""Who is let in and who is shown out, by both loops' sockets."""

from __future__ import annotations

import asyncio
import gc
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

import pytest
from aiohttp import web

from f1stream.http import door as door_module
from f1stream.http.door import TICK_S, Door, Visitor
from f1stream.http.limits import Limits
from tests.loops import Run, run

__all__ = ["run"]

ASK = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LARGE = bytes(40_000_000)
LIMITS = Limits(header_s=5, grace_s=0.4)


@dataclass
class Viewer:
    """A connection, and what comes on it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def asks(self) -> bytes:
        """The head and the body of an answer to one request; empty where there is none."""
        self.writer.write(ASK)
        return await self.hears()

    async def hears(self) -> bytes:
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            size = next(line for line in head.split(b"\r\n") if line.startswith(b"Content-Length"))
            return head + await self.reader.readexactly(int(size.split()[1]))
        except (ConnectionError, asyncio.IncompleteReadError):
            return b""

    def leave(self) -> None:
        self.writer.transport.abort()


class Answer(web.Response):
    """One of a house's own, among all that there are in this process."""


@dataclass
class House:
    door: Door
    port: int

    async def viewer(self, address: str = "127.0.0.1") -> Viewer:
        return Viewer(
            *await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        )

    async def inside(self, number: int) -> None:
        async with asyncio.timeout(5):
            while repr(self.door) != f"<Door {number} inside, 0 being refused>":
                await asyncio.sleep(0.01)


@asynccontextmanager
async def a_house(limits: Limits, **more: object) -> AsyncIterator[House]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        given = Answer(body=LARGE if request.path == "/large" else b"ok")
        assert isinstance(request.protocol, Visitor)
        request.protocol.answered = given
        return given

    door = Door(limits, **more)  # type: ignore[arg-type]
    server = web.Server(answer, handler_cancellation=True)
    listening = await asyncio.get_running_loop().create_server(
        partial(door.visitor, server, {"access_log": None}), "127.0.0.1", 0
    )
    door.open()
    try:
        yield House(door, listening.sockets[0].getsockname()[1])
    finally:
        door.close()
        listening.close()
        await server.shutdown(1)


def test_a_connection_that_rests_does_not_hold_what_it_was_answered_last(run: Run) -> None:
    async def test() -> None:
        async with a_house(LIMITS) as house:
            viewers = [await house.viewer() for _ in range(3)]
            for viewer in viewers:
                assert (await viewer.asks()).endswith(b"ok")
            async with asyncio.timeout(5):
                while any(each.body for each in gc.get_objects() if type(each) is Answer):
                    await asyncio.sleep(0.05)
            for viewer in viewers:
                assert (await viewer.asks()).endswith(b"ok")
            for viewer in viewers:
                viewer.leave()

    run(test())


def is_refusal(answer: bytes) -> bool:
    return answer.startswith(b"HTTP/1.1 503 ") and all(
        b"\r\n" + field + b"\r\n" in answer
        for field in (b"Retry-After: 5", b"Connection: close", b"X-Content-Type-Options: nosniff")
    )


def test_beyond_the_number_of_connections_new_ones_are_told_to_come_later(run: Run) -> None:
    async def test() -> None:
        async with a_house(replace(LIMITS, connections=3)) as house:
            inside = [await house.viewer() for _ in range(3)]
            for viewer in inside:
                assert (await viewer.asks()).endswith(b"ok")
            late = [await house.viewer() for _ in range(10)]
            for viewer in late:
                assert is_refusal(await viewer.asks())
                viewer.leave()
            for viewer in inside:
                assert (await viewer.asks()).endswith(b"ok")
            inside.pop().leave()
            await house.inside(2)
            another = await house.viewer()
            assert (await another.asks()).endswith(b"ok")
            for viewer in [*inside, another]:
                viewer.leave()
            await house.inside(0)

    run(test())


def test_one_address_can_not_take_the_place_of_all(run: Run) -> None:
    async def test() -> None:
        limits = replace(LIMITS, connections_per_address=2, shared=("127.0.0.8/29",))
        async with a_house(limits) as house:
            greedy = [await house.viewer("127.0.0.2") for _ in range(3)]
            assert [is_refusal(await each.asks()) for each in greedy] == [False, False, True]
            other = await house.viewer("127.0.0.3")
            proxy = [await house.viewer("127.0.0.9") for _ in range(4)]
            for viewer in [other, *proxy]:
                assert (await viewer.asks()).endswith(b"ok")
            for viewer in [*greedy, other, *proxy]:
                viewer.leave()
            await house.inside(0)

    run(test())


def test_where_memory_is_short_only_those_who_watch_stay(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door_module, "RESTED_S", 0.5)
    short: list[bool] = []

    async def test() -> None:
        async with a_house(LIMITS, short=lambda: bool(short)) as house:
            watching = await house.viewer("127.0.0.2")
            resting = [await house.viewer("127.0.0.3") for _ in range(3)]
            silent = await house.viewer("127.0.0.4")
            for viewer in [watching, *resting]:
                assert (await viewer.asks()).endswith(b"ok")
            short.append(True)
            async with asyncio.timeout(10):
                while repr(house.door) != "<Door 1 inside, 0 being refused>":
                    assert (await watching.asks()).endswith(b"ok")
                    await asyncio.sleep(0.1)
            assert [await each.reader.read() for each in [*resting, silent]] == [b""] * 4
            stranger, again = await house.viewer("127.0.0.5"), await house.viewer("127.0.0.2")
            assert is_refusal(await stranger.asks())
            assert (await again.asks()).endswith(b"ok")
            short.clear()
            later = await house.viewer("127.0.0.5")
            assert (await later.asks()).endswith(b"ok")
            for viewer in [watching, *resting, silent, stranger, again, later]:
                viewer.leave()
            await house.inside(0)

    run(test())


def test_before_descriptors_run_out_nobody_is_let_in(run: Run) -> None:
    async def test() -> None:
        async with a_house(LIMITS, most_descriptors=0) as house:
            viewer = await house.viewer()
            assert is_refusal(await viewer.asks())
            viewer.leave()
            await house.inside(0)

    run(test())


def test_more_refused_ones_than_can_be_told_are_not_told(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("f1stream.http.door.MOST_REFUSED", 2)

    async def test() -> None:
        async with a_house(replace(LIMITS, connections=1)) as house:
            first = await house.viewer()
            assert (await first.asks()).endswith(b"ok")
            late = [await house.viewer() for _ in range(5)]
            told = [await viewer.hears() for viewer in late]
            assert sorted(map(is_refusal, told)) == [False] * 3 + [True] * 2
            for viewer in [first, *late]:
                viewer.leave()
            await house.inside(0)

    run(test())


@pytest.mark.parametrize("beginning", [b"", b"G", ASK[:-2]])
def test_who_does_not_ask_is_shown_out_and_who_has_asked_may_rest(
    run: Run, beginning: bytes
) -> None:
    async def test() -> None:
        async with a_house(replace(LIMITS, header_s=0.2)) as house:
            rests, dawdles = await house.viewer(), await house.viewer()
            assert (await rests.asks()).endswith(b"ok")
            dawdles.writer.write(beginning)
            assert await dawdles.hears() == b""
            await house.inside(1)
            assert (await rests.asks()).endswith(b"ok")
            rests.leave()
            dawdles.leave()
            await house.inside(0)

    run(test())


@pytest.mark.parametrize("beginning", [ASK[:1], ASK[:-2]])
def test_who_has_asked_may_rest_but_not_over_the_next_head(run: Run, beginning: bytes) -> None:
    async def test() -> None:
        async with a_house(replace(LIMITS, header_s=1)) as house:
            rests, dawdles, dribbles = [await house.viewer() for _ in range(3)]
            for viewer in (rests, dawdles, dribbles):
                assert (await viewer.asks()).endswith(b"ok")
            await asyncio.sleep(1.2)
            dawdles.writer.write(beginning)
            for byte in ASK[:-1]:
                if not dribbles.reader.at_eof():
                    dribbles.writer.write(bytes([byte]))
                    await asyncio.sleep(0.05)
            assert await dawdles.hears() == await dribbles.hears() == b""
            await house.inside(1)
            assert (await rests.asks()).endswith(b"ok")
            for viewer in (rests, dawdles, dribbles):
                viewer.leave()
            await house.inside(0)

    run(test())


def test_a_head_that_came_in_time_leaves_its_body_its_own_time(run: Run) -> None:
    async def test() -> None:
        async with a_house(replace(LIMITS, header_s=0.2)) as house:
            viewer = await house.viewer()
            assert (await viewer.asks()).endswith(b"ok")
            for part in (ASK[:5], ASK[5:-2] + b"Content-Length: 3\r\n\r\n", b"a", b"b", b"c"):
                viewer.writer.write(part)
                await asyncio.sleep(0.1)
            assert (await viewer.hears()).endswith(b"ok")
            await asyncio.sleep(0.3)
            assert (await viewer.asks()).endswith(b"ok")
            viewer.leave()
            await house.inside(0)

    run(test())


@pytest.mark.skipif(sys.platform != "linux", reason="what was taken is known there only")
def test_who_hardly_reads_is_cut_and_who_reads_slowly_enough_is_not(run: Run) -> None:
    async def test() -> None:
        limits = replace(LIMITS, least_bytes_per_s=100_000)
        async with a_house(limits) as house:
            stuck, steady = await house.viewer(), await house.viewer()
            for viewer in (stuck, steady):
                viewer.writer.write(ASK.replace(b"/", b"/large", 1))
            got = 0
            while got < len(LARGE):
                chunk = await steady.reader.read(200_000)
                assert chunk, f"cut after {got} bytes"
                got += len(chunk)
                await asyncio.sleep(0.005)
            await house.inside(1)
            for viewer in (stuck, steady):
                viewer.leave()
            await house.inside(0)

    run(test())


def test_a_house_that_is_late_lets_in_only_those_who_are_watching(run: Run) -> None:
    async def test() -> None:
        late_s = 0.0
        clock: Callable[[], float] = lambda: time.monotonic() + late_s  # noqa: E731
        async with a_house(replace(LIMITS, grace_s=30), clock=clock) as house:
            known = await house.viewer("127.0.0.2")
            assert (await known.asks()).endswith(b"ok")
            for _ in range(2):
                late_s += 2
                await asyncio.sleep(TICK_S * 1.1)
            stranger, again = await house.viewer("127.0.0.3"), await house.viewer("127.0.0.2")
            assert is_refusal(await stranger.asks())
            for viewer in (known, again):
                assert (await viewer.asks()).endswith(b"ok")
            await asyncio.sleep(TICK_S * 1.1)
            later = await house.viewer("127.0.0.3")
            assert (await later.asks()).endswith(b"ok")
            for viewer in (known, stranger, again, later):
                viewer.leave()
            await house.inside(0)

    run(test())
