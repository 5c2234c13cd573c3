"""Where the forty stand: origins good and bad, and what is served from them."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.origin.cmaf import Tracks, encode_tracks
from tests.origin.forty.media import Media, encode_media
from tests.origin.origin import Origin
from tests.origin.programme import Programme, encode_programme


@dataclass(frozen=True, slots=True)
class Stock:
    """All media that the forty are made of."""

    media: Media
    tracks: Tracks
    programme: Programme


def encode_stock(folder: Path) -> Stock:
    """Make it below `folder`. Blocks for ten seconds; raises `EncodingFailed`."""
    return Stock(
        encode_media(folder / "media"),
        encode_tracks(folder / "tracks"),
        encode_programme(folder / "programme"),
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """What a stream is mounted on.

    `unknown` is an origin whose certificate nobody vouches for. At `nobody`, a URL without a
    path, nothing listens.
    """

    stock: Stock
    origin: Origin
    unknown: Origin
    nobody: str


@asynccontextmanager
async def opened(stock: Stock) -> AsyncIterator[Ground]:
    """The ground for the life of the block, with nothing mounted yet."""
    certified = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(certified)
    async with AsyncExitStack() as stack:
        # Bound and never listened to: whoever connects is refused, and nobody else gets the port.
        taken = stack.enter_context(socket.socket())
        taken.bind(("127.0.0.1", 0))
        yield Ground(
            stock,
            origin=await stack.enter_async_context(Origin()),
            unknown=await stack.enter_async_context(Origin(tls=certified)),
            nobody=f"http://127.0.0.1:{taken.getsockname()[1]}",
        )
