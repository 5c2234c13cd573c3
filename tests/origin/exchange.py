"""What a fault is, and what it is given to spoil."""

from __future__ import annotations

import asyncio
import socket
import struct
from dataclasses import dataclass
from typing import Protocol

from tests.origin.message import Request, Response

LINGER_OFF = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, the response it would have had, and the connection to do worse on."""

    writer: asyncio.StreamWriter
    request: Request
    response: Response

    def send(self, content: bytes) -> None:
        """Write raw bytes to the client."""
        self.writer.write(content)

    def begin(self, after_bytes: int) -> None:
        """Write the head, which promises the whole body, and that much of the body."""
        self.send(self.response.head() + self.response.body[:after_bytes])

    def complete(self, response: Response) -> None:
        """Write a response from first to last byte."""
        self.send(response.head() + response.body)

    def reset(self) -> None:
        """Break the connection off: closing a socket that does not linger sends RST, not FIN."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_OFF)
        self.writer.transport.abort()


class Fault(Protocol):
    """Answers in the stead of the origin."""

    async def answer(self, exchange: Exchange) -> bool:
        """Write to the connection. True: it can carry another request; False: it is closed."""
