"""Bytes as they are: segments, parts, init sections, keys; whole or by range."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from f1stream.errors import UpstreamStatus
from f1stream.models import Upstream
from f1stream.net.client import Chunks, Client, is_encoded
from f1stream.proxy.media_types import media_type
from f1stream.proxy.memory_file import MemoryFile

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
    body: AsyncIterator[bytes | memoryview] | FilePart


class Relay:
    """Fetches bytes for one viewer as they ask for them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @asynccontextmanager
    async def open(
        self, upstream: Upstream, *, method: str, asked: Mapping[str, str]
    ) -> AsyncIterator[Relayed]:
        """The upstream's answer to `method` (GET or HEAD); leaving the block ends the fetch.

        `asked` are the viewer's request headers, of which those about ranges and validators go
        upstream. Raises `UpstreamError`, also from the body.
        """
        headers = {name: asked[name] for name in _ASKED if name in asked}
        headers["Accept-Encoding"] = "identity"
        async with self._client.get(upstream, method=method, headers=headers) as response:
            if response.status not in _PASSED:
                raise UpstreamStatus(
                    f"{response.url.host} answered {response.status}", response.status
                )
            rest = Chunks(response, self._client.idle_s)
            first = await anext(rest, b"")
            yield Relayed(
                status=response.status,
                headers=_told_with_type(response, first),
                length_bytes=announced_bytes(response),
                body=_Rejoined(first, rest),
            )


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
    """A body whose beginning was looked at already."""

    def __init__(self, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self._first = first
        self._rest = rest

    def __aiter__(self) -> _Rejoined:
        return self

    async def __anext__(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        return await anext(self._rest)
