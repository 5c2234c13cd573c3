"""The composition root: the only place that builds services and hands them to each other."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from f1stream import store
from f1stream.browser import Browser
from f1stream.catalogue import Catalogue, Viewing
from f1stream.demo import demo_origin
from f1stream.errors import ConfigurationError, Forbidden
from f1stream.extractors import OWN, Demo, Extractor, Reach, Roster
from f1stream.hls.links import Links
from f1stream.http import Services
from f1stream.http.api import topics
from f1stream.http.news import News
from f1stream.http.spa import BuiltApp
from f1stream.isolated import Isolation, Means
from f1stream.jobs import Cadence, Every, Keeping, Refresh, Renewal, Rounds, Tokens
from f1stream.metrics.tally import Tally
from f1stream.net.client import Client, Timeouts, connect
from f1stream.net.guard import Guard
from f1stream.proxy.documents import Documents, rewriting
from f1stream.proxy.playlists import Playlists
from f1stream.proxy.relay import Relay
from f1stream.proxy.rewriting import Rewriting
from f1stream.proxy.segments import Segments
from f1stream.schedule import Jolpica, Storage, Timetable, bundled
from f1stream.settings import Settings
from f1stream.sharing import shares
from f1stream.tracing.spans import Trace, untraced
from f1stream.verifier import Probe

log = logging.getLogger(__name__)

APP_DIR = Path(__file__).resolve().parents[1] / "static" / "build"
SCHEDULE_TICK_S = 60


@dataclass(frozen=True, slots=True)
class Running:
    """The services of one process, for the life of `running`."""

    services: Services
    background: Background

    @property
    def catalogue(self) -> Catalogue:
        return self.services.catalogue


@dataclass(frozen=True, slots=True)
class Background:
    """What works by the clock, once somebody runs it, and the probe that it works with."""

    rounds: Rounds
    refresh: Refresh
    keeping: Keeping
    renewal: Renewal
    renewing: Every
    probe: Probe


@dataclass(frozen=True, slots=True)
class _Observed:
    """Where it is noted what happens: numbers and traces."""

    tally: Tally
    trace: Trace

    def of(self, client: Client, purpose: str) -> Client:
        """The client for one purpose, its requests counted as such."""
        return client.counted(self.tally.upstream(purpose))


@dataclass(frozen=True, slots=True)
class _Proxying:
    """What players' requests are answered with."""

    links: Links
    playlists: Playlists
    documents: Documents
    segments: Segments
    relay: Relay


@asynccontextmanager
async def running(
    settings: Settings, *, roster: Roster = OWN, demo: bool = False, trace: Trace = untraced
) -> AsyncIterator[Running]:
    """Build every service; leaving the block closes them in reverse order.

    `roster` has the extractors that leads are followed with, those of other packages too. `demo`
    adds the test card, broadcast from a loopback port of this process.
    """
    observed = _Observed(Tally(), trace)
    async with (
        demo_origin() if demo else nullcontext() as origin,
        _client(settings, origin.url if origin else None) as client,
        _browser(settings) as browser,
        _proxying(settings, client, observed) as proxying,
    ):
        sources = settings.sources + ((Demo(url=origin.url),) if origin else ())
        viewing = Viewing()
        catalogue = Catalogue(((source.key, source.name) for source in sources), viewing.active)
        timetable = await asyncio.to_thread(_timetable, settings, observed.of(client, "schedule"))
        reach = Reach(observed.of(client, "extraction"), _isolation(settings), browser)
        background = _background(
            settings, sources, roster, reach, catalogue, viewing, timetable, observed
        )
        app = await asyncio.to_thread(BuiltApp.load, APP_DIR)
        async with Tokens(
            catalogue,
            background.rounds.reread,
            observed.of(client, "playlist"),
            proxying.playlists,
            proxying.links,
            max_bytes=int(settings.upstream.playlist_bytes),
        ) as tokens:
            yield Running(
                _services(
                    settings,
                    proxying,
                    tokens,
                    catalogue,
                    viewing,
                    timetable,
                    background,
                    app,
                    observed,
                ),
                background,
            )


@asynccontextmanager
async def _proxying(
    settings: Settings, client: Client, observed: _Observed
) -> AsyncIterator[_Proxying]:
    links = Links([await asyncio.to_thread(_link_key, settings.data.dir)])
    segment_bytes, _ = shares(int(settings.cache.segment_bytes), settings.server.workers)
    root = settings.server.public_url.rstrip("/") + "/"
    media = observed.of(client, "media")
    async with (
        Segments(
            media,
            max_bytes=segment_bytes,
            idle_s=settings.upstream.read_timeout,
            lookups=observed.tally.segments,
        ) as segments,
        Playlists(
            Rewriting(
                observed.of(client, "playlist"),
                links,
                max_bytes=int(settings.upstream.playlist_bytes),
                root=root,
                ahead=segments.prefetch if settings.cache.prefetch else None,
                trace=observed.trace,
            ),
            ttl_s=settings.cache.playlist_ttl,
            lookups=observed.tally.playlists,
        ) as playlists,
        Documents(observed.of(client, "document"), rewriting(links, root)) as documents,
    ):
        with closing(Relay(media)) as relay:
            yield _Proxying(links, playlists, documents, segments, relay)


def _background(
    settings: Settings,
    sources: tuple[Extractor, ...],
    roster: Roster,
    reach: Reach,
    catalogue: Catalogue,
    viewing: Viewing,
    timetable: Timetable,
    observed: _Observed,
) -> Background:
    probe = Probe(
        observed.of(reach.client, "verification"),
        timeout_s=settings.verify.timeout,
        max_bytes=int(settings.upstream.playlist_bytes),
    )
    refresh = Refresh(
        sources,
        reach,
        catalogue,
        probe,
        roster=roster,
        cadence=Cadence(timetable),
        watched=viewing.active,
        tally=observed.tally,
        trace=observed.trace,
    )
    renewal = Renewal(timetable)
    return Background(
        rounds=Rounds(refresh),
        refresh=refresh,
        keeping=Keeping(catalogue, settings.data.dir),
        renewal=renewal,
        renewing=Every(renewal.round, interval_s=SCHEDULE_TICK_S, name="schedule"),
        probe=probe,
    )


def _services(
    settings: Settings,
    proxying: _Proxying,
    tokens: Tokens,
    catalogue: Catalogue,
    viewing: Viewing,
    timetable: Timetable,
    background: Background,
    app: BuiltApp,
    observed: _Observed,
) -> Services:
    news = News(topics(catalogue))
    catalogue.watch(lambda topic: news.tell(topic, "progress"))

    token = settings.access.admin_token
    return Services(
        links=proxying.links,
        upstream_of=tokens.upstream_of,
        renewed=tokens.renewed,
        playlists=proxying.playlists,
        documents=proxying.documents,
        relay=proxying.relay,
        segments=proxying.segments,
        viewing=viewing,
        catalogue=catalogue,
        extract=background.rounds.force,
        news=news,
        timetable=timetable,
        renew=background.renewal.now if settings.schedule.enabled else _not_renewed,
        app=app,
        admin_token=token.get_secret_value() if token else None,
        tally=observed.tally,
        trace=observed.trace,
    )


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


def _isolation(settings: Settings) -> Isolation:
    upstream = settings.upstream
    return Isolation(
        allow_private=upstream.allow_private,
        means=Means(proxy=upstream.proxy, ca_file=upstream.ca_file),
    )


def _browser(settings: Settings) -> Browser:
    return Browser(Guard(settings.upstream.allow_private), cdp_url=settings.verify.cdp_url)


def _endpoint(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if parts.hostname is None or parts.port is None:
        raise ValueError("the demo's URL names its host and port")
    return parts.hostname, parts.port


def _timetable(settings: Settings, client: Client) -> Timetable:
    storage = Storage(settings.schedule.path or settings.data.dir / "schedule.json")
    api = Jolpica(client, settings.schedule.url)
    return Timetable(api, storage, kept=storage.load(), bundled=bundled())


async def _not_renewed() -> None:
    raise Forbidden("the schedule is not renewed here; set schedule.enabled to true")


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
