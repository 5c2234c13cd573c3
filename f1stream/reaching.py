"""What reaches other machines, made as the settings say: client, isolation, browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from f1stream.browser import Browser
from f1stream.isolated import Isolation, Means
from f1stream.net.client import Client, Timeouts, connect
from f1stream.net.guard import Guard
from f1stream.settings import Settings

# Browser contexts for the sources that need one.
EXTRACTING = 2

Admit = Callable[[int], Awaitable[None]]


@asynccontextmanager
async def opened_client(settings: Settings, demo_url: str | None) -> AsyncIterator[Client]:
    """The client of this process; with a demo, its origin may be reached as well."""
    upstream = settings.upstream
    guard = Guard(
        upstream.allow_private,
        allow_endpoints=[_endpoint(demo_url)] if demo_url else (),
    )
    timeouts = Timeouts(
        connect_s=upstream.connect_timeout,
        head_s=upstream.connect_timeout + upstream.read_timeout,
        read_s=upstream.read_timeout,
    )
    async with connect(
        guard,
        timeouts=timeouts,
        user_agent=upstream.user_agent,
        ca_file=upstream.ca_file,
        proxy=upstream.proxy or None,
        max_redirects=settings.limits.redirects,
        most_per_host=settings.limits.upstream_connections,
    ) as client:
        yield client


def isolation(settings: Settings, admit: Admit) -> Isolation:
    """Where the libraries run that fetch by themselves, when `admit` has memory for them."""
    upstream = settings.upstream
    return Isolation(
        allow_private=upstream.allow_private,
        means=Means(proxy=upstream.proxy, ca_file=upstream.ca_file),
        admit=admit,
    )


def browser(settings: Settings, admit: Admit) -> Browser:
    """The browser, for sources and for proofs, when `admit` has memory for it."""
    # Checks don't wait for the sources that need a browser, nor those for checks.
    return Browser(
        Guard(settings.upstream.allow_private),
        cdp_url=settings.verify.cdp_url,
        contexts=settings.verify.concurrency + EXTRACTING,
        admit=admit,
    )


def _endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if parts.hostname is None or parts.port is None:
        raise ValueError("the demo's URL names its host and port")
    return parts.hostname, parts.port
