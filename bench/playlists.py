"""The playlists that scenarios publish at the origin."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Protocol


def media_playlist(
    uris: Iterable[str], *, duration_s: float, first: int = 0, ended: bool = False
) -> bytes:
    """A media playlist of `uris`; `first` is its media sequence number."""
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{round(duration_s)}",
        f"#EXT-X-MEDIA-SEQUENCE:{first}",
    ]
    for uri in uris:
        lines += [f"#EXTINF:{duration_s:.3f},", uri]
    if ended:
        lines.append("#EXT-X-ENDLIST")
    return "\n".join([*lines, ""]).encode()


def multivariant_playlist(uris: Iterable[str]) -> bytes:
    """Renditions of the same bandwidth, told apart by their height."""
    lines = ["#EXTM3U"]
    for number, uri in enumerate(uris):
        height = 1080 - 360 * number
        lines += [f"#EXT-X-STREAM-INF:BANDWIDTH=6200000,RESOLUTION=1920x{height}", uri]
    return "\n".join([*lines, ""]).encode()


def window(prefix: str, first: int, count: int, *, duration_s: float) -> bytes:
    """`count` segments of a live stream, from number `first` on."""
    uris = (f"{prefix}{number}.ts" for number in range(first, first + count))
    return media_playlist(uris, duration_s=duration_s, first=first)


class Publisher(Protocol):
    """An origin to which playlists can be given."""

    def publish(self, name: str, body: bytes) -> None:
        """Make `body` what `/name` answers, from one request to the next."""
        ...


@asynccontextmanager
async def broadcast(
    origin: Publisher, prefixes: dict[str, str], *, count: int, duration_s: float, every_s: float
) -> AsyncIterator[None]:
    """Publish a sliding window for each name in `prefixes`, moved on by one every `every_s`."""

    def publish(first: int) -> None:
        for name, prefix in prefixes.items():
            origin.publish(name, window(prefix, first, count, duration_s=duration_s))

    async def go_on() -> None:
        first = 1
        while True:
            await asyncio.sleep(every_s)
            publish(first)
            first += 1

    publish(0)
    going_on = asyncio.create_task(go_on())
    try:
        yield
    finally:
        going_on.cancel()
        with suppress(asyncio.CancelledError):
            await going_on
