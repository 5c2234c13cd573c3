"""A store at a real client, viewers of it, and an upstream whose bodies the test deals out."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Self

from multidict import CIMultiDict

from f1stream.errors import F1StreamError
from f1stream.models import Upstream
from f1stream.net.client import Timeouts, connect
from f1stream.net.guard import Guard
from f1stream.proxy.relay import FilePart, Relayed
from f1stream.proxy.segments import Segments
from tests.origin import Exchange, Request

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]
IDLE_S = 0.2
MIB = 2**20


@asynccontextmanager
async def a_store(
    *,
    max_bytes: int = 16 * MIB,
    idle_s: float = IDLE_S,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[Segments]:
    timeouts = Timeouts(connect_s=1, head_s=1, read_s=idle_s)
    async with (
        connect(Guard(LOOPBACK), timeouts=timeouts, user_agent="f1stream/test") as client,
        Segments(client, max_bytes=max_bytes, idle_s=idle_s, clock=clock) as store,
    ):
        yield store


def noise(size_bytes: int, seed: object = 0) -> bytes:
    return random.Random(f"{seed} {size_bytes}").randbytes(size_bytes)


class Viewer:
    """Reads one answer in a task of its own, and keeps what came even where it breaks off.

    `hold` has it take one view per `go`, and look at that view only at the next one: a slow
    viewer's memory must not change beneath it.
    """

    def __init__(self, store: Segments, url: str, scope: str = "test", **asked: str) -> None:
        self.got = bytearray()
        self.head: Relayed | None = None
        self.error: F1StreamError | None = None
        self.ended = False
        self.hold = False
        self._turns = asyncio.Semaphore(0)
        self._news = asyncio.Event()
        headers = CIMultiDict({name.replace("_", "-"): value for name, value in asked.items()})
        self.task = asyncio.create_task(self._view(store, url, scope, headers))

    async def _view(self, store: Segments, url: str, scope: str, asked: CIMultiDict[str]) -> None:
        try:
            async with store.open(Upstream(url), scope, asked) as relayed:
                self.head = relayed
                if isinstance(relayed.body, AsyncIterator):
                    async for view in relayed.body:
                        await self._turn()
                        self.got += view
                        self._tell()
                else:
                    part = relayed.body
                    assert isinstance(part, FilePart)
                    await self._turn()
                    self.got += part.file.read(part.start, part.stop - part.start)
            self.ended = True
        except F1StreamError as error:
            self.error = error
        finally:
            self._tell()

    async def _turn(self) -> None:
        if self.hold:
            await self._turns.acquire()

    def _tell(self) -> None:
        self._news.set()
        self._news.clear()

    def go(self) -> None:
        """Let a viewer that holds a view look at it and go on."""
        self._turns.release()

    def run(self) -> None:
        """Hold no more."""
        self.hold = False
        self._turns.release()

    @property
    def status(self) -> int:
        assert self.head is not None, self.error
        return self.head.status

    @property
    def headers(self) -> CIMultiDict[str]:
        assert self.head is not None, self.error
        return CIMultiDict(self.head.headers)

    async def has(self, size_bytes: int) -> None:
        """Wait until so much has come."""
        async with asyncio.timeout(5):
            while len(self.got) < size_bytes:
                assert not self.ended, "the viewer has ended"
                assert not self.error, repr(self.error)
                await self._news.wait()

    async def done(self) -> Self:
        """Wait for the end, good or bad."""
        async with asyncio.timeout(5):
            await self.task
        return self

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


async def viewed(store: Segments, url: str, scope: str = "test", **asked: str) -> Viewer:
    """One viewer's visit, which ends well or raises what ended it."""
    viewer = await Viewer(store, url, scope, **asked).done()
    if viewer.error:
        raise viewer.error
    return viewer


@dataclass(eq=False, slots=True)
class Sending:
    """One answer on its way, sent as the test says, down to how it ends."""

    exchange: Exchange
    chunked: bool
    sent_bytes: int = 0
    head_sent: bool = False
    broken: bool = False
    end: asyncio.Future[bool] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    @property
    def request(self) -> Request:
        return self.exchange.request

    @property
    def body(self) -> bytes:
        return self.exchange.response.body

    @property
    def whole(self) -> bool:
        return self.head_sent and self.sent_bytes == len(self.body)

    def head(self) -> None:
        if self.head_sent:
            return
        self.head_sent = True
        response = self.exchange.response
        if self.chunked:
            response.headers["Transfer-Encoding"] = "chunked"
        self.exchange.send(response.head(framed=not self.chunked))

    def send(self, size_bytes: int) -> None:
        """The head, if it was not sent, and the next bytes."""
        self.head()
        piece = self.body[self.sent_bytes : self.sent_bytes + size_bytes]
        self.sent_bytes += len(piece)
        if self.chunked and piece:
            piece = b"%x\r\n%b\r\n" % (len(piece), piece)
        self.exchange.send(piece)
        if self.whole and not self.chunked:
            # The client knows that it has all: its next request may come on this connection.
            self._end(True)

    def finish(self) -> None:
        """All that is left."""
        self.send(len(self.body))
        if self.chunked:
            self.exchange.send(b"0\r\n\r\n")
        self._end(True)

    def break_off(self, *, reset: bool = False) -> None:
        """Close, or reset, the connection here."""
        self.broken = True
        if reset:
            self.exchange.reset()
        self._end(False)

    def _end(self, reusable: bool) -> None:
        if not self.end.done():
            self.end.set_result(reusable)


class ByHand:
    """A fault that leaves every answer to the test."""

    def __init__(self, *, chunked: bool = False) -> None:
        self.sendings: list[Sending] = []
        self._chunked = chunked
        self._news = asyncio.Event()

    async def answer(self, exchange: Exchange) -> bool:
        headers = exchange.response.headers.copy()
        response = replace(exchange.response, headers=headers)
        sending = Sending(replace(exchange, response=response), self._chunked)
        self.sendings.append(sending)
        self._news.set()
        self._news.clear()
        return await sending.end

    async def sending(self, number: int = 0) -> Sending:
        """The answer to the request of that number, once it has arrived."""
        async with asyncio.timeout(5):
            while len(self.sendings) <= number:
                await self._news.wait()
        return self.sendings[number]
