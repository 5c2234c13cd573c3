"""HTTP/1.1 as far as an origin needs it: read a request's head, form a response, cut a range.

Written out instead of using a server library, because one that is right would refuse to send what
the faults have to send.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from multidict import CIMultiDict
from yarl import URL

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    """Path and query, undecoded."""
    headers: CIMultiDict[str]
    at_s: float
    """When it had arrived, on the loop's clock."""
    connection: int
    """Which of the origin's connections it came on, counted from 0."""
    turn: int
    """Which request of its connection it is, counted from 0."""

    @property
    def path(self) -> str:
        """The path, decoded, without the query."""
        return unquote(urlsplit(self.target).path)

    @property
    def query(self) -> dict[str, str]:
        """The query's fields, the last one where one stands twice."""
        return dict(URL(self.target, encoded=True).query)


@dataclass(frozen=True, slots=True)
class Response:
    """A whole response. Content-Length is added when it is sent."""

    body: bytes = b""
    status: int = 200
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    length_bytes: int | None = None
    """What Content-Length says instead of the length of `body`."""

    def head(self, *, framed: bool = True) -> bytes:
        """The status line and headers.

        `framed=False` leaves Content-Length out, for a fault that frames the body otherwise.
        """
        headers = self.headers.copy()
        if framed:
            length_bytes = len(self.body) if self.length_bytes is None else self.length_bytes
            headers["Content-Length"] = str(length_bytes)
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    def typed(self, content_type: str) -> Response:
        """The same response under another Content-Type."""
        headers = self.headers.copy()
        headers["Content-Type"] = content_type
        return replace(self, headers=headers)

    def without_body(self) -> Response:
        """What HEAD gets: the same headers, and no body."""
        return replace(self, body=b"", length_bytes=len(self.body))


def text(body: str, status: int = 200, content_type: str = "text/plain") -> Response:
    """A response of a few words."""
    return Response(body.encode(), status).typed(content_type)


async def read_request(reader: asyncio.StreamReader, connection: int, turn: int) -> Request | None:
    """The next request's head, its body drained; None where the connection ended in between.

    Raises `ValueError` where it is not HTTP/1.1.
    """
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    line, *fields = head.rstrip("\r\n").split("\r\n")
    method, target, version = line.split(" ")
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise ValueError(f"not HTTP/1.1: {line!r}")
    headers: CIMultiDict[str] = CIMultiDict()
    for name, _, value in (each.partition(":") for each in fields):
        headers.add(name, value.strip())
    await reader.readexactly(int(headers.get("Content-Length", "0")))
    return Request(method, target, headers, asyncio.get_running_loop().time(), connection, turn)


def ranged(request: Request, response: Response) -> Response:
    """The part of the body that Range asks for: 206, or 416 (RFC 9110, section 14).

    A Range of several parts or of another unit is ignored, as the RFC allows.
    """
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if response.status != 200 or not asked or asked.group() == "bytes=-":
        return response
    first, last = asked.groups()
    size = len(response.body)
    start = int(first) if first else max(size - int(last), 0)
    end = min(int(last) + 1, size) if first and last else size
    headers = response.headers.copy()
    if start >= end:
        headers["Content-Range"] = f"bytes */{size}"
        return Response(b"", 416, headers)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return Response(response.body[start:end], 206, headers)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
