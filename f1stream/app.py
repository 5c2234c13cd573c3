"""The composition root: the only place that builds services and hands them to each other."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from f1stream import store
from f1stream.catalogue import Catalogue
from f1stream.demo import demo_origin
from f1stream.errors import ConfigurationError
from f1stream.extractors import Demo, Extractor
from f1stream.hls.links import Links
from f1stream.http import Services, create_app
from f1stream.http.hits import Hits
from f1stream.http.spa import BuiltApp
from f1stream.jobs import Every, Refresh
from f1stream.net.client import Client, Timeouts, connect
from f1stream.net.guard import Guard
from f1stream.proxy.playlists import Playlists
from f1stream.proxy.relay import Relay
from f1stream.proxy.segments import Segments
from f1stream.settings import Settings
from f1stream.verifier import Probe

log = logging.getLogger(__name__)

APP_DIR = Path(__file__).resolve().parents[1] / "static" / "build"
DRAIN_S = 10
TICK_S = 15
# A link carries an upstream URL of at most 8 KiB, a third longer in base64.
MAX_REQUEST_LINE_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Running:
    """The services of one process, for the life of `running`."""

    services: Services
    refreshing: Every
    refresh: Refresh
    probe: Probe


@asynccontextmanager
async def running(settings: Settings, *, demo: bool = False) -> AsyncIterator[Running]:
    """Build every service; leaving the block closes them in reverse order.

    `demo` adds the test card, broadcast from a loopback port of this process.
    """
    links = Links([await asyncio.to_thread(_link_key, settings.data.dir)])
    async with (
        demo_origin() if demo else nullcontext() as origin,
        _client(settings, origin.url if origin else None) as client,
        Segments(
            client,
            max_bytes=int(settings.cache.segment_bytes),
            idle_s=settings.upstream.read_timeout,
        ) as segments,
        Playlists(
            client,
            links,
            max_bytes=int(settings.upstream.playlist_bytes),
            ttl_s=settings.cache.playlist_ttl,
        ) as playlists,
    ):
        sources = settings.sources + ((Demo(url=origin.url),) if origin else ())
        app = await asyncio.to_thread(BuiltApp.load, APP_DIR)
        yield _wired(settings, client, sources, links, app, playlists, segments)


@asynccontextmanager
async def _client(settings: Settings, demo_url: str | None) -> AsyncIterator[Client]:
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
    ) as client:
        yield client


def _endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if parts.hostname is None or parts.port is None:
        raise ValueError("the demo's URL names its host and port")
    return parts.hostname, parts.port


def _wired(
    settings: Settings,
    client: Client,
    sources: tuple[Extractor, ...],
    links: Links,
    app: BuiltApp,
    playlists: Playlists,
    segments: Segments,
) -> Running:
    max_bytes = int(settings.upstream.playlist_bytes)
    catalogue = Catalogue((source.key, source.name) for source in sources)
    probe = Probe(client, timeout_s=settings.verify.timeout, max_bytes=max_bytes)
    refresh = Refresh(sources, client, catalogue, probe, concurrency=settings.verify.concurrency)
    refreshing = Every(refresh.round, interval_s=TICK_S, name="refresh")

    async def extract() -> None:
        refresh.force()
        await refreshing.now()

    token = settings.access.admin_token
    services = Services(
        links=links,
        catalogue=catalogue,
        playlists=playlists,
        relay=Relay(client),
        segments=segments,
        extract=extract,
        app=app,
        admin_token=token.get_secret_value() if token else None,
    )
    return Running(services, refreshing, refresh, probe)


def _link_key(directory: Path) -> bytes:
    """The key from `$F1STREAM_SECRET` or the data dir; one for this process where neither is."""
    secret = os.environ.get("F1STREAM_SECRET")
    if secret is not None:
        return _key_of(secret)
    try:
        return store.link_key(directory)
    except OSError as error:
        log.warning(
            "%s can't be written (%s): links end with this process; "
            "make it writable, set data.dir, or set F1STREAM_SECRET",
            directory,
            error.strerror,
        )
        return store.new_key()


def _key_of(secret: str) -> bytes:
    if len(secret) < 16:
        raise ConfigurationError(
            ["F1STREAM_SECRET: is shorter than 16 characters; write 32 random ones or more"]
        )
    return store.key_from(secret)


async def serve(
    settings: Settings, *, demo: bool = False, started: Callable[[str], None] = lambda url: None
) -> None:
    """Run until SIGTERM or SIGINT, then finish what is being sent, for `DRAIN_S` at most.

    `started` is called with the address once requests are answered. Raises `OSError` where the
    port can't be had.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with (
        running(settings, demo=demo) as run,
        listening(run.services, settings.server.host, settings.server.port) as port,
        asyncio.TaskGroup() as background,
    ):
        refreshing = background.create_task(run.refreshing.run())
        started(settings.server.public_url or f"http://{_shown(settings.server.host)}:{port}")
        await stop.wait()
        log.info("stopping: what is being sent is finished first, %d s at most", DRAIN_S)
        run.services.stopping = True
        refreshing.cancel()


@asynccontextmanager
async def listening(services: Services, host: str, port: int) -> AsyncIterator[int]:
    """Answer requests on `host` and `port`; yields the port, of which 0 takes a free one."""
    runner = web.AppRunner(
        create_app(services),
        access_log=None,
        max_line_size=MAX_REQUEST_LINE_BYTES,
        handler_cancellation=True,
        shutdown_timeout=DRAIN_S,
        keepalive_timeout=75,
    )
    await runner.setup()
    if runner.server is None:
        raise AssertionError("setup makes the server")
    runner.server.request_handler = Hits(services, runner.server.request_handler)
    try:
        site = web.TCPSite(runner, host, port, reuse_address=True)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def _shown(host: str) -> str:
    """An address that a browser on this machine can open."""
    if host in ("0.0.0.0", "::"):
        return "localhost"
    return f"[{host}]" if ":" in host else host
