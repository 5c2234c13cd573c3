"""From an upstream's socket straight into buffers that the caller owns.

aiohttp reads the head. For a body whose length is known, the transport is then handed to a
`BufferedProtocol`, which the loop lets receive into the caller's memory; at the last byte aiohttp
gets its connection back for the next request. Everything else is copied in from aiohttp's reader.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

import aiohttp

from f1stream.errors import F1StreamError, Truncated, UpstreamDown, UpstreamSlow
from f1stream.net.client import Chunks, is_encoded


class Sink(Protocol):
    """Where a body goes: memory to write to, and the news that some of it was written."""

    def space(self) -> memoryview:
        """Writable memory for what comes next; never empty."""
        ...

    def filled(self, size_bytes: int) -> None:
        """That many bytes of the last `space` now hold body."""
        ...


async def receive(response: aiohttp.ClientResponse, sink: Sink, *, idle_s: float) -> None:
    """Put the whole body of `response` into `sink` as it arrives.

    Raises `UpstreamSlow` after `idle_s` seconds of silence, `Truncated` or `UpstreamDown` where
    the body breaks off. Whatever ends it, the connection is in a state that aiohttp can judge.
    """
    direct = _direct_bytes(response)
    if direct is None:
        async for chunk in Chunks(response, idle_s):
            _copy(chunk, sink)
        return
    first = response.content.read_nowait(-1) if direct else b""
    _copy(first, sink)
    if direct > len(first):
        await _take_over(response, sink, direct - len(first), idle_s)


def _direct_bytes(response: aiohttp.ClientResponse) -> int | None:
    """How long the body is, where it comes as it is; None where aiohttp has to decode it."""
    if is_encoded(response):
        return None
    if response.content.is_eof() or response.connection is None:
        return None
    if response.content.exception() is not None:
        return None
    return response.content_length


def _copy(data: bytes, sink: Sink) -> None:
    view = memoryview(data)
    while view:
        space = sink.space()
        size = min(len(space), len(view))
        space[:size] = view[:size]
        sink.filled(size)
        view = view[size:]


async def _take_over(
    response: aiohttp.ClientResponse, sink: Sink, size_bytes: int, idle_s: float
) -> None:
    connection = response.connection
    if connection is None or connection.transport is None or connection.protocol is None:
        raise UpstreamDown(f"{response.url.host}: the connection was closed")
    transport, handler = connection.transport, connection.protocol
    intake = _Intake(transport, handler, sink, size_bytes, response.url.host or "")
    # aiohttp's own watch over the silence would end the connection, of which it sees nothing now.
    handler.read_timeout = None
    handler.start_timeout()
    transport.set_protocol(intake)
    # aiohttp pauses a connection whose reader is full; nobody reads from that one any more.
    transport.resume_reading()
    try:
        await intake.ended(idle_s)
    except BaseException:
        transport.abort()
        raise
    finally:
        transport.set_protocol(handler)
    response.content.feed_eof()


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
        self._end: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._arrived = False

    async def ended(self, idle_s: float) -> None:
        """Return at the last byte, or raise what ended the body before it."""
        while True:
            self._arrived = False
            await asyncio.wait((self._end,), timeout=idle_s)
            if self._end.done():
                return self._end.result()
            if not self._arrived:
                raise UpstreamSlow(f"{self._host}: stopped sending in the middle of a body")

    def get_buffer(self, sizehint: int) -> memoryview:
        try:
            space = self._sink.space()
        except F1StreamError as error:
            # The loop is about to read: to end the connection here would crash it.
            self._fail(error)
            return memoryview(bytearray(1024))
        return space[: self._left] if len(space) > self._left else space

    def buffer_updated(self, size_bytes: int) -> None:
        if self._end.done():
            return
        self._arrived = True
        self._left -= size_bytes
        if self._left == 0:
            # The next byte is the next response's, or one too many: aiohttp reads those.
            self._transport.set_protocol(self._handler)
            self._end.set_result(None)
        self._sink.filled(size_bytes)

    def eof_received(self) -> None:
        self._fail(Truncated(f"{self._host}: the body ended early"))

    def connection_lost(self, error: Exception | None) -> None:
        self._fail(Truncated(f"{self._host}: the connection broke in the middle of a body"))
        self._handler.connection_lost(error)

    def _fail(self, error: Exception) -> None:
        if not self._end.done():
            self._end.set_exception(error)
