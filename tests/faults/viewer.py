"""A viewer by a plain socket, who believes nothing: what came, and whether it was all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass


@dataclass(frozen=True)
class Got:
    """An answer: status 0 is a close without one, `whole` a body that ends as its head says."""

    status: int
    body: bytes
    whole: bool


async def get(port: int, target: str) -> Got:
    """Ask once, on a connection of one's own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        return await read(reader)
    finally:
        writer.transport.abort()


async def read(reader: asyncio.StreamReader) -> Got:
    """The next answer."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (ConnectionError, asyncio.IncompleteReadError):
        return Got(0, b"", False)
    line, *fields = head.decode("latin-1").splitlines()
    headers = dict(field.lower().split(": ", 1) for field in fields if field)
    if headers.get("transfer-encoding") == "chunked":
        body, whole = await _chunks(reader)
    else:
        size_bytes = int(headers.get("content-length", 0))
        body = await _upto(reader, size_bytes)
        whole = len(body) == size_bytes
    return Got(int(line.split()[1]), body, whole)


async def _upto(reader: asyncio.StreamReader, size_bytes: int) -> bytes:
    body = bytearray()
    try:
        while len(body) < size_bytes and (more := await reader.read(size_bytes - len(body))):
            body += more
    except ConnectionError:
        pass
    return bytes(body)


async def _chunks(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    body = b""
    while True:
        try:
            size_bytes = int(await reader.readline() or b"-1", 16)
        except ConnectionError:
            return body, False
        if size_bytes < 0:
            return body, False
        piece = await _upto(reader, size_bytes)
        body += piece
        if len(piece) < size_bytes:
            return body, False
        await reader.readline()
        if not size_bytes:
            return body, True
