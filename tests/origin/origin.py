"""A loopback origin over plain sockets, good by default and bad on demand."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from multidict import CIMultiDict

from tests.origin.connection import Connection
from tests.origin.exchange import Exchange, Fault
from tests.origin.manners import Manner
from tests.origin.message import Framing, Handler, Request, Response, ranged, read_request, text

PLAYLIST = "application/vnd.apple.mpegurl"
TYPES = {
    ".m3u8": PLAYLIST,
    ".ts": "video/mp2t",
    ".m4s": "video/iso.segment",
    ".mp4": "video/mp4",
    ".vtt": "text/vtt",
    ".jpg": "image/jpeg",
    ".json": "application/json",
}


class Origin:
    """An async context manager: serves while it is open, on a port of its own on `host`.

    With `tls` it speaks TLS.

    `requests` lists what was asked, in order. `disconnects` lists the paths whose client went
    away before its answer was complete. An error inside a handler or a fault is raised when the
    origin closes, as an `ExceptionGroup`.
    """

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None) -> None:
        self.url = ""
        self._tls = tls
        self.requests: list[Request] = []
        self.disconnects: list[str] = []
        self._host = host
        self._routes: dict[str, Handler] = {}
        self._mounts: dict[str, Handler] = {}
        self._manners: list[tuple[str, Manner]] = []
        self._faults: list[_Planned] = []
        self._connections: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: Connection(self._accept), self._host, 0, ssl=self._tls
        )
        port = self._server.sockets[0].getsockname()[1]
        self.url = f"{'https' if self._tls else 'http'}://{self._host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        ends = await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()
        if errors := [end for end in ends if isinstance(end, Exception)]:
            raise ExceptionGroup("the test's origin failed", errors) from error

    def at(self, path: str) -> str:
        """The address of `path`, which begins with a slash."""
        return self.url + path

    def route(
        self,
        path: str,
        body: bytes | str = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        content_type: str | None = None,
    ) -> str:
        """Answer `path` with this from now on; returns its address."""
        given = CIMultiDict(headers or {})
        given.setdefault("Content-Type", content_type or media_type(path))
        response = Response(body.encode() if isinstance(body, str) else body, status, given)

        async def fixed(request: Request) -> Response:
            return response

        self._routes[path] = fixed
        return self.at(path)

    def mount(self, prefix: str, handler: Handler) -> str:
        """Answer every path that begins with `prefix` by what `handler` returns."""
        self._mounts[prefix] = handler
        return self.at(prefix)

    def files(self, folder: Path, prefix: str = "/") -> str:
        """Serve the files of a folder below `prefix`, which ends with a slash."""

        async def file(request: Request) -> Response:
            path = folder / request.path.removeprefix(prefix)
            try:
                body = await asyncio.to_thread(path.read_bytes)
            except OSError:
                return text("no such file\n", 404)
            return Response(body).typed(media_type(path.name))

        return self.mount(prefix, file)

    def behave(self, prefix: str, manner: Manner) -> None:
        """Give paths that begin with `prefix` a manner, on top of those they have already."""
        self._manners.append((prefix, manner))

    def fault(self, prefix: str, fault: Fault, *, times: int | None = None) -> None:
        """Answer paths that begin with `prefix` by `fault`, for so many requests or until healed.

        Of several that fit, the newest that is not used up answers.
        """
        self._faults.insert(0, _Planned(prefix, fault, times))

    def heal(self, prefix: str = "/") -> None:
        """Forget every fault of paths that begin with `prefix`."""
        self._faults = [each for each in self._faults if not each.prefix.startswith(prefix)]

    def count(self, path: str) -> int:
        """How many requests for `path` have arrived."""
        return sum(request.path == path for request in self.requests)

    async def asked(self, path: str, *, times: int = 1, timeout_s: float = 5) -> None:
        """Wait until `path` has been asked for so many times. Raises `TimeoutError`."""
        await self._until(lambda: self.count(path) >= times, timeout_s)

    async def gone(self, path: str, *, times: int = 1, timeout_s: float = 5) -> None:
        """Wait until so many clients have left `path` unfinished. Raises `TimeoutError`."""
        await self._until(lambda: self.disconnects.count(path) >= times, timeout_s)

    async def _until(self, true: Callable[[], bool], timeout_s: float) -> None:
        async with asyncio.timeout(timeout_s):
            while not true():
                await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = writer.transport.get_protocol()
        assert isinstance(connection, Connection)
        serving = self._serve(connection, reader, writer, len(self._connections))
        connection.serving = asyncio.get_running_loop().create_task(serving)
        self._connections.append(connection.serving)

    async def _serve(
        self,
        connection: Connection,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        number: int,
    ) -> None:
        # drain() then waits for the last byte, and who leaves before it is known to have left.
        writer.transport.set_write_buffer_limits(high=0)
        try:
            turn = 0
            while request := await read_request(reader, number, turn):
                self.requests.append(request)
                self._tell()
                connection.answering = request.path
                reusable = await self._answer(writer, request)
                await writer.drain()
                connection.answering = None
                if not reusable or request.headers.get("Connection", "").lower() == "close":
                    break
                turn += 1
            writer.close()
            await writer.wait_closed()
        except (ConnectionError, EOFError, asyncio.CancelledError):
            left = connection.answering
            if connection.gone and left is not None:
                self.disconnects.append(left)
                self._tell()
        finally:
            writer.transport.abort()

    async def _answer(self, writer: asyncio.StreamWriter, request: Request) -> bool:
        response = ranged(request, await self._handler(request.path)(request))
        if request.method == "HEAD":
            response = (await response.whole()).without_body()
        if fault := self._planned(request.path):
            return await fault.answer(Exchange(writer, request, await response.whole()))
        async for piece in response.wire():
            writer.write(piece)
            await writer.drain()
        return response.framing is not Framing.CLOSE

    def _handler(self, path: str) -> Handler:
        handler: Handler = self._serve_plainly
        for prefix, manner in self._manners:
            if path.startswith(prefix):
                handler = partial(manner.answer, handler)
        return handler

    async def _serve_plainly(self, request: Request) -> Response:
        # A manner may have changed what is asked for.
        return await self._mounted(request.path)(request)

    def _mounted(self, path: str) -> Handler:
        if path in self._routes:
            return self._routes[path]
        fitting = [prefix for prefix in self._mounts if path.startswith(prefix)]
        return self._mounts[max(fitting, key=len)] if fitting else _nothing

    def _planned(self, path: str) -> Fault | None:
        fitting = (each for each in self._faults if each.fits(path))
        planned = next(fitting, None)
        return planned.use() if planned else None


class _Planned:
    def __init__(self, prefix: str, fault: Fault, times: int | None) -> None:
        self.prefix = prefix
        self._fault = fault
        self._left = times

    def fits(self, path: str) -> bool:
        return path.startswith(self.prefix) and self._left != 0

    def use(self) -> Fault:
        if self._left is not None:
            self._left -= 1
        return self._fault


async def _nothing(request: Request) -> Response:
    return text("nothing here\n", 404)


def media_type(path: str) -> str:
    """The Content-Type of a file by its name."""
    return TYPES.get(Path(path).suffix, "application/octet-stream")
