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

from f1stream import store
from f1stream.brief import Brief
from f1stream.catalogue import Catalogue, Viewing
from f1stream.demo import demo_origin
from f1stream.errors import ConfigurationError
from f1stream.extractors import Demo, Extractor
from f1stream.fronts import Fronts
from f1stream.hls.links import Link, Links
from f1stream.http import Services, create_app
from f1stream.http.api import topics
from f1stream.http.listening import DRAIN_S, answering
from f1stream.http.news import News
from f1stream.http.spa import BuiltApp
from f1stream.jobs import Cadence, Keeping, Refresh, Rounds, Timetable
from f1stream.models import Upstream
from f1stream.net.client import Client, Timeouts, connect
from f1stream.net.guard import Guard
from f1stream.proxy.playlists import Playlists, Rewriting
from f1stream.proxy.relay import Relay
from f1stream.proxy.segments import Segments
from f1stream.settings import Settings
from f1stream.sharing import shares, sharing
from f1stream.verifier import Probe

log = logging.getLogger(__name__)

APP_DIR = Path(__file__).resolve().parents[1] / "static" / "build"


@dataclass(frozen=True, slots=True)
class Running:
    """The services of one process, for the life of `running`."""

    services: Services
    catalogue: Catalogue
    rounds: Rounds
    refresh: Refresh
    keeping: Keeping
    probe: Probe


@asynccontextmanager
async def running(settings: Settings, *, demo: bool = False) -> AsyncIterator[Running]:
    """Build every service; leaving the block closes them in reverse order.

    `demo` adds the test card, broadcast from a loopback port of this process.
    """
    links = Links([await asyncio.to_thread(_link_key, settings.data.dir)])
    segment_bytes, _ = shares(int(settings.cache.segment_bytes), settings.server.workers)
    async with (
        demo_origin() if demo else nullcontext() as origin,
        _client(settings, origin.url if origin else None) as client,
        Segments(
            client,
            max_bytes=segment_bytes,
            idle_s=settings.upstream.read_timeout,
        ) as segments,
        Playlists(
            Rewriting(client, links, max_bytes=int(settings.upstream.playlist_bytes)),
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
    timetable: Timetable | None = None,
) -> Running:
    max_bytes = int(settings.upstream.playlist_bytes)
    catalogue = Catalogue((source.key, source.name) for source in sources)
    probe = Probe(client, timeout_s=settings.verify.timeout, max_bytes=max_bytes)
    viewing = Viewing()
    refresh = Refresh(
        sources,
        client,
        catalogue,
        probe,
        cadence=Cadence(timetable),
        watched=viewing.active,
    )
    rounds = Rounds(refresh)
    news = News(topics(catalogue))
    catalogue.watch(lambda topic: news.tell(topic, "progress"))

    def upstream_of(link: Link) -> Upstream:
        entry = catalogue.get(link.scope)
        if entry is None:
            return Upstream(link.url)
        return Upstream(link.url, entry.stream.upstream.headers, entry.stream.upstream.home)

    token = settings.access.admin_token
    services = Services(
        links=links,
        upstream_of=upstream_of,
        catalogue=catalogue,
        playlists=playlists,
        relay=Relay(client),
        segments=segments,
        viewing=viewing,
        extract=rounds.force,
        news=news,
        app=app,
        admin_token=token.get_secret_value() if token else None,
    )
    keeping = Keeping(catalogue, settings.data.dir)
    return Running(services, catalogue, rounds, refresh, keeping, probe)


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

    `started` is called with the address once all workers answer requests. Raises `OSError` where
    the port can't be had.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with (
        _recalled(settings, demo) as run,
        _serving(settings, run) as (port, fronts),
        asyncio.TaskGroup() as background,
    ):
        tasks = [background.create_task(work) for work in (run.rounds.run(), run.keeping.run())]
        started(settings.server.public_url or f"http://{_shown(settings.server.host)}:{port}")
        await stop.wait()
        log.info("stopping: what is being sent is finished first, %d s at most", DRAIN_S)
        run.services.stopping = True
        run.services.news.close()
        if fronts:
            fronts.stop()
        for task in tasks:
            task.cancel()


@asynccontextmanager
async def _recalled(settings: Settings, demo: bool) -> AsyncIterator[Running]:
    """The services, with what was known before a restart."""
    async with running(settings, demo=demo) as run:
        await run.keeping.recall()
        yield run


@asynccontextmanager
async def _serving(settings: Settings, run: Running) -> AsyncIterator[tuple[int, Fronts | None]]:
    """Answer viewers, in more processes than this one where so many are wanted."""
    server, services = settings.server, run.services
    if server.workers == 1:
        async with answering(create_app(services), services, server.host, server.port) as port:
            yield port, None
        return
    _, front_bytes = shares(int(settings.cache.segment_bytes), server.workers)
    brief = Brief(
        host=server.host,
        port=server.port,
        keys=services.links.keys,
        segment_bytes=front_bytes,
        # The owner tries twice, and says itself what came of it.
        patience_s=2 * (settings.upstream.connect_timeout + settings.upstream.read_timeout) + 5,
    )
    async with sharing(services, brief, server.workers) as (port, fronts):
        yield port, fronts


def _shown(host: str) -> str:
    """An address that a browser on this machine can open."""
    if host in ("0.0.0.0", "::"):
        return "localhost"
    return f"[{host}]" if ":" in host else host
