"""A player's view of a service: which links a playlist leads to."""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin, urlsplit
from urllib.request import ProxyHandler, build_opener

TIMEOUT_S = 30


async def fetched(url: str) -> bytes:
    """The body behind `url`, without any proxy in between."""
    return await asyncio.to_thread(_fetched, url)


def _fetched(url: str) -> bytes:
    with build_opener(ProxyHandler({})).open(url, timeout=TIMEOUT_S) as response:
        body: bytes = response.read()
        return body


def uris(playlist: bytes) -> list[str]:
    """The lines of a playlist that are URIs."""
    lines = (line.strip() for line in playlist.decode().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def path_of(url: str) -> str:
    """What a request for `url` names: its path and query."""
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def paths(playlist_url: str) -> list[str]:
    """The request paths of what a playlist lists, as the service itself wrote them."""
    listed = uris(await fetched(playlist_url))
    return [path_of(urljoin(playlist_url, uri)) for uri in listed]
