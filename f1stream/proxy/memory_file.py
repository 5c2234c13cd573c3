"""A body in a file that exists in memory only, for the kernel to send from.

`sendfile` hands the file's pages to the socket without copying them: a third of the work of a
`send` from a buffer. Pages that are on their way must not change, so a file is written once and
never again; the kernel frees its pages when the last socket has let go of them.
"""

from __future__ import annotations

import asyncio
import os
import sys


class MemoryFile:
    """A body of `size_bytes` bytes that is complete. Raises `OSError` where there is no memory."""

    def __init__(self, content: memoryview) -> None:
        if sys.platform != "linux":
            raise OSError("files in memory are a feature of Linux")
        self.size_bytes = len(content)
        self._descriptor = os.memfd_create("segment", os.MFD_CLOEXEC)
        # Memory never makes a write wait; say so to whoever watches for writes that do.
        os.set_blocking(self._descriptor, False)
        try:
            written = 0
            while written < len(content):
                written += os.write(self._descriptor, content[written:])
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        """Let go of the file; nobody may be sending from it through this object."""
        os.close(self._descriptor)

    def read(self, start: int, size_bytes: int) -> bytes:
        """A copy of a part."""
        return os.pread(self._descriptor, size_bytes, start)

    async def send(self, transport: asyncio.WriteTransport, start: int, stop: int) -> None:
        """Send a part to a plain TCP transport whose own buffer is empty.

        Raises `ConnectionError` where the viewer is gone.
        """
        socket = transport.get_extra_info("socket").fileno()
        at = self._push(socket, start, stop)
        if at < stop:
            # The loop watches the transport's own descriptor already; a duplicate is another.
            await self._rest(os.dup(socket), at, stop)

    async def _rest(self, socket: int, at: int, stop: int) -> None:
        """Go on whenever the socket takes more: in the loop's callback, as waking a task costs
        more than what a socket takes at a time."""
        loop = asyncio.get_running_loop()
        end = loop.create_future()

        def go_on() -> None:
            nonlocal at
            try:
                at = self._push(socket, at, stop)
            except OSError as error:
                loop.remove_writer(socket)
                if not end.done():
                    end.set_exception(error)
                return
            if at == stop:
                loop.remove_writer(socket)
                if not end.done():
                    end.set_result(None)

        loop.add_writer(socket, go_on)
        try:
            await end
        finally:
            loop.remove_writer(socket)
            os.close(socket)

    def _push(self, socket: int, at: int, stop: int) -> int:
        """Send until the socket takes no more; returns how far it came."""
        try:
            while at < stop:
                sent = os.sendfile(socket, self._descriptor, at, stop - at)
                if not sent:
                    raise ConnectionResetError("the viewer is gone")
                at += sent
        except BlockingIOError:
            pass
        return at
