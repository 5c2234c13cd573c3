"""From an upstream's socket into a viewer's without passing through this process.

`splice` moves pages of the kernel's from a socket into a pipe and on into another socket: nothing
is copied. That needs Linux and plain TCP on both sides; `Pipes.borrowed` says when it is not to be.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import aiohttp

from f1stream.errors import Truncated, UpstreamSlow
from f1stream.net.body import lent

PIPE_BYTES = 1024 * 1024
# Two descriptors each, and as many again for the sockets while they are in use.
MOST_PIPES = 32


@dataclass(frozen=True, slots=True)
class Pipe:
    """An empty pipe of `PIPE_BYTES`, neither end of which ever waits."""

    out: int
    into: int


class Pipes:
    """Lends pipes, `most` of them."""

    def __init__(self, most: int = MOST_PIPES) -> None:
        self._most = most
        self._idle: list[Pipe] = []
        self._lent = 0

    def __repr__(self) -> str:
        return f"<Pipes {self._lent} lent, {len(self._idle)} idle>"

    def close(self) -> None:
        """Close those that are not lent."""
        while self._idle:
            _close(self._idle.pop())

    @contextmanager
    def borrowed(
        self, response: aiohttp.ClientResponse, viewer: asyncio.BaseTransport
    ) -> Iterator[Pipe | None]:
        """A pipe for the body of `response`, or None where `splice` can't be had for these two.

        A block that ends with an error may leave bytes in it: that one is closed.
        """
        upstream = response.connection.transport if response.connection else None
        pipe = self._pipe() if _is_plain(upstream) and _is_plain(viewer) else None
        if pipe is None:
            yield None
            return
        self._lent += 1
        try:
            yield pipe
        except BaseException:
            _close(pipe)
            raise
        else:
            self._idle.append(pipe)
        finally:
            self._lent -= 1

    def _pipe(self) -> Pipe | None:
        if self._idle:
            return self._idle.pop()
        if sys.platform != "linux" or self._lent >= self._most:
            return None
        try:
            pipe = Pipe(*os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC))
        except OSError:
            return None
        try:
            fcntl.fcntl(pipe.into, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        except OSError:
            # A user without privileges has only so many pages for pipes; small ones gain nothing.
            _close(pipe)
            return None
        return pipe


def _is_plain(transport: asyncio.BaseTransport | None) -> bool:
    return transport is not None and transport.get_extra_info("sslcontext") is None


def _close(pipe: Pipe) -> None:
    os.close(pipe.out)
    os.close(pipe.into)


async def splice(
    response: aiohttp.ClientResponse,
    size_bytes: int,
    viewer: asyncio.BaseTransport,
    pipe: Pipe,
    *,
    idle_s: float,
) -> None:
    """Move the last `size_bytes` of a body to a viewer whose transport has nothing to write.

    Raises `UpstreamSlow` after `idle_s` seconds of silence, `Truncated` where the body breaks off,
    `ConnectionError` where the viewer is gone.
    """
    host = response.url.host
    with lent(response) as (upstream, _):
        upstream.pause_reading()
        move = _Move(_descriptor(upstream), _descriptor(viewer), pipe, size_bytes)
        try:
            await move.ended(idle_s)
        except TimeoutError:
            raise UpstreamSlow(f"{host}: stopped sending in the middle of a body") from None
        except EOFError:
            raise Truncated(f"{host}: the body ended early") from None
        finally:
            move.close()
            # aiohttp has not seen these.
            response.content.total_bytes += size_bytes - move.left_bytes
        upstream.resume_reading()
    response.content.feed_eof()


def _descriptor(transport: asyncio.BaseTransport) -> int:
    """A descriptor for the transport's socket that the loop does not watch already."""
    return os.dup(transport.get_extra_info("socket").fileno())


class _Move:
    """Goes on whenever one of the two sockets lets it, in the loop's callbacks."""

    def __init__(self, upstream: int, viewer: int, pipe: Pipe, size_bytes: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._upstream = upstream
        self._viewer = viewer
        self._pipe = pipe
        self._left = size_bytes
        self._held = 0
        self._watched: int | None = None
        self._arrived = False
        self._end: asyncio.Future[None] = self._loop.create_future()

    async def ended(self, idle_s: float) -> None:
        """Return at the last byte. Raises `TimeoutError`, `EOFError` and `ConnectionError`."""
        self._go_on()
        while True:
            self._arrived = False
            await asyncio.wait((self._end,), timeout=idle_s)
            if self._end.done():
                return self._end.result()
            if self._watched == self._upstream and not self._arrived:
                raise TimeoutError

    @property
    def left_bytes(self) -> int:
        """How much of the body has not come."""
        return self._left

    def close(self) -> None:
        self._watch(None)
        os.close(self._upstream)
        os.close(self._viewer)

    def _go_on(self) -> None:
        if self._end.done():
            return
        try:
            while self._left or self._held:
                if not self._held and not self._take():
                    return self._watch(self._upstream)
                if not self._give():
                    return self._watch(self._viewer)
        except (OSError, EOFError) as error:
            self._end.set_exception(error)
        else:
            self._end.set_result(None)

    def _take(self) -> bool:
        try:
            size = os.splice(
                self._upstream,
                self._pipe.into,
                min(self._left, PIPE_BYTES),
                flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK,
            )
        except BlockingIOError:
            return False
        except OSError:
            raise EOFError from None
        if not size:
            raise EOFError
        self._arrived = True
        self._left -= size
        self._held += size
        return True

    def _give(self) -> bool:
        try:
            self._held -= os.splice(
                self._pipe.out,
                self._viewer,
                self._held,
                flags=os.SPLICE_F_MOVE | os.SPLICE_F_NONBLOCK,
            )
        except BlockingIOError:
            return False
        return True

    def _watch(self, socket: int | None) -> None:
        """Be called when that socket, and no other, lets it go on."""
        if socket == self._watched:
            return
        if self._watched == self._upstream:
            self._loop.remove_reader(self._upstream)
        elif self._watched == self._viewer:
            self._loop.remove_writer(self._viewer)
        if socket == self._upstream:
            self._loop.add_reader(socket, self._go_on)
        elif socket == self._viewer:
            self._loop.add_writer(socket, self._go_on)
        self._watched = socket
