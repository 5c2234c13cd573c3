"""Whether a request went by a connection that was kept, which its host may end at any moment."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp

# What a connection's end looks like to who has just asked on it.
ENDED = (
    aiohttp.ClientOSError,
    aiohttp.ServerDisconnectedError,
    aiohttp.ClientConnectionResetError,
)
# Those that f1stream uses; asking again does nothing twice (RFC 9110, section 9.2.2).
IDEMPOTENT = frozenset({"GET", "HEAD"})


@dataclass(slots=True)
class Way:
    """How the last attempt at a request was sent; given to aiohttp as `trace_request_ctx`."""

    kept: bool = False


def noted_ways() -> aiohttp.TraceConfig:
    """What has aiohttp note each request's `Way`."""
    config = aiohttp.TraceConfig()

    async def reused(session: aiohttp.ClientSession, names: SimpleNamespace, told: Any) -> None:
        names.trace_request_ctx.kept = True

    async def made(session: aiohttp.ClientSession, names: SimpleNamespace, told: Any) -> None:
        names.trace_request_ctx.kept = False

    config.on_connection_reuseconn.append(reused)
    config.on_connection_create_start.append(made)
    return config
