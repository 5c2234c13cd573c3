"""One keep-alive connection that asks and counts: cheap enough for a thousand on one core."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

SINK_BYTES = 256 * 1024
TIMEOUT_S = 30

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding: *chunked", re.IGNORECASE)
_LAST_CHUNK = b"0\r\n\r\n"


class Reply:
    """One answer as it arrives; times are of `time.perf_counter`.

    `received_bytes` counts the body as it is on the wire. The body itself is kept on request only;
    so are `arrivals`, pairs of a time and what had been received by then.
    """

    def __init__(self, *, keep: bool, timed: bool) -> None:
        self.status = 0
        self.body = bytearray()
        self.received_bytes = 0
        self.arrivals: list[tuple[float, int]] = []
        self.asked_s = time.perf_counter()
        self.ended_s = 0.0
        self._keep = keep
        self._timed = timed
        self._head = bytearray()
        self._length: int | None = None
        self._tail = b""

    @property
    def took_s(self) -> float:
        """From the request to the last byte."""
        return self.ended_s - self.asked_s

    def feed(self, data: memoryview) -> bool:
        """Take what arrived; True when the answer is complete."""
        if not self.status:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return False
            self._read_head(bytes(self._head[: end + 2]))
            data = memoryview(bytes(self._head[end + 4 :]))
        self._take(data)
        complete = (
            self._tail == _LAST_CHUNK if self._length is None else self._left(self._length) <= 0
        )
        if complete:
            self.ended_s = time.perf_counter()
        return complete

    def _left(self, length: int) -> int:
        return length - self.received_bytes

    def _read_head(self, head: bytes) -> None:
        self.status = int(head[9:12])
        length = _LENGTH.search(head)
        if length is not None:
            self._length = int(length[1])
        elif not _CHUNKED.search(head):
            raise ConnectionError("an answer without a length")

    def _take(self, data: memoryview) -> None:
        self.received_bytes += len(data)
        if self._keep:
            self.body += data
        if self._timed and len(data):
            self.arrivals.append((time.perf_counter(), self.received_bytes))
        if self._length is None:
            self._tail = (self._tail + bytes(data[-len(_LAST_CHUNK) :]))[-len(_LAST_CHUNK) :]


class Connection(asyncio.BufferedProtocol):
    """Asks for one thing after another. All connections of a process may share one `sink`."""

    def __init__(self, sink: memoryview) -> None:
        self._sink = sink
        self._transport: asyncio.Transport | None = None
        self._reply: Reply | None = None
        self._complete: asyncio.Future[None] | None = None

    async def ask(self, path: str, *, keep: bool = False, timed: bool = False) -> Reply:
        """The answer to `GET path`. Raises `OSError`, which a timeout is as well."""
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("the service closed the connection")
        self._complete = asyncio.get_running_loop().create_future()
        self._reply = reply = Reply(keep=keep, timed=timed)
        self._transport.write(b"GET %b HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" % path.encode())
        async with asyncio.timeout(TIMEOUT_S):
            await self._complete
        return reply

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._sink

    def buffer_updated(self, nbytes: int) -> None:
        if self._reply is None or self._complete is None:
            self._abort(ConnectionError("bytes that nobody asked for"))
            return
        try:
            complete = self._reply.feed(self._sink[:nbytes])
        except (ConnectionError, ValueError) as error:
            self._abort(ConnectionError(str(error)))
            return
        if complete:
            self._reply = None
            if not self._complete.done():
                self._complete.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._fail(ConnectionError("the service closed the connection early"))

    def _abort(self, error: ConnectionError) -> None:
        self._fail(error)
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: ConnectionError) -> None:
        if self._complete is not None and not self._complete.done():
            self._complete.set_exception(error)


@asynccontextmanager
async def connected(port: int, sink: memoryview) -> AsyncIterator[Connection]:
    """A connection to the service on `port`, closed when the block ends."""
    loop = asyncio.get_running_loop()
    transport, connection = await loop.create_connection(
        lambda: Connection(sink), "127.0.0.1", port
    )
    try:
        yield connection
    finally:
        transport.abort()


def new_sink() -> memoryview:
    """Where connections put what they do not keep."""
    return memoryview(bytearray(SINK_BYTES))
