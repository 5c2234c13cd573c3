"""One body that arrives once and that every viewer reads at their own pace."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from f1stream.errors import F1StreamError, TooLarge
from f1stream.proxy.buffers import Buffers

# What a body of unannounced length is given first; it doubles from there.
FIRST_BYTES = 256 * 1024


class Segment:
    """A body on its way or complete, in one buffer from which all viewers are served.

    The fetch is a `net.body.Sink` user of it: `space`, `filled`, then `finish` or `fail`. A viewer
    counts as a reader while it may still look at the buffer; only without readers is it freed.
    `begun` turns true with the first byte: from then on `status`, `headers` and `length_bytes`
    (None where the upstream did not say) hold.
    """

    def __init__(self, buffers: Buffers) -> None:
        self.status = 200
        self.url = ""
        self.media_type = ""
        self.headers: Mapping[str, str] = {}
        self.length_bytes: int | None = None
        self.size_bytes = 0
        self.readers = 0
        self.begun = False
        self.complete = False
        self.error: F1StreamError | None = None
        self._buffers = buffers
        self._buffer = bytearray()
        self._view = memoryview(self._buffer)
        self._outgrown: list[bytearray] = []
        self._news = asyncio.Event()

    def __repr__(self) -> str:
        state = "failed" if self.error else "complete" if self.complete else "filling"
        return (
            f"<Segment {self.size_bytes}/{self.length_bytes} bytes {state}, {self.readers} readers>"
        )

    def prepare(
        self, status: int, headers: Mapping[str, str], length_bytes: int | None, url: str = ""
    ) -> None:
        """Take what the head says and a buffer. Raises `TooLarge` where the budget has none."""
        self.status, self.headers, self.length_bytes = status, headers, length_bytes
        self.url = url
        self._release()
        self._lend(FIRST_BYTES if length_bytes is None else length_bytes)

    def space(self) -> memoryview:
        """Where the next bytes go. Raises `TooLarge` where the budget has no more."""
        if self.size_bytes == len(self._buffer):
            self._grow()
        return self._view[self.size_bytes :]

    def filled(self, size_bytes: int) -> None:
        """Publish bytes that were written to `space`."""
        self.size_bytes += size_bytes
        self.begun = True
        # At once, not when the fetch says so: its viewers may all be served and gone by then.
        self.complete = self.size_bytes == self.length_bytes
        self._tell()

    def finish(self) -> None:
        """The body is whole."""
        self.length_bytes = self.size_bytes
        self.begun = self.complete = True
        self._tell()

    def fail(self, error: F1StreamError) -> None:
        """The body ends here, short; whoever waits for more is told why."""
        self.error = error
        self._tell()

    async def beginning(self) -> None:
        """Wait for the first byte. Raises what ended the fetch before it."""
        while not self.begun:
            if self.error:
                raise self.error
            await self._news.wait()

    async def read(self, start: int, stop: int | None) -> memoryview:
        """The bytes from `start` on that are here, at least one; empty at `stop` or the end.

        Raises what ended the fetch once all that arrived before has been read.
        """
        while True:
            here = self.size_bytes if stop is None else min(self.size_bytes, stop)
            if here > start:
                return self._view[start:here]
            if self.complete or start == stop:
                return self._view[:0]
            if self.error:
                raise self.error
            await self._news.wait()

    def head_bytes(self, size_bytes: int) -> bytes:
        """A copy of the first bytes that are here."""
        return bytes(self._view[: min(size_bytes, self.size_bytes)])

    def free(self) -> None:
        """Give the memory back; there must be no readers."""
        if self.readers:
            raise AssertionError("a viewer still reads from this buffer")
        self._release()

    def _tell(self) -> None:
        # Each waiter has a future of its own, so all wake now and the next wait waits again.
        self._news.set()
        self._news.clear()

    def _grow(self) -> None:
        old, view = self._buffer, self._view
        self._lend(2 * len(old))
        self._view[: self.size_bytes] = view[: self.size_bytes]
        self._outgrown.append(old)

    def _lend(self, size_bytes: int) -> None:
        buffer = self._buffers.take(size_bytes)
        if buffer is None:
            raise TooLarge("the body does not fit into cache.segment_bytes")
        self._buffer, self._view = buffer, memoryview(buffer)

    def _release(self) -> None:
        for buffer in (*self._outgrown, self._buffer):
            if buffer:
                self._buffers.give(buffer)
        self._outgrown, self._buffer = [], bytearray()
        self._view = memoryview(self._buffer)
