"""The composition root: the only place that builds services and hands them to each other."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from f1stream import store
from f1stream.browser import Browser
from f1stream.catalogue import Catalogue, Viewing
from f1stream.demo import demo_origin
from f1stream.errors import ConfigurationError, Forbidden
from f1stream.extractors import OWN, Demo, Extractor, Reach, Roster
from f1stream.hls.links import Links
from f1stream.http import Services
from f1stream.http.api import play_url, topics
from f1stream.http.forwarded import Trusted
from f1stream.http.limits import Limits
from f1stream.http.news import News
from f1stream.http.schedule import season_topic
from f1stream.http.sessions import Gate, viewer_key
from f1stream.http.spa import BuiltApp
from f1stream.isolated import Isolation, Means
from f1stream.jobs import Cadence, Every, Keeping, Proving, Refresh, Renewal, Rounds, Tokens
from f1stream.metrics.tally import Tally
from f1stream.models import Stream
from f1stream.net.client import Client, Timeouts, connect
from f1stream.net.guard import Guard
from f1stream.proxy.documents import Documents, rewriting
from f1stream.proxy.playlists import Playlists
from f1stream.proxy.relay import Relay
from f1stream.proxy.rewriting import Rewriting
from f1stream.proxy.segments import Segments
from f1stream.replicas import Replica, common_keys
from f1stream.schedule import Jolpica, Storage, Timetable, bundled
from f1stream.settings import Settings
from f1stream.sharing import shares
from f1stream.tracing.spans import Trace, untraced
from f1stream.verifier import Previews, Probe, Vantage

if TYPE_CHECKING:
    from f1stream.replicas.state import State

log = logging.getLogger(__name__)

APP_DIR = Path(__file__).resolve().parents[1] / "static" / "build"
SCHEDULE_TICK_S = 60
# Browser contexts for the sources that need one.
EXTRACTING = 2
SECRET, OLD_SECRET = "F1STREAM_SECRET", "F1STREAM_SECRET_OLD"


@dataclass(frozen=True, slots=True)
class Running:
    """The services of one process, for the life of `running`."""

    services: Services
    background: Background
    browser: Browser
    replica: Replica | None = None

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
    gate: Gate
    playlists: Playlists
    documents: Documents
    segments: Segments
    relay: Relay


@asynccontextmanager
async def running(
    settings: Settings,
    *,
    roster: Roster = OWN,
    demo: bool = False,
    trace: Trace = untraced,
    state: State | None = None,
) -> AsyncIterator[Running]:
    """Build every service; leaving the block closes them in reverse order.

    `roster` has the extractors that leads are followed with, those of other packages too. `demo`
    adds the test card, broadcast from a loopback port of this process. `state` is what is shared
    with other replicas.
    """
    observed = _Observed(Tally(), trace)
    async with (
        demo_origin() if demo else nullcontext() as origin,
        _client(settings, origin.url if origin else None) as client,
        _browser(settings) as browser,
        _proxying(settings, client, observed, state) as proxying,
    ):
        sources = settings.sources + ((Demo(url=origin.url),) if origin else ())
        viewing = Viewing()
        catalogue = Catalogue(((source.key, source.name) for source in sources), viewing.active)
        timetable = await asyncio.to_thread(_timetable, settings, observed.of(client, "schedule"))
        reach = Reach(observed.of(client, "extraction"), _isolation(settings), browser)
        previews = Previews(settings.data.dir)
        background = _background(
            settings, sources, roster, reach, catalogue, viewing, timetable, observed
        )
        replica = None
        if state is not None:
            # What the environment says is the same for all, and needs no sharing.
            key = None if SECRET in os.environ else proxying.links.keys[0]
            replica = Replica(state, catalogue, viewing, previews, background.rounds, link_key=key)
        app = await asyncio.to_thread(BuiltApp.load, APP_DIR)
        async with Tokens(
            catalogue,
            replica.reread if replica else background.rounds.reread,
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
                    previews,
                    observed,
                    replica,
                ),
                background,
                browser,
                replica,
            )


def proving(settings: Settings, run: Running, base: str) -> Proving:
    """Proves streams in a browser that reaches f1stream at `base`."""
    verify, services = settings.verify, run.services

    def path(stream: Stream) -> str:
        found = play_url(stream, services.links) or ""
        # At the viewers' own address it is asked who asks.
        return services.gate.tokened(found) if verify.proxy_base else found

    return Proving(
        run.catalogue,
        vantage(settings, run, base),
        services.previews,
        play_url=path,
        concurrency=verify.concurrency,
        timeout_s=verify.timeout,
        watched=services.viewing.active,
        # Only at the viewers' own address is a check one among them.
        aside=services.viewing.aside if verify.proxy_base else None,
        timetable=services.timetable,
    )


def vantage(settings: Settings, run: Running, base: str) -> Vantage:
    """Plays in a browser what f1stream serves at `base`."""
    return Vantage(
        run.browser,
        base,
        allow_private=settings.upstream.allow_private,
        timeout_s=settings.verify.timeout,
    )


@asynccontextmanager
async def _proxying(
    settings: Settings, client: Client, observed: _Observed, state: State | None
) -> AsyncIterator[_Proxying]:
    keys = await asyncio.to_thread(_link_keys, settings.data.dir)
    if state is not None and SECRET not in os.environ:
        keys = await common_keys(state, keys, settings.data.dir)
    links = Links(keys)
    gate = _gate(settings, links)
    segment_bytes, _ = shares(int(settings.cache.segment_bytes), settings.server.workers)
    # Players resolve these against nothing, so that a token has to be in them already.
    root = settings.server.public_url.rstrip("/") + gate.tokened("/")
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
        with closing(Relay(media, max_bytes=int(settings.limits.segment_bytes))) as relay:
            yield _Proxying(links, gate, playlists, documents, segments, relay)


def _gate(settings: Settings, links: Links) -> Gate:
    password = settings.access.viewer_password
    if password is None:
        return Gate()
    return Gate([viewer_key(key, password.get_secret_value()) for key in links.keys])


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
    previews: Previews,
    observed: _Observed,
    replica: Replica | None,
) -> Services:
    news = News({**topics(catalogue), **season_topic(timetable)})
    catalogue.watch(lambda topic: news.tell(topic, "progress"))
    timetable.watch(lambda: news.tell("schedule"))

    token = settings.access.admin_token
    return Services(
        links=proxying.links,
        gate=proxying.gate,
        upstream_of=tokens.upstream_of,
        renewed=tokens.renewed,
        playlists=proxying.playlists,
        documents=proxying.documents,
        relay=proxying.relay,
        segments=proxying.segments,
        viewing=viewing,
        catalogue=catalogue,
        extract=replica.extract if replica else background.rounds.force,
        news=news,
        timetable=timetable,
        renew=background.renewal.now if settings.schedule.enabled else _not_renewed,
        app=app,
        previews=previews,
        reported=replica.reported
        if replica
        else lambda stream_id: catalogue.reported(stream_id, datetime.now(UTC)),
        notes=replica.notes if replica else list,
        trusted=Trusted(settings.server.trusted_proxies),
        admin_token=token.get_secret_value() if token else None,
        tally=observed.tally,
        trace=observed.trace,
        limits=_limits(settings),
    )


def _limits(settings: Settings) -> Limits:
    limits = settings.limits
    return Limits(
        connections=limits.connections,
        connections_per_address=limits.connections_per_address,
        requests=limits.requests,
        header_s=limits.header_timeout,
        body_s=limits.body_timeout,
        least_bytes_per_s=int(limits.send_rate),
        grace_s=limits.send_grace,
        # Behind one stands everybody.
        shared=tuple(map(str, settings.server.trusted_proxies)),
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
        max_redirects=settings.limits.redirects,
        most_per_host=settings.limits.upstream_connections,
    ) as client:
        yield client


def _isolation(settings: Settings) -> Isolation:
    upstream = settings.upstream
    return Isolation(
        allow_private=upstream.allow_private,
        means=Means(proxy=upstream.proxy, ca_file=upstream.ca_file),
    )


def _browser(settings: Settings) -> Browser:
    # Checks don't wait for the sources that need a browser, nor those for checks.
    return Browser(
        Guard(settings.upstream.allow_private),
        cdp_url=settings.verify.cdp_url,
        contexts=settings.verify.concurrency + EXTRACTING,
    )


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


def _link_keys(directory: Path) -> list[bytes]:
    """The keys from `$F1STREAM_SECRET` or the data dir; one for this process where neither is.

    The first one signs. `$F1STREAM_SECRET_OLD` is the secret before, whose links still work.
    """
    if SECRET in os.environ:
        return [_key_of(name) for name in (SECRET, OLD_SECRET) if name in os.environ]
    try:
        return store.link_keys(directory)
    except OSError as error:
        key = directory / store.LINK_KEY
        # Left by another user, as whom f1stream ran before.
        unreadable = isinstance(error, PermissionError) and error.filename == str(key)
        log.warning(
            "%s can't be %s (%s): links end with this process; %s, or set F1STREAM_SECRET",
            key if unreadable else directory,
            "read" if unreadable else "written",
            error.strerror,
            "give it to this user with chown" if unreadable else "make it writable, set data.dir",
        )
        return [store.new_key()]


def _key_of(variable: str) -> bytes:
    secret = os.environ[variable]
    if len(secret) < 16:
        raise ConfigurationError(
            [f"{variable}: is shorter than 16 characters; write 32 random ones or more"]
        )
    return store.key_from(secret)
