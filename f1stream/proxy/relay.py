"""Bytes as they are: segments, parts, init sections, keys; whole or by range."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp

from f1stream.errors import TooLarge, Truncated, UpstreamDown, UpstreamStatus
from f1stream.models import Upstream
from f1stream.net.body import plain_bytes
from f1stream.net.chunks import Chunks
from f1stream.net.client import Client, is_encoded
from f1stream.net.splice import MOST_PIPES
from f1stream.proxy.media_types import media_type
from f1stream.proxy.memory_file import MemoryFile
from f1stream.proxy.passage import Passage, Passages

ATTEMPTS = 2
MAX_BYTES = 1 << 30
# The body is taken over from aiohttp: what it reads before that is copied once more.
READ_AHEAD_BYTES = 1024

# What a viewer may ask for that changes the answer (RFC 9110, sections 13 and 14).
_ASKED = ("Range", "If-Range", "If-None-Match", "If-Modified-Since")
# What describes the bytes themselves. Everything else is between f1stream and the upstream.
_TOLD = (
    "Accept-Ranges",
    "Content-Range",
    "ETag",
    "Last-Modified",
    "Cache-Control",
    "Expires",
    "Age",
)
_PASSED = frozenset({200, 206, 304, 416})


@dataclass(frozen=True, slots=True)
class FilePart:
    """A body that the kernel sends from a file."""

    file: MemoryFile
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class Relayed:
    """An answer on its way to a viewer.

    `length_bytes` is None where the upstream did not say, or said it of an encoded form. `body`
    raises `UpstreamError` where it ends short.
    """

    status: int
    headers: Mapping[str, str]
    length_bytes: int | None
    body: AsyncIterator[bytes | memoryview] | FilePart | Passage


class Relay:
    """Fetches bytes for one viewer as they ask for them, and keeps nothing.

    No body may be larger than `max_bytes`.
    """

    def __init__(
        self, client: Client, *, max_bytes: int = MAX_BYTES, most_pipes: int = MOST_PIPES
    ) -> None:
        self._client = client
        self._max_bytes = max_bytes
        self._passages = Passages(most_pipes)

    def __repr__(self) -> str:
        return f"<Relay {self._passages!r}>"

    def close(self) -> None:
        """Let go of what waits for the next body."""
        self._passages.pipes.close()

    @asynccontextmanager
    async def open(
        self, upstream: Upstream, *, method: str, asked: Mapping[str, str]
    ) -> AsyncIterator[Relayed]:
        """The upstream's answer to `method` (GET or HEAD); leaving the block ends the fetch.

        `asked` are the viewer's request headers, of which those about ranges and validators go
        upstream. A body that breaks off before its first byte is tried once more. Raises
        `UpstreamError`, also from the body.
        """
        headers = {name: asked[name] for name in _ASKED if name in asked}
        headers["Accept-Encoding"] = "identity"
        async with AsyncExitStack() as stack:
            for attempt in range(1, ATTEMPTS + 1):
                response = await stack.enter_async_context(
                    self._client.get(
                        upstream, method=method, headers=headers, read_ahead_bytes=READ_AHEAD_BYTES
                    )
                )
                _checked(response)
                self._check_size(response)
                size_bytes = plain_bytes(response)
                rest = Chunks(response, self._client.idle_s)
                try:
                    first = await anext(rest, b"")
                except (UpstreamDown, Truncated):
                    if attempt == ATTEMPTS:
                        raise
                else:
                    break
            yield Relayed(
                status=response.status,
                headers=_told_with_type(response, first),
                length_bytes=announced_bytes(response),
                body=self._body(response, first, rest, size_bytes),
            )

    def _body(
        self, response: aiohttp.ClientResponse, first: bytes, rest: Chunks, size_bytes: int | None
    ) -> AsyncIterator[bytes] | Passage:
        if size_bytes is None or response.method == "HEAD":
            return _Rejoined(first, rest, self._max_bytes)
        return Passage(self._passages, response, first, size_bytes, self._client.idle_s)

    def _check_size(self, response: aiohttp.ClientResponse) -> None:
        if response.method != "HEAD" and (announced_bytes(response) or 0) > self._max_bytes:
            raise _too_large(self._max_bytes)


def _too_large(max_bytes: int) -> TooLarge:
    return TooLarge(f"the body is larger than limits.segment_bytes = {max_bytes}")


def _checked(response: aiohttp.ClientResponse) -> None:
    if response.status not in _PASSED:
        raise UpstreamStatus(f"{response.url.host} answered {response.status}", response.status)


def told(response: aiohttp.ClientResponse) -> dict[str, str]:
    """What a viewer is told about the body, but for its type."""
    encoded = is_encoded(response)
    return {
        name: response.headers[name]
        for name in _TOLD
        if name in response.headers and not (encoded and name in ("ETag", "Accept-Ranges"))
    }


def _told_with_type(response: aiohttp.ClientResponse, first: bytes) -> dict[str, str]:
    headers = told(response)
    if response.status in (200, 206):
        declared = response.headers.get("Content-Type")
        # A range's bytes start anywhere: only the start of a whole body says what it is.
        head = first if response.status == 200 else b""
        headers["Content-Type"] = media_type(declared, str(response.url), head)
    return headers


def announced_bytes(response: aiohttp.ClientResponse) -> int | None:
    """The length of the body as viewers get it, decoded; None where the upstream did not say."""
    return None if is_encoded(response) else response.content_length


class _Rejoined:
    """A body whose beginning was looked at already, and whose end nobody has announced."""

    def __init__(self, first: bytes, rest: AsyncIterator[bytes], max_bytes: int) -> None:
        self._first = first
        self._rest = rest
        self._max_bytes = max_bytes
        self._left_bytes = max_bytes

    def __aiter__(self) -> _Rejoined:
        return self

    async def __anext__(self) -> bytes:
        chunk, self._first = self._first or await anext(self._rest), b""
        self._left_bytes -= len(chunk)
        if self._left_bytes < 0:
            raise _too_large(self._max_bytes)
        return chunk
