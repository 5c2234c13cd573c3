"""An origin that sends segments as slowly as an encoder makes them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

TICK_S = 0.01


class Throttled:
    """Serves `bodies` by path, at `bytes_per_s` each; `fetches` counts requests by path."""

    def __init__(self, bodies: Mapping[str, bytes], bytes_per_s: int) -> None:
        self.fetches: Counter[str] = Counter()
        self.url = ""
        self._bodies = dict(bodies)
        self._block_bytes = int(bytes_per_s * TICK_S)

    def publish(self, name: str, body: bytes) -> None:
        """Make `body` what `/name` answers, from one request to the next."""
        self._bodies[f"/{name}"] = body

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: a request after the other, until the client goes."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await self._send(head.split(b" ", 2)[1].decode(), writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _send(self, path: str, writer: asyncio.StreamWriter) -> None:
        self.fetches[path] += 1
        body = self._bodies.get(path)
        if body is None:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nCache-Control: max-age=60\r\n"
            b"Content-Length: %d\r\n\r\n" % (_type_of(path), len(body))
        )
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        for start in range(0, len(body), self._block_bytes):
            writer.write(body[start : start + self._block_bytes])
            await writer.drain()
            due_s += TICK_S
            await asyncio.sleep(max(0.0, due_s - loop.time()))


def _type_of(path: str) -> bytes:
    return b"application/vnd.apple.mpegurl" if path.endswith(".m3u8") else b"video/mp2t"


@asynccontextmanager
async def throttling(bodies: Mapping[str, bytes], bytes_per_s: int) -> AsyncIterator[Throttled]:
    """A throttled origin on a free port while the block lasts."""
    origin = Throttled(bodies, bytes_per_s)
    server = await asyncio.start_server(origin.answer, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    origin.url = f"http://{host}:{port}"
    try:
        yield origin
    finally:
        server.close()
