"""Bytes as they are: segments, parts, init sections, keys; whole or by range."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from f1stream.errors import UpstreamStatus
from f1stream.models import Upstream
from f1stream.net.client import Chunks, Client
from f1stream.proxy.media_types import media_type

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
class Relayed:
    """An upstream's answer on its way to a viewer.

    The body is `first` followed by `rest`. `length_bytes` is None where the upstream did not say,
    or said it of an encoded form.
    """

    status: int
    headers: Mapping[str, str]
    length_bytes: int | None
    first: bytes
    rest: AsyncIterator[bytes]


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
            rest = Chunks(response)
            first = await anext(rest, b"")
            yield Relayed(
                status=response.status,
                headers=_told(response, first),
                length_bytes=_length(response),
                first=first,
                rest=rest,
            )


def _told(response: aiohttp.ClientResponse, first: bytes) -> dict[str, str]:
    encoded = "Content-Encoding" in response.headers
    told = {
        name: response.headers[name]
        for name in _TOLD
        if name in response.headers and not (encoded and name in ("ETag", "Accept-Ranges"))
    }
    if response.status in (200, 206):
        declared = response.headers.get("Content-Type")
        # A range's bytes start anywhere: only the start of a whole body says what it is.
        told["Content-Type"] = media_type(
            declared, str(response.url), first if response.status == 200 else b""
        )
    return told


def _length(response: aiohttp.ClientResponse) -> int | None:
    return None if "Content-Encoding" in response.headers else response.content_length
