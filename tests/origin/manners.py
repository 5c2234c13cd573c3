"""What well-meaning upstreams do that a client has to put up with.

A manner stands between the origin and a handler, so that several can be had at once: the one given
last is the outermost. What is not merely odd but wrong is a fault instead.
"""

from __future__ import annotations

import gzip
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, Protocol
from urllib.parse import urlsplit

import brotli  # type: ignore[import-untyped]

from tests.origin.addresses import with_addresses
from tests.origin.message import Framing, Handler, Request, Response, text

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MOVED = "moved=yes"


class Manner(Protocol):
    """A way of answering."""

    async def answer(self, handler: Handler, request: Request) -> Response:
        """Answer, mostly by what the handler says."""


@dataclass(frozen=True, slots=True)
class Says:
    """Adds headers to every response."""

    headers: dict[str, str]

    async def answer(self, handler: Handler, request: Request) -> Response:
        return (await handler(request)).with_headers(self.headers)


CORS = Says(
    {
        "Access-Control-Allow-Origin": "*",
        "Access-Control-Allow-Headers": "*",
        "Access-Control-Expose-Headers": "*",
    }
)
"""Lets pages of other origins read, as upstreams do that are made for players in browsers."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Calls what ends with `suffix` something else: a segment `image/jpeg`, a playlist
    `text/plain; charset=utf-16`."""

    content_type: str
    suffix: str = ""

    async def answer(self, handler: Handler, request: Request) -> Response:
        response = await handler(request)
        return response.typed(self.content_type) if request.path.endswith(self.suffix) else response


@dataclass(frozen=True, slots=True)
class Compressed:
    """Encodes playlists (RFC 9110, section 8.4): who accepts it, or everybody, gets them so."""

    coding: Literal["gzip", "br", "zstd"]
    unasked: bool = False

    async def answer(self, handler: Handler, request: Request) -> Response:
        response = await handler(request)
        accepted = self.unasked or self.coding in request.headers.get("Accept-Encoding", "")
        if not (accepted and is_playlist(response)):
            return response
        encode = {"gzip": gzip.compress, "br": brotli.compress, "zstd": zstd.compress}[self.coding]
        headers = {"Content-Encoding": self.coding, "Vary": "Accept-Encoding"}
        return replace(response, body=encode(response.body)).with_headers(headers)


@dataclass(frozen=True, slots=True)
class Http10:
    """Speaks HTTP/1.0: no length, and the end of the connection is the end of the body."""

    async def answer(self, handler: Handler, request: Request) -> Response:
        return replace(await handler(request), version="HTTP/1.0", framing=Framing.CLOSE)


@dataclass(frozen=True, slots=True)
class Chunked:
    """Sends every body chunked, however well its length is known."""

    async def answer(self, handler: Handler, request: Request) -> Response:
        return replace(await handler(request), framing=Framing.CHUNKED)


@dataclass(frozen=True, slots=True)
class SetsCookie:
    """Sets a cookie with every answer to `path`, as Multivariant Playlists do."""

    path: str
    name: str = "session"
    value: str = "spa-2026"
    attributes: str = "; Path=/; HttpOnly"

    async def answer(self, handler: Handler, request: Request) -> Response:
        response = await handler(request)
        if request.path != self.path:
            return response
        return response.with_headers({"Set-Cookie": f"{self.name}={self.value}{self.attributes}"})


@dataclass(frozen=True, slots=True)
class NeedsCookie:
    """Refuses with 403 who comes without a cookie; `free` is a path that does not need it."""

    free: str = ""
    name: str = "session"
    value: str = "spa-2026"

    async def answer(self, handler: Handler, request: Request) -> Response:
        cookies = request.headers.get("Cookie", "").split("; ")
        if request.path != self.free and f"{self.name}={self.value}" not in cookies:
            return text("no cookie, no stream\n", 403)
        return await handler(request)


@dataclass(frozen=True, slots=True)
class NeedsHeader:
    """Refuses with 403 who comes without a header."""

    name: str
    value: str

    async def answer(self, handler: Handler, request: Request) -> Response:
        if request.headers.get(self.name) != self.value:
            return text(f"{self.name} is missing or wrong\n", 403)
        return await handler(request)


@dataclass(frozen=True, slots=True)
class Redirects:
    """Sends each request for what ends with `suffix` to the same thing elsewhere.

    Elsewhere is another origin (`to="http://127.0.0.2:…"`) that serves the same, or by default
    this one, named by a relative reference.
    """

    suffix: str = ""
    to: str = ""
    status: int = 302

    async def answer(self, handler: Handler, request: Request) -> Response:
        if not request.path.endswith(self.suffix) or MOVED in request.target:
            return await handler(request)
        address = urlsplit(request.target)
        path = self.to + address.path if self.to else address.path.rpartition("/")[2]
        query = "&".join(filter(None, (address.query, MOVED)))
        location = {"Location": f"{path}?{query}"}
        return Response(b"", self.status).with_headers(location)


@dataclass(frozen=True, slots=True)
class Disguises:
    """Gives media segments the name and the type of something else."""

    suffixes: tuple[str, ...] = (".ts", ".m4s")
    instead: str = ".jpg"
    content_type: str = "image/jpeg"

    async def answer(self, handler: Handler, request: Request) -> Response:
        path, mark, query = request.target.partition("?")
        if path.endswith(self.instead):
            real = replace(request, target=path.removesuffix(self.instead) + mark + query)
            return (await handler(real)).typed(self.content_type)
        response = await handler(request)
        return in_playlist(response, self._disguised) if is_playlist(response) else response

    def _disguised(self, address: str) -> str:
        path, mark, query = address.partition("?")
        return f"{path}{self.instead}{mark}{query}" if path.endswith(self.suffixes) else address


def is_playlist(response: Response) -> bool:
    """Whether a response is a playlist, whatever it is called."""
    return response.body.startswith(b"#EXTM3U")


def in_playlist(response: Response, change: Callable[[str], str]) -> Response:
    """The same playlist with every address changed."""
    return replace(response, body=with_addresses(response.body.decode(), change).encode())
