"""What an upstream can do wrong, each fault one class with one coroutine.

A fault gets the response that would have been sent, so that it can send the beginning of the real
thing. It may wait as long as it likes: when the client goes away, or the origin closes, it is
cancelled. A fault whose bytes are not a whole response ends the connection by returning False.
"""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass, replace

from multidict import CIMultiDict

from tests.origin.exchange import Exchange
from tests.origin.message import Framing, Response, chunk, text


@dataclass(frozen=True, slots=True)
class StallBeforeHeaders:
    """Takes the request and says nothing."""

    async def answer(self, exchange: Exchange) -> bool:
        await _for_ever()
        return False


@dataclass(frozen=True, slots=True)
class StallInBody:
    """Sends the head and `after_bytes` of the body, then nothing more."""

    after_bytes: int = 1

    async def answer(self, exchange: Exchange) -> bool:
        exchange.begin(self.after_bytes)
        await _for_ever()
        return False


@dataclass(frozen=True, slots=True)
class Truncate:
    """Promises the whole body, sends `after_bytes` of it and closes."""

    after_bytes: int

    async def answer(self, exchange: Exchange) -> bool:
        exchange.begin(self.after_bytes)
        return False


@dataclass(frozen=True, slots=True)
class Overlong:
    """Sends `extra_bytes` more than its Content-Length says."""

    extra_bytes: int = 100

    async def answer(self, exchange: Exchange) -> bool:
        exchange.complete(exchange.response)
        exchange.send(b"!" * self.extra_bytes)
        return True


@dataclass(frozen=True, slots=True)
class Reset:
    """Resets the connection: at once, or after the head and `after_bytes` of the body."""

    after_bytes: int | None = None

    async def answer(self, exchange: Exchange) -> bool:
        if self.after_bytes is not None:
            exchange.begin(self.after_bytes)
            # A reset overtakes what the client has not read yet: give it the time to.
            await asyncio.sleep(0.05)
        exchange.reset()
        return False


@dataclass(frozen=True, slots=True)
class ResetWhenReused:
    """Answers a connection's first request and resets on its second, as keep-alive ends badly."""

    async def answer(self, exchange: Exchange) -> bool:
        if exchange.request.turn:
            exchange.reset()
            return False
        exchange.complete(exchange.response)
        return True


@dataclass(frozen=True, slots=True)
class BrokenChunk:
    """Sends the body chunked: `after_bytes` of it well, then a chunk whose size is no number."""

    after_bytes: int = 0

    async def answer(self, exchange: Exchange) -> bool:
        exchange.send(_chunked(exchange.response))
        if self.after_bytes:
            exchange.send(chunk(exchange.response.body[: self.after_bytes]))
        exchange.send(b"zz\r\nbroken\r\n")
        return False


@dataclass(frozen=True, slots=True)
class WrongLength:
    """Says of the body's length what it is not: each value in a field of its own."""

    lengths: tuple[str, ...]

    async def answer(self, exchange: Exchange) -> bool:
        fields = "".join(f"Content-Length: {length}\r\n" for length in self.lengths)
        head = exchange.response.head(framed=False)
        exchange.send(head[:-2] + fields.encode() + b"\r\n" + exchange.response.body)
        return False


@dataclass(frozen=True, slots=True)
class Says:
    """Sends those bytes instead of a response, and closes."""

    content: bytes

    async def answer(self, exchange: Exchange) -> bool:
        exchange.send(self.content)
        return False


@dataclass(frozen=True, slots=True)
class EndlessHead:
    """Sends one header field after the other."""

    async def answer(self, exchange: Exchange) -> bool:
        exchange.send(b"HTTP/1.1 200 OK\r\n")
        while True:
            exchange.send(b"X-More: and more\r\n" * 100)
            await exchange.writer.drain()
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class Bomb:
    """Sends few bytes that unpack to many zeros."""

    unpacked_bytes: int = 64 << 20

    async def answer(self, exchange: Exchange) -> bool:
        packed = await asyncio.to_thread(gzip.compress, bytes(self.unpacked_bytes), 1)
        response = replace(exchange.response, body=packed)
        exchange.complete(response.with_headers({"Content-Encoding": "gzip"}))
        return True


@dataclass(frozen=True, slots=True)
class Endless:
    """Sends the body over and over, chunked, as fast as the client reads."""

    async def answer(self, exchange: Exchange) -> bool:
        exchange.send(_chunked(exchange.response))
        piece = chunk(exchange.response.body or b"\n")
        while True:
            exchange.send(piece)
            await exchange.writer.drain()
            # drain() returns without a turn of the loop while there is room: let others have one.
            await asyncio.sleep(0)


@dataclass(frozen=True, slots=True)
class SlowHeaders:
    """Sends the head at one byte per `interval_s`, and then the body."""

    interval_s: float = 1.0

    async def answer(self, exchange: Exchange) -> bool:
        for byte in exchange.response.head():
            exchange.send(bytes([byte]))
            await asyncio.sleep(self.interval_s)
        exchange.send(exchange.response.body)
        return True


@dataclass(frozen=True, slots=True)
class SlowBody:
    """Sends the body at `chunk_bytes` per `interval_s`."""

    chunk_bytes: int = 1024
    interval_s: float = 0.05

    async def answer(self, exchange: Exchange) -> bool:
        exchange.send(exchange.response.head())
        for start in range(0, len(exchange.response.body), self.chunk_bytes):
            await asyncio.sleep(self.interval_s)
            exchange.send(exchange.response.body[start : start + self.chunk_bytes])
        return True


@dataclass(frozen=True, slots=True)
class Late:
    """Answers well, `delay_s` late."""

    delay_s: float

    async def answer(self, exchange: Exchange) -> bool:
        await asyncio.sleep(self.delay_s)
        exchange.complete(exchange.response)
        return True


@dataclass(frozen=True, slots=True)
class Redirect:
    """Sends the client to another address; one that answers with itself makes a loop."""

    to: str
    status: int = 302

    async def answer(self, exchange: Exchange) -> bool:
        exchange.complete(Response(b"", self.status, CIMultiDict(Location=self.to)))
        return True


@dataclass(frozen=True, slots=True)
class Status:
    """Answers with a status and a line of text."""

    status: int

    async def answer(self, exchange: Exchange) -> bool:
        exchange.complete(text(f"status {self.status}\n", self.status))
        return True


@dataclass(frozen=True, slots=True)
class WrongType:
    """Sends the right body under a wrong Content-Type."""

    content_type: str = "text/html"

    async def answer(self, exchange: Exchange) -> bool:
        exchange.complete(exchange.response.typed(self.content_type))
        return True


@dataclass(frozen=True, slots=True)
class Html:
    """Sends a web page with status 200 where something else was asked for."""

    page: str = "<!doctype html><title>Sign in</title><p>Please sign in.</p>"

    async def answer(self, exchange: Exchange) -> bool:
        exchange.complete(text(self.page, content_type="text/html; charset=utf-8"))
        return True


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()


def _chunked(response: Response) -> bytes:
    return replace(response, framing=Framing.CHUNKED).head()
