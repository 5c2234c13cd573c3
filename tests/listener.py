"""A server that should see nobody."""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from types import TracebackType
from typing import Self


class Listener:
    """An async context manager: counts the connections to a port of its own, and answers none.

    By default it stands for an address that nobody is allowed to reach; all of 127.0.0.0/8 is
    this machine.
    """

    def __init__(self, host: str = "127.0.0.2") -> None:
        self.host = host
        self.connections = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, self.host, 0)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._server.close()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.connections += 1
        writer.transport.abort()
