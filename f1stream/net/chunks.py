"""A response's body as it arrives, or whole within a bound; every failure is an `UpstreamError`."""

from __future__ import annotations

import asyncio

import aiohttp

from f1stream.errors import TooLarge
from f1stream.net.translation import translated


class Chunks:
    """A response's decoded body as it arrives, for `async for`.

    Raises `UpstreamError` where the body breaks off or is silent for `idle_s` seconds. An
    iterator, not a generator: one that is left half-read needs no closing of its own.
    """

    def __init__(self, response: aiohttp.ClientResponse, idle_s: float) -> None:
        self._response = response
        self._idle_s = idle_s

    def __aiter__(self) -> Chunks:
        return self

    async def __anext__(self) -> bytes:
        with translated(str(self._response.url)):
            async with asyncio.timeout(self._idle_s):
                chunk = await self._response.content.readany()
        if not chunk:
            raise StopAsyncIteration
        return chunk


async def read_bounded(response: aiohttp.ClientResponse, max_bytes: int, idle_s: float) -> bytes:
    """The whole decoded body, or `TooLarge` as soon as it exceeds `max_bytes`."""
    body = bytearray()
    async for chunk in Chunks(response, idle_s):
        body += chunk
        if len(body) > max_bytes:
            raise TooLarge(f"{response.url.host} sent more than {max_bytes} bytes")
    return bytes(body)
