"""One body that arrives once and that every viewer reads at their own pace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from f1stream.errors import F1StreamError, NoRoom
from f1stream.proxy.buffers import Buffers
from f1stream.proxy.memory_file import MemoryFile

# What a body of unannounced length is given first; it doubles from there.
FIRST_BYTES = 256 * 1024
# Writing the file costs about as much as it saves this many viewers.
READS_BEFORE_FILE = 8
# A smaller body is copied in less time than a further call of the system takes.
FILE_FROM_BYTES = 256 * 1024


class Segment:
    """A body on its way or complete, in one buffer from which all viewers are served.

    The fetch is a `net.body.Sink` user of it: `space`, `filled`, then `finish` or `fail`. A viewer
    counts as a reader while it may still look at the buffer; only without readers is it freed.
    A body that many read is moved to a file in memory, from which the kernel sends it. `make_room`
    is asked to before a buffer of a size is taken, and may raise `TooLarge`.
    `begun` turns true with the first byte: from then on `status`, `headers` and `length_bytes`
    (None where the upstream did not say) hold.
    """

    def __init__(self, buffers: Buffers, make_room: Callable[[int], None] | None = None) -> None:
        self.status = 200
        self.url = ""
        self.declared_type: str | None = None
        self.media_type = ""
        self.headers: Mapping[str, str] = {}
        self.length_bytes: int | None = None
        self.size_bytes = 0
        self.readers = 0
        self.reads = 0
        self.begun = False
        self.complete = False
        self.error: F1StreamError | None = None
        self._buffers = buffers
        self._make_room = make_room
        self._buffer = bytearray()
        self._view = memoryview(self._buffer)
        self._outgrown: list[bytearray] = []
        self._news = asyncio.Event()
        self._buffer_readers = 0
        self.file: MemoryFile | None = None

    def __repr__(self) -> str:
        state = "failed" if self.error else "complete" if self.complete else "filling"
        return (
            f"<Segment {self.size_bytes}/{self.length_bytes} bytes {state}, {self.readers} readers>"
        )

    def prepare(
        self,
        status: int,
        headers: Mapping[str, str],
        length_bytes: int | None,
        url: str = "",
        declared_type: str | None = None,
    ) -> None:
        """Take what the head says and a buffer. Raises `NoRoom` where the budget has none."""
        self.status, self.headers, self.length_bytes = status, headers, length_bytes
        self.url, self.declared_type = url, declared_type
        self._release_buffer()
        self._lend(FIRST_BYTES if length_bytes is None else length_bytes)

    def space(self) -> memoryview:
        """Where the next bytes go. Raises `NoRoom` where the budget has no more."""
        if self.size_bytes == len(self._buffer):
            self._grow()
        return self._view[self.size_bytes :]

    def filled(self, size_bytes: int) -> bool:
        """Publish bytes that were written to `space`; there is always more of that."""
        self.size_bytes += size_bytes
        self.begun = True
        # At once, not when the fetch says so: its viewers may all be served and gone by then.
        self.complete = self.size_bytes == self.length_bytes
        self._tell()
        return True

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

    def enter(self) -> MemoryFile | None:
        """Count a viewer in; returns the file to send from, where the body is in one.

        Without a file the viewer uses `read`. Each `enter` needs its `leave`.
        """
        self.readers += 1
        self.reads += 1
        if self.file is None and self._pays_as_file():
            self._to_file()
        if self.file is None:
            self._buffer_readers += 1
        return self.file

    def leave(self, file: MemoryFile | None) -> None:
        """Count a viewer out, with what `enter` gave."""
        self.readers -= 1
        if file is None:
            self._buffer_readers -= 1
        if self.file is not None and not self._buffer_readers:
            self._release_buffer()

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
        if self.file is not None:
            return self.file.read(0, size_bytes)
        return bytes(self._view[: min(size_bytes, self.size_bytes)])

    def free(self) -> None:
        """Give the memory back; there must be no readers."""
        if self.readers:
            raise AssertionError("a viewer still reads from this segment")
        self._release_buffer()
        if self.file is not None:
            self._buffers.discharge(self.file.size_bytes)
            self.file.close()
            self.file = None

    def _pays_as_file(self) -> bool:
        large = self.complete and self.size_bytes >= FILE_FROM_BYTES
        return large and self.reads >= READS_BEFORE_FILE

    def _to_file(self) -> None:
        if not self._buffers.charge(self.size_bytes):
            return
        try:
            self.file = MemoryFile(self._view[: self.size_bytes])
        except OSError:
            self._buffers.discharge(self.size_bytes)

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
        if self._make_room is not None:
            self._make_room(size_bytes)
        buffer = self._buffers.take(size_bytes)
        if buffer is None:
            raise NoRoom("the body does not fit beside those being read; see cache.segment_bytes")
        self._buffer, self._view = buffer, memoryview(buffer)

    def _release_buffer(self) -> None:
        for buffer in (*self._outgrown, self._buffer):
            if buffer:
                self._buffers.give(buffer)
        self._outgrown, self._buffer = [], bytearray()
        self._view = memoryview(self._buffer)
