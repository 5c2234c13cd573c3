"""HTTP/1.1 as far as an origin needs it: read a request's head, form a response, cut a range.

Written out instead of using a server library, because one that is right would refuse to send what
the faults have to send.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from multidict import CIMultiDict
from yarl import URL

LAST_CHUNK = b"0\r\n\r\n"
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


class Framing(Enum):
    """How a client learns where a body ends (RFC 9112, section 6)."""

    LENGTH = "by Content-Length"
    CHUNKED = "by the last chunk"
    CLOSE = "by the end of the connection"


@dataclass(frozen=True, slots=True)
class Response:
    """A response: what is known of its body, and what of it is still to come."""

    body: bytes = b""
    status: int = 200
    headers: CIMultiDict[str] = field(default_factory=CIMultiDict)
    length_bytes: int | None = None
    """What Content-Length says instead of the length of `body`."""
    stream: AsyncIterator[bytes] | None = None
    """What follows `body`, as it is produced; without a `length_bytes` it needs another framing."""
    framing: Framing = Framing.LENGTH
    version: str = "HTTP/1.1"

    def head(self, *, framed: bool = True) -> bytes:
        """The status line and headers.

        `framed=False` leaves out what frames the body, for a fault that frames it otherwise.
        """
        headers = self.headers.copy()
        if framed and self.framing is Framing.LENGTH:
            length_bytes = len(self.body) if self.length_bytes is None else self.length_bytes
            headers["Content-Length"] = str(length_bytes)
        elif framed and self.framing is Framing.CHUNKED:
            headers["Transfer-Encoding"] = "chunked"
        lines = [f"{self.version} {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    async def wire(self) -> AsyncIterator[bytes]:
        """All that is sent, piece by piece."""
        chunked = self.framing is Framing.CHUNKED
        yield self.head() + (chunk(self.body) if chunked and self.body else self.body)
        if self.stream:
            async for piece in self.stream:
                yield chunk(piece) if chunked else piece
        if chunked:
            yield LAST_CHUNK

    async def whole(self) -> Response:
        """The same response once all of its body is there."""
        if self.stream is None:
            return self
        body = self.body + b"".join([piece async for piece in self.stream])
        return replace(self, body=body, stream=None)

    def typed(self, content_type: str) -> Response:
        """The same response under another Content-Type."""
        return self.with_headers({"Content-Type": content_type})

    def with_headers(self, headers: Mapping[str, str]) -> Response:
        """The same response with these headers set."""
        changed = self.headers.copy()
        changed.update(headers)
        return replace(self, headers=changed)

    def without_body(self) -> Response:
        """What HEAD gets: the same headers, and no body."""
        length_bytes = len(self.body) if self.length_bytes is None else self.length_bytes
        return replace(self, body=b"", length_bytes=length_bytes, framing=Framing.LENGTH)


Handler = Callable[[Request], Awaitable[Response]]


def chunk(content: bytes) -> bytes:
    """A chunk of a chunked body (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(content), content)


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

    A Range of several parts or of another unit is ignored, as the RFC allows. A body that is still
    produced stays as its handler made it.
    """
    asked = RANGE.fullmatch(request.headers.get("Range", ""))
    if response.status != 200 or response.stream or not asked or asked.group() == "bytes=-":
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
