"""The composition root: the only place that builds services and hands them to each other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from f1stream.browser import Browser
from f1stream.catalogue import Catalogue, Viewing
from f1stream.demo import demo_origin
from f1stream.errors import Forbidden
from f1stream.extractors import OWN, Demo, Extractor, Reach, Roster
from f1stream.http import Services
from f1stream.http.api import play_url, topics
from f1stream.http.forwarded import Trusted
from f1stream.http.news import News
from f1stream.http.schedule import season_topic
from f1stream.http.spa import BuiltApp
from f1stream.jobs import (
    Cadence,
    Every,
    Keeping,
    Pressure,
    Proving,
    Refresh,
    Renewal,
    Rounds,
    Tokens,
)
from f1stream.limiting import costly, limits
from f1stream.metrics.tally import Tally
from f1stream.models import Stream
from f1stream.net.client import Client
from f1stream.proxying import Observed, Proxying, proxying
from f1stream.reaching import browser, isolation, opened_client
from f1stream.replicas import Replica
from f1stream.schedule import Jolpica, Storage, Timetable, bundled
from f1stream.settings import Settings
from f1stream.tracing.spans import Trace, untraced
from f1stream.verifier import Previews, Probe, Vantage

if TYPE_CHECKING:
    from f1stream.replicas.state import State

log = logging.getLogger(__name__)

APP_DIR = Path(__file__).resolve().parents[1] / "static" / "build"
SCHEDULE_TICK_S = 60


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
    pressure: Pressure


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
    observed = Observed(Tally(), trace)
    async with (
        demo_origin() if demo else nullcontext() as origin,
        opened_client(settings, origin.url if origin else None) as client,
        proxying(settings, client, observed, state) as players,
        nullcontext(_pressure(settings, players)) as pressure,
        browser(settings, pressure.admit) as chromium,
    ):
        sources = settings.sources + ((Demo(url=origin.url),) if origin else ())
        viewing = Viewing()
        catalogue = Catalogue(((source.key, source.name) for source in sources), viewing.active)
        timetable = await asyncio.to_thread(_timetable, settings, observed.of(client, "schedule"))
        reach = Reach(
            observed.of(client, "extraction"), isolation(settings, pressure.admit), chromium
        )
        previews = Previews(settings.data.dir)
        background = _background(
            settings, sources, roster, reach, catalogue, viewing, timetable, observed, pressure
        )
        replica = None
        if state is not None:
            keys = players.common_keys
            replica = Replica(state, catalogue, viewing, previews, background.rounds, keys=keys)
        app = await asyncio.to_thread(BuiltApp.load, APP_DIR)
        async with Tokens(
            catalogue,
            replica.reread if replica else background.rounds.reread,
            observed.of(client, "playlist"),
            players.playlists,
            players.links,
            max_bytes=int(settings.upstream.playlist_bytes),
        ) as tokens:
            yield Running(
                _services(
                    settings,
                    players,
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
                chromium,
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
        proofs=services.tally.proofs,
        trace=services.trace,
        short=lambda: run.background.pressure.short,
    )


def vantage(settings: Settings, run: Running, base: str) -> Vantage:
    """Plays in a browser what f1stream serves at `base`."""
    return Vantage(
        run.browser,
        base,
        allow_private=settings.upstream.allow_private,
        timeout_s=settings.verify.timeout,
    )


def _background(
    settings: Settings,
    sources: tuple[Extractor, ...],
    roster: Roster,
    reach: Reach,
    catalogue: Catalogue,
    viewing: Viewing,
    timetable: Timetable,
    observed: Observed,
    pressure: Pressure,
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
        short=lambda: pressure.short,
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
        pressure=pressure,
    )


def _pressure(settings: Settings, players: Proxying) -> Pressure:
    whole_bytes = max(1, int(settings.cache.segment_bytes))
    return Pressure(players.segments, share=players.segments.max_bytes / whole_bytes)


def _services(
    settings: Settings,
    players: Proxying,
    tokens: Tokens,
    catalogue: Catalogue,
    viewing: Viewing,
    timetable: Timetable,
    background: Background,
    app: BuiltApp,
    previews: Previews,
    observed: Observed,
    replica: Replica | None,
) -> Services:
    news = News({**topics(catalogue), **season_topic(timetable)})
    catalogue.watch(lambda topic: news.tell(topic, "progress"))
    timetable.watch(lambda: news.tell("schedule"))

    token = settings.access.admin_token
    return Services(
        links=players.links,
        gate=players.gate,
        upstream_of=tokens.upstream_of,
        renewed=tokens.renewed,
        playlists=players.playlists,
        documents=players.documents,
        relay=players.relay,
        segments=players.segments,
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
        part=replica.part if replica else lambda: None,
        trusted=Trusted(settings.server.trusted_proxies),
        costly=costly(settings),
        admin_token=token.get_secret_value() if token else None,
        tally=observed.tally,
        trace=observed.trace,
        memory=lambda: background.pressure.memory,
        short=lambda: background.pressure.short,
        limits=limits(settings),
    )


def _timetable(settings: Settings, client: Client) -> Timetable:
    storage = Storage(settings.schedule.path or settings.data.dir / "schedule.json")
    api = Jolpica(client, settings.schedule.url)
    return Timetable(api, storage, kept=storage.load(), bundled=bundled())


async def _not_renewed() -> None:
    raise Forbidden("the schedule is not renewed here; set schedule.enabled to true")
