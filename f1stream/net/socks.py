"""The way out for a browser: a SOCKS5 server on this machine that connects through the guard.

A browser that has a proxy of this kind looks up no name and opens no connection of its own: it
names a host, and here the address that was judged is the address that is connected to. That
holds for every redirect, frame, worker, WebSocket and name whose answer changes. See RFC 1928.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from asyncio import StreamReader, StreamWriter
from contextlib import suppress
from types import TracebackType
from typing import Self

import aiohappyeyeballs

from f1stream.net.guard import AddrInfo, Guard, Refused

_VERSION = 5
_NO_AUTHENTICATION = 0
_CONNECT = 1
_IPV4, _NAME, _IPV6 = 1, 3, 4
_DONE, _NOT_ALLOWED, _UNREACHABLE, _NO_COMMAND = 0, 2, 4, 7
_HANDSHAKE_S = 10.0
_CHUNK_BYTES = 64 * 1024


class Socks:
    """An async context manager: serves while it is open, on a port of its own of `host`.

    After `max_bytes` in all, both ways together, every connection is closed. `refusals` counts
    the connections that the guard did not let happen.
    """

    def __init__(
        self, guard: Guard, *, host: str = "127.0.0.1", max_bytes: int = 256 << 20
    ) -> None:
        self.refusals = 0
        self._guard = guard
        self._host = host
        self._left = max_bytes
        self._connections: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it is, as a browser's setting."""
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"socks5://[{host}]:{port}" if ":" in host else f"socks5://{host}:{port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self._host, 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.close()
        self._end()
        while self._connections:
            await asyncio.wait(self._connections)

    def _end(self) -> None:
        for connection in self._connections:
            connection.cancel()

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        serving = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._connections.add(serving)
        serving.add_done_callback(self._connections.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            async with asyncio.timeout(_HANDSHAKE_S):
                address = await _asked(reader, writer)
                connected = await self._connected(*address, writer)
            if connected is not None:
                await self._spliced(reader, writer, connected)
        except (OSError, EOFError, TimeoutError, ValueError):
            # Either side went away, or does not speak the protocol: there is nobody to tell.
            pass
        finally:
            writer.transport.abort()

    async def _connected(self, host: str, port: int, writer: StreamWriter) -> socket.socket | None:
        """A connection to `host`, announced to the client; None where there can't be one."""
        refusals = self.refusals
        try:
            loop = asyncio.get_running_loop()
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            connected = await aiohappyeyeballs.start_connection(
                found, happy_eyeballs_delay=0.25, socket_factory=self._open
            )
        except (OSError, UnicodeError):
            writer.write(_reply(_NOT_ALLOWED if self.refusals > refusals else _UNREACHABLE))
            await writer.drain()
            return None
        writer.write(_reply(_DONE))
        return connected

    def _open(self, info: AddrInfo) -> socket.socket:
        try:
            return self._guard.open_socket(info)
        except Refused:
            self.refusals += 1
            raise

    async def _spliced(
        self, reader: StreamReader, writer: StreamWriter, connected: socket.socket
    ) -> None:
        """Pass bytes both ways until one side has ended."""
        there, back = await asyncio.open_connection(sock=connected)
        try:
            ways = {
                asyncio.create_task(self._pass(reader, back)),
                asyncio.create_task(self._pass(there, writer)),
            }
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        finally:
            back.transport.abort()

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        while chunk := await reader.read(_CHUNK_BYTES):
            self._left -= len(chunk)
            if self._left < 0:
                return self._end()
            writer.write(chunk)
            await writer.drain()
        # What was written is sent before the connection is closed.
        with suppress(OSError):
            writer.write_eof()


async def _asked(reader: StreamReader, writer: StreamWriter) -> tuple[str, int]:
    """The host and the port that a client wants. Raises `ValueError` for another protocol."""
    version, methods = await reader.readexactly(2)
    if version != _VERSION or _NO_AUTHENTICATION not in await reader.readexactly(methods):
        raise ValueError("not SOCKS5 without authentication")
    writer.write(bytes((_VERSION, _NO_AUTHENTICATION)))
    version, command, _, kind = await reader.readexactly(4)
    host = await _host(reader, kind)
    port = int.from_bytes(await reader.readexactly(2))
    if version != _VERSION or command != _CONNECT:
        writer.write(_reply(_NO_COMMAND))
        raise ValueError("not a CONNECT")
    return host, port


async def _host(reader: StreamReader, kind: int) -> str:
    if kind == _IPV4:
        return str(ipaddress.IPv4Address(await reader.readexactly(4)))
    if kind == _IPV6:
        return str(ipaddress.IPv6Address(await reader.readexactly(16)))
    if kind == _NAME:
        [length] = await reader.readexactly(1)
        return (await reader.readexactly(length)).decode("ascii")
    raise ValueError("no such kind of address")


def _reply(code: int) -> bytes:
    # The address that it is bound to is nobody's business.
    return bytes((_VERSION, code, 0, _IPV4)) + bytes(6)
