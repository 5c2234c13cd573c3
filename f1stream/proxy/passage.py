"""A body on its way to one viewer, of which nothing is kept.

The kernel moves it from socket to socket where it can. Elsewhere, as with TLS, it goes through a
window: what arrives is written to the viewer's transport at once, and where that takes all of it,
as it mostly does, the same memory serves the next bytes of any body. So little is used that it
stays in the processor's cache.
"""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp.abc import AbstractStreamWriter

from f1stream.net.body import arrived, receive_rest
from f1stream.net.splice import MOST_PIPES, Pipes, splice

# By measurement: the more bytes at a time, the fewer wake-ups on both sides, and up to about here
# they cost more than what falls out of the processor's cache.
LARGE_BYTES = 1024 * 1024
SMALL_BYTES = 64 * 1024
# What a viewer did not take at once holds a window until they have. Slow viewers can be many: so
# many may hold a large window, all others get small ones.
MOST_LARGE = 8
_MOST_IDLE = 16


class Passages:
    """What all passages of a process share: pipes, and windows where those are of no use."""

    def __init__(self, most_pipes: int = MOST_PIPES) -> None:
        self.pipes = Pipes(most_pipes)
        self._large = _Windows(LARGE_BYTES)
        self._small = _Windows(SMALL_BYTES)

    def __repr__(self) -> str:
        held = f"{self._large.held} large and {self._small.held} small windows held"
        return f"<Passages {self.pipes!r} · {held}>"

    @property
    def windows(self) -> _Windows:
        return self._large if self._large.held < MOST_LARGE else self._small


class _Windows:
    """Windows of one size. The one that was used last is used next, by whoever needs one."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._idle: list[bytearray] = []
        self.held = 0

    def hot(self) -> bytearray:
        if not self._idle:
            self._idle.append(bytearray(self._size_bytes))
        return self._idle[-1]

    def hold(self) -> bytearray:
        self.held += 1
        return self._idle.pop()

    def give(self, window: bytearray) -> None:
        self.held -= 1
        if len(self._idle) < _MOST_IDLE:
            self._idle.append(window)

    def lose(self) -> None:
        self.held -= 1


class Passage:
    """A body of known length that a viewer's transport takes as it arrives.

    `first` is what was read of it already.
    """

    def __init__(
        self,
        passages: Passages,
        response: aiohttp.ClientResponse,
        first: bytes,
        length_bytes: int,
        idle_s: float,
    ) -> None:
        self._passages = passages
        self._response = response
        self._first = first
        self._length_bytes = length_bytes
        self._idle_s = idle_s

    @property
    def passed_bytes(self) -> int:
        """How much of the body has come, and so gone on but for what is on its way."""
        return self._response.content.total_bytes

    async def send(self, writer: AbstractStreamWriter, transport: asyncio.Transport) -> None:
        """Send all of it behind a head that `writer` holds.

        The write limits of `transport` are zero. Raises `UpstreamError` where the body ends short.
        """
        await writer.write(self._first)
        left_bytes = self._length_bytes - len(self._first)
        if left_bytes and (more := arrived(self._response)):
            await writer.write(more)
            left_bytes -= len(more)
        await writer.drain()
        if left_bytes:
            await self._send_rest(left_bytes, writer, transport)

    async def _send_rest(
        self, size_bytes: int, writer: AbstractStreamWriter, transport: asyncio.Transport
    ) -> None:
        with self._passages.pipes.borrowed(self._response, transport) as pipe:
            if pipe is not None:
                await splice(self._response, size_bytes, transport, pipe, idle_s=self._idle_s)
                return
        outlet = _Outlet(self._passages, transport, writer)
        try:
            await receive_rest(
                self._response, size_bytes, outlet, idle_s=self._idle_s, drain=outlet.drain
            )
        finally:
            await outlet.drain()


class _Outlet:
    """The present window as a sink.

    A loop reads into the space it got at once and says so, or gives it back: as long as all of it
    could be written, one window serves every body.
    """

    def __init__(
        self, passages: Passages, transport: asyncio.WriteTransport, writer: AbstractStreamWriter
    ) -> None:
        self._passages = passages
        self._windows = passages.windows
        self._transport = transport
        self._writer = writer
        self._held: bytearray | None = None

    def space(self) -> memoryview:
        self._windows = self._passages.windows
        return memoryview(self._windows.hot())

    def filled(self, size_bytes: int) -> bool:
        if self._transport.is_closing():
            return False
        self._transport.write(memoryview(self._windows.hot())[:size_bytes])
        if not self._transport.get_write_buffer_size():
            return True
        self._held = self._windows.hold()
        return False

    async def drain(self) -> None:
        if self._held is None:
            if self._transport.is_closing():
                raise ConnectionResetError("the viewer is gone")
            return
        window, self._held = self._held, None
        try:
            await self._writer.drain()
        except BaseException:
            # The transport may still look at it.
            self._windows.lose()
            raise
        self._windows.give(window)
