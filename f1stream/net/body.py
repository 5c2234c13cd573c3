"""From an upstream's socket straight into buffers that the caller owns.

aiohttp reads the head. For a body whose length is known, the transport is then handed to a
`BufferedProtocol`, which the loop lets receive into the caller's memory; at the last byte aiohttp
gets its connection back for the next request. Everything else is copied in from aiohttp's reader.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import aiohttp

from f1stream.errors import F1StreamError, Truncated, UpstreamDown, UpstreamSlow
from f1stream.net.chunks import Chunks
from f1stream.net.client import is_encoded

Drain = Callable[[], Awaitable[None]]


class Sink(Protocol):
    """Where a body goes: memory to write to, and the news that some of it was written."""

    def space(self) -> memoryview:
        """Writable memory for what comes next; never empty."""
        ...

    def filled(self, size_bytes: int) -> bool:
        """That many bytes of the last `space` now hold body.

        Returns whether there is space for more already; else a `drain` makes some.
        """
        ...


async def receive(response: aiohttp.ClientResponse, sink: Sink, *, idle_s: float) -> None:
    """Put the whole body of `response` into `sink` as it arrives.

    Raises `UpstreamSlow` after `idle_s` seconds of silence, `Truncated` or `UpstreamDown` where
    the body breaks off. Whatever ends it, the connection is in a state that aiohttp can judge.
    """
    size_bytes = plain_bytes(response)
    if size_bytes is None:
        async for chunk in Chunks(response, idle_s):
            _copy(chunk, sink)
        return
    first = arrived(response)
    _copy(first, sink)
    if size_bytes > len(first):
        await receive_rest(response, size_bytes - len(first), sink, idle_s=idle_s)


def plain_bytes(response: aiohttp.ClientResponse) -> int | None:
    """How long the body is, where it comes as it is; None where aiohttp has to decode it."""
    if is_encoded(response) or response.connection is None:
        return None
    if response.content.is_eof() or response.content.exception() is not None:
        return None
    return response.content_length


def arrived(response: aiohttp.ClientResponse) -> bytes:
    """Take what aiohttp has read of a body already; what follows can then be taken over."""
    return response.content.read_nowait(-1)


def _copy(data: bytes, sink: Sink) -> None:
    view = memoryview(data)
    while view:
        space = sink.space()
        size = min(len(space), len(view))
        space[:size] = view[:size]
        sink.filled(size)
        view = view[size:]


async def receive_rest(
    response: aiohttp.ClientResponse,
    size_bytes: int,
    sink: Sink,
    *,
    idle_s: float,
    drain: Drain | None = None,
) -> None:
    """Put the last `size_bytes` of a plain body into `sink`, of which aiohttp has read none.

    `drain` is awaited whenever the sink is full, however long that takes. Raises as `receive`.
    """
    with lent(response) as (transport, handler):
        intake = _Intake(transport, handler, sink, size_bytes, response.url.host or "")
        transport.set_protocol(intake)
        # aiohttp pauses a connection whose reader is full; nobody reads from that one any more.
        transport.resume_reading()
        try:
            await intake.ended(idle_s, drain)
        finally:
            transport.set_protocol(handler)
            # aiohttp has not seen these.
            response.content.total_bytes += size_bytes - intake.left_bytes
    response.content.feed_eof()


@contextmanager
def lent(
    response: aiohttp.ClientResponse,
) -> Iterator[tuple[asyncio.Transport, asyncio.BaseProtocol]]:
    """The transport of a response, and aiohttp's protocol, while somebody else reads the body.

    An error in the block ends the connection.
    """
    connection = response.connection
    if connection is None or connection.transport is None or connection.protocol is None:
        raise UpstreamDown(f"{response.url.host}: the connection was closed")
    transport, handler = connection.transport, connection.protocol
    try:
        yield transport, handler
    except BaseException:
        transport.abort()
        raise


class _Intake(asyncio.BufferedProtocol):
    """Receives the rest of one body."""

    def __init__(
        self,
        transport: asyncio.Transport,
        handler: asyncio.BaseProtocol,
        sink: Sink,
        size_bytes: int,
        host: str,
    ) -> None:
        self._transport = transport
        self._handler = handler
        self._sink = sink
        self._left = size_bytes
        self._host = host
        self._error: Exception | None = None
        self._is_full = False
        self._arrived = False
        self._halt: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def ended(self, idle_s: float, drain: Drain | None) -> None:
        """Return at the last byte, or raise what ended the body before it."""
        while True:
            self._arrived = False
            await asyncio.wait((self._halt,), timeout=idle_s)
            if self._error is not None:
                raise self._error
            if not self._left:
                return
            if self._is_full and drain is not None:
                await drain()
                self._go_on()
            elif not self._arrived:
                raise UpstreamSlow(f"{self._host}: stopped sending in the middle of a body")

    @property
    def left_bytes(self) -> int:
        """How much of the body has not come."""
        return self._left

    def get_buffer(self, sizehint: int) -> memoryview:
        try:
            space = self._sink.space()
        except F1StreamError as error:
            # The loop is about to read: to end the connection here would crash it.
            self._fail(error)
            return memoryview(bytearray(1024))
        return space[: self._left] if len(space) > self._left else space

    def buffer_updated(self, size_bytes: int) -> None:
        if self._error is not None or not self._left:
            return
        self._arrived = True
        self._left -= size_bytes
        has_space = self._sink.filled(size_bytes)
        if self._left == 0:
            # The next byte is the next response's, or one too many: aiohttp reads those.
            self._transport.set_protocol(self._handler)
            self._stop()
        elif not has_space:
            self._is_full = True
            self._transport.pause_reading()
            self._stop()

    def eof_received(self) -> None:
        self._fail(Truncated(f"{self._host}: the body ended early"))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(Truncated(f"{self._host}: the connection broke in the middle of a body"))
        self._handler.connection_lost(error)

    def _go_on(self) -> None:
        if self._error is None:
            self._is_full = False
            self._halt = asyncio.get_running_loop().create_future()
            self._transport.resume_reading()

    def _fail(self, error: Exception) -> None:
        if self._error is None and self._left:
            self._error = error
        self._stop()

    def _stop(self) -> None:
        if not self._halt.done():
            self._halt.set_result(None)
