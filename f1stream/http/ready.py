"""Responses whose every byte is made already: nothing is left to do but to write them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import formatdate
from http import HTTPStatus

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from f1stream.tracing.ids import REQUEST_ID


class Ready(web.StreamResponse):
    """A whole HTTP/1.1 message.

    It keeps nothing of a request, so one object answers any number of them. An empty message is
    for a response that was written by other means.
    """

    def __init__(self, message: bytes, *, status: int = 200, keep_alive: bool = True) -> None:
        super().__init__(status=status)
        self.message = message
        self._stays = keep_alive
        self.body_bytes = len(message) - (message.find(b"\r\n\r\n") + 4) if message else 0

    @property
    def keep_alive(self) -> bool:
        return self._stays

    def fitting(self, request: web.BaseRequest) -> Ready:
        """The message as it answers this request, as the connection's last one if need be."""
        return self if takes_ready(request) else self.last(head_only=request.method == "HEAD")

    def last(self, *, head_only: bool) -> Ready:
        """The same message as a connection's last one."""
        head, blank, body = self.message.partition(b"\r\n\r\n")
        message = head + b"\r\nConnection: close" + blank + (b"" if head_only else body)
        return Ready(message, status=self.status, keep_alive=False)

    def marked(self, request_id: str) -> Ready:
        """The same message for the request of that id."""
        line, end, rest = self.message.partition(b"\r\n")
        field = f"{REQUEST_ID}: {request_id}\r\n".encode()
        return Ready(line + end + field + rest, status=self.status, keep_alive=self._stays)

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        if self.message:
            if request.transport is None:
                raise ConnectionResetError("the viewer is gone")
            request.transport.write(self.message)
            # Who asks for one after the other and reads none of them gets no more until they do.
            if request.protocol.writing_paused:
                await request.writer.drain()
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to write."""


class Heads:
    """Builds the heads of ready messages; the date is written anew each second."""

    def __init__(self) -> None:
        self._second = 0
        self._date = b""

    def head(self, status: int, headers: Mapping[str, str], length_bytes: int | None) -> bytes:
        """Status line and header fields, ending with the blank line."""
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if length_bytes is not None:
            lines.append(f"Content-Length: {length_bytes}")
        return b"%b\r\n%b\r\n\r\n" % (
            "\r\n".join(lines).encode("utf-8", "surrogateescape"),
            self._now(),
        )

    def _now(self) -> bytes:
        second = int(time.time())
        if second != self._second:
            self._second, self._date = second, f"Date: {formatdate(second, usegmt=True)}".encode()
        return self._date


def takes_ready(request: web.BaseRequest) -> bool:
    """Whether a ready message fits: a GET by HTTP/1.1 on a connection that stays open."""
    return request.method == "GET" and request.version == (1, 1) and request.keep_alive
