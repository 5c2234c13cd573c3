"""The services at work: requests answered, the background run, and an end that breaks nothing."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from importlib.metadata import version
from typing import TYPE_CHECKING

from f1stream.app import Running, proving, running
from f1stream.brief import Brief
from f1stream.catalogue import Viewing
from f1stream.extractors import OWN, Roster
from f1stream.fronts import Fronts
from f1stream.http import create_app, create_check_app
from f1stream.http.listening import DRAIN_S, answering
from f1stream.jobs import Turning
from f1stream.metrics.lag import watch_lag
from f1stream.net import descriptors
from f1stream.proxy.rewriting import MOST_PATIENCE_S
from f1stream.replicas import opened
from f1stream.settings import Settings
from f1stream.sharing import shares, sharing
from f1stream.tracing.exporting import exported
from f1stream.tracing.spans import Trace

if TYPE_CHECKING:
    from f1stream.replicas.state import State

log = logging.getLogger(__name__)


async def serve(
    settings: Settings,
    *,
    roster: Roster = OWN,
    demo: bool = False,
    started: Callable[[str], None] = lambda url: None,
) -> None:
    """Run until SIGTERM or SIGINT, then finish what is being sent, for `DRAIN_S` at most.

    `started` is called with the address once all workers answer requests. Raises `OSError` where
    the port can't be had.
    """
    descriptors.raise_limit()
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with (
        exported(os.environ, version("f1stream")) as trace,
        _recalled(settings, roster, demo, trace) as run,
        _serving(settings, run) as (port, fronts),
        _checks(settings, run) as base,
        asyncio.TaskGroup() as tasks,
    ):
        background = run.background
        turning = Turning(run.services.timetable, lambda: run.services.news.tell("schedule"))
        prover = proving(settings, run, base) if base else None

        async def work() -> None:
            """What one replica does for all."""
            async with asyncio.TaskGroup() as works:
                works.create_task(background.rounds.run())
                if prover:
                    works.create_task(prover.run())

        jobs = [
            tasks.create_task(run.replica.run(work) if run.replica else work()),
            tasks.create_task(background.keeping.run()),
            tasks.create_task(background.pressure.run()),
            tasks.create_task(turning.run()),
            tasks.create_task(watch_lag(run.services.tally.lag)),
        ]
        if settings.schedule.enabled:
            jobs.append(tasks.create_task(background.renewing.run()))
        started(settings.server.public_url or f"http://{_shown(settings.server.host)}:{port}")
        await stop.wait()
        log.info("stopping: what is being sent is finished first, %d s at most", DRAIN_S)
        run.services.stopping = True
        run.services.news.close()
        if fronts:
            fronts.stop()
        for job in jobs:
            job.cancel()


@asynccontextmanager
async def _recalled(
    settings: Settings, roster: Roster, demo: bool, trace: Trace
) -> AsyncIterator[Running]:
    """The services, with what was known before a restart."""
    async with (
        _state(settings) as state,
        running(settings, roster=roster, demo=demo, trace=trace, state=state) as run,
    ):
        await run.background.keeping.recall()
        if settings.verify.enabled:
            await run.services.previews.recall()
        else:
            run.catalogue.forget_proofs()
        yield run


@asynccontextmanager
async def _state(settings: Settings) -> AsyncIterator[State | None]:
    """What is shared with other replicas; None for one that is alone."""
    url = settings.data.redis_url
    if url is None:
        yield None
        return
    async with opened(url.get_secret_value(), lease_s=settings.data.redis_lease) as state:
        yield state


@asynccontextmanager
async def checks_at(run: Running) -> AsyncIterator[str]:
    """A loopback port for a browser that proves streams, whatever address viewers come to.

    What is asked for there is not taken for being watched. A remote browser gets there too,
    because its way leads through this process.
    """
    apart = replace(run.services, viewing=Viewing())
    app = create_check_app(apart, run.services.app)
    async with answering(app, apart, "127.0.0.1", 0) as port:
        yield f"http://127.0.0.1:{port}"


@asynccontextmanager
async def _checks(settings: Settings, run: Running) -> AsyncIterator[str | None]:
    """Where the browser is led to; None where streams are not proven in one."""
    if not settings.verify.enabled:
        yield None
    elif settings.verify.proxy_base:
        yield settings.verify.proxy_base
    else:
        async with checks_at(run) as base:
            yield base


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
        viewer_keys=services.gate.keys,
        limits=services.limits,
        max_segment_bytes=int(settings.limits.segment_bytes),
        segment_bytes=front_bytes,
        cache_share=front_bytes / max(1, int(settings.cache.segment_bytes)),
        # The owner tries twice, and says itself what came of it.
        patience_s=2 * (settings.upstream.connect_timeout + settings.upstream.read_timeout)
        + MOST_PATIENCE_S
        + 5,
        log_format=server.log_format,
        log_level=server.log_level,
    )
    services.starting = True
    async with sharing(services, brief, server.workers) as (port, fronts):
        services.links.watch(lambda: fronts.rekey(services.links.keys, services.gate.keys))
        services.starting = False
        yield port, fronts


def _shown(host: str) -> str:
    """An address that a browser on this machine can open."""
    if host in ("0.0.0.0", "::"):
        return "localhost"
    return f"[{host}]" if ":" in host else host
