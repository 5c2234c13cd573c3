"""Viewers on bad lines: they hardly take what they asked for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from bench.load.aside import answer_with

# What one of them takes at a time; its socket holds little more.
SIP_BYTES = 4000


async def _sip(port: int, path: str, bytes_per_s: float) -> None:
    """Take an answer sip by sip, then the next, until cancelled."""
    loop = asyncio.get_running_loop()
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode()
    pause_s = SIP_BYTES / bytes_per_s
    while True:
        with socket.socket() as plain, suppress(OSError):
            plain.setblocking(False)
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SIP_BYTES)
            await loop.sock_connect(plain, ("127.0.0.1", port))
            await loop.sock_sendall(plain, request)
            while await loop.sock_recv(plain, SIP_BYTES):
                await _pause(pause_s)
        await _pause(pause_s)


async def _pause(seconds: float) -> None:
    await asyncio.sleep(seconds)


async def sipped(request: dict[str, Any]) -> Mapping[str, float]:
    """`viewers` of them, for `duration_s`."""
    viewers = [
        asyncio.create_task(_sip(request["port"], request["path"], request["bytes_per_s"]))
        for _ in range(request["viewers"])
    ]
    await asyncio.sleep(request["duration_s"])
    for viewer in viewers:
        viewer.cancel()
    await asyncio.gather(*viewers, return_exceptions=True)
    return {}


if __name__ == "__main__":
    answer_with(sipped)
