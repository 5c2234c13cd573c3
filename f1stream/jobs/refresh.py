"""Both halves of the background's work: sources → catalogue, and catalogue → probe → catalogue."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal, Protocol
from urllib.parse import urlsplit

from f1stream.catalogue import Catalogue, Entry, is_due
from f1stream.errors import ExtractionFailed, F1StreamError, UpstreamStatus
from f1stream.extractors import OWN, Extractor, Roster, Web
from f1stream.jobs.cadence import LONGEST_PAUSE, Cadence
from f1stream.jobs.calm import give_way
from f1stream.jobs.limit import Limit, Patient
from f1stream.jobs.reading import Outcome, Reading
from f1stream.jobs.slots import Slots
from f1stream.metrics.tally import Tally
from f1stream.models import Upstream, Verdict
from f1stream.tracing.spans import Trace, untraced

log = logging.getLogger(__name__)

Attempt = Literal["ok", "failed", "timeout", "crashed"]

# How long a source may take to end once its time is up.
GRACE_S = 2.0
CHECKS = 32
CHECKS_PER_PLACE = 8


class Judge(Protocol):
    """What `Refresh` needs of a verifier."""

    async def check(self, upstream: Upstream, before: Verdict | None = None) -> Verdict:
        """The verdict on one upstream; never raises for what the upstream does.

        `before` is the last one: some things only show between two looks.
        """
        ...


class Refresh:
    """Reads the sources that are due, and judges the streams that are due.

    `roster` has the extractors that leads may be followed with. `watched` says which streams are
    being played, by id, `short` whether there is too little memory for what nobody asked for. What
    is done is counted in `tally`. `clock` is wall time.
    """

    def __init__(
        self,
        sources: Sequence[Extractor],
        web: Web,
        catalogue: Catalogue,
        judge: Judge,
        *,
        roster: Roster = OWN,
        cadence: Cadence | None = None,
        watched: Callable[[], Sequence[str]] = list,
        short: Callable[[], bool] = lambda: False,
        tally: Tally | None = None,
        trace: Trace = untraced,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sources = {source.name: source for source in sources}
        self._roster = roster
        self._web = web
        self._catalogue = catalogue
        self._judge = judge
        self._cadence = cadence or Cadence()
        self._watched = watched
        self._short = short
        self._tally = tally or Tally()
        self._trace = trace
        self._slots = Slots(CHECKS, CHECKS_PER_PLACE)
        self._clock = clock
        self._forced: set[str] = set()
        self._overdue: dict[str, asyncio.Task[Outcome]] = {}

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the sources, in the operator's order."""
        return tuple(self._sources)

    def force(self, source: str) -> None:
        """Have the next reading of a source take place, due or not."""
        self._forced.add(source)

    async def round(self) -> None:
        """Read and judge once; a source or stream that fails does not touch the others."""
        async with asyncio.TaskGroup() as group:
            for name in self._sources:
                group.create_task(self._pass(name))

    async def _pass(self, name: str) -> None:
        await self.read(name)
        await self.judge(name)

    async def read(self, name: str) -> None:
        """Read one source, if it is due or was forced."""
        due = is_due(self._due_at(name), self._clock(), longest=LONGEST_PAUSE) and not self._short()
        if due or name in self._forced:
            await give_way()
            self._forced.discard(name)
            await self._attempt(self._sources[name])
        self._catalogue.scheduled(name, self._due_at(name))

    async def judge(self, name: str) -> None:
        """Judge those streams of one source that are due; those that are gone are forgotten."""
        self._catalogue.released(name)
        if self._short():
            return
        async with asyncio.TaskGroup() as group:
            for entry in self._catalogue.due(name, self._clock()):
                group.create_task(self._judge_one(entry))

    def _due_at(self, name: str) -> datetime:
        entries = map(self._catalogue.get, self._watched())
        watched = [one.stream for one in entries if one and one.stream.site_name == name]
        return self._cadence.next_run(self._catalogue.source(name), watched, self._clock())

    async def _attempt(self, source: Extractor) -> None:
        attributes = {
            "f1stream.source": source.name,
            "f1stream.extractor": source.key,
        }
        began_s = time.perf_counter()
        with self._trace("extraction", attributes) as span:
            outcome = await self._attempted(source)
            span.note("f1stream.outcome", outcome)
        self._tally.extraction(source.key).add(outcome, time.perf_counter() - began_s)

    async def _attempted(self, source: Extractor) -> Attempt:
        """Read a source and tell the catalogue; returns what came of it."""
        self._catalogue.started(source.name)
        began_s = time.perf_counter()
        came: Attempt = "failed"
        try:
            outcome = await self._outcome(source)
        except TimeoutError:
            failure, came = f"no result within {source.timeout_s:g} s", "timeout"
        except F1StreamError as error:
            failure = _told(source, error)
        except Exception as error:
            if not self._catalogue.source(source.name).failing:
                log.exception("source %s crashed", source.name)
            failure, came = f"crashed: {type(error).__name__}", "crashed"
        else:
            took = timedelta(seconds=time.perf_counter() - began_s)
            self._note_success(source, outcome, took)
            return "ok"
        took = timedelta(seconds=time.perf_counter() - began_s)
        if self._catalogue.failed(source.name, failure, self._clock(), took=took):
            log.warning("source %s fails: %s", source.name, failure)
        return came

    def _note_success(self, source: Extractor, outcome: Outcome, took: timedelta) -> None:
        before = self._catalogue.source(source.name).left_out
        if self._catalogue.succeeded(
            source.name, outcome.streams, self._clock(), took=took, left_out=outcome.left_out
        ):
            log.info("source %s works again", source.name)
        if outcome.left_out and set(outcome.left_out) != set(before):
            reasons = "; ".join(f"{why} ({count})" for why, count in outcome.left_out.items())
            log.warning("source %s: left out of what it found: %s", source.name, reasons)

    async def _outcome(self, source: Extractor) -> Outcome:
        """What a source finds within its time. Raises `TimeoutError`, and what the source raises.

        One that does not even end when it is cancelled is left behind, and not started again
        until it has ended: nothing more can be done to a coroutine.
        """
        if source.name in self._overdue:
            raise TimeoutError
        told = partial(self._catalogue.progressed, source.name)
        limit = Limit(source.timeout_s)
        web = Patient(self._web, limit)
        reading = Reading(source, web, self._roster, clock=self._clock, told=told)
        task = asyncio.create_task(reading.outcome(), name=f"reading {source.name}")
        try:
            async with limit:
                await asyncio.wait({task})
        finally:
            await self._ended(source.name, task)
        if task.cancelled():
            raise ExtractionFailed("it gave up by itself")
        return task.result()

    async def _ended(self, name: str, task: asyncio.Task[Outcome]) -> None:
        task.cancel()
        if not task.done():
            await asyncio.wait({task}, timeout=GRACE_S)
        if not task.done():
            log.error("source %s ignores that its time is up; it is left behind", name)
            self._overdue[name] = task
            task.add_done_callback(partial(self._released, name))

    def _released(self, name: str, task: asyncio.Task[Outcome]) -> None:
        del self._overdue[name]
        if not task.cancelled():
            # Whatever came of it is too late to be news.
            task.exception()

    async def _judge_one(self, entry: Entry) -> None:
        stream = entry.stream
        async with self._slots.at(urlsplit(stream.upstream.url).netloc.rpartition("@")[2]):
            began_s = time.perf_counter()
            with self._trace("verification", {"f1stream.stream": stream.id}) as span:
                verdict = await self._judge.check(stream.upstream, entry.verdict)
                outcome = str(verdict.level or verdict.reason)
                span.note("f1stream.outcome", outcome)
            self._tally.probes.add(outcome, time.perf_counter() - began_s)
        self._catalogue.judged(stream.id, verdict)


def _told(source: Extractor, error: F1StreamError) -> str:
    """What went wrong, with the options to check where the source's server lets nobody in."""
    *others, last = source.credentials or ("",)
    if not last or not isinstance(error, UpstreamStatus) or not error.is_refusal:
        return error.detail
    options = f"{', '.join(others)} and {last}" if others else last
    return f"{error.detail}; check {options} of the source"
