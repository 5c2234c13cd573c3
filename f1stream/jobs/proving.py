"""Streams played in a browser, a few at a time, those first that somebody is likely to watch."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Protocol

from f1stream.catalogue import Catalogue, Entry
from f1stream.jobs.cadence import BEFORE_LIVE, Never, Timetable
from f1stream.jobs.calm import Calm
from f1stream.jobs.rests import Rests
from f1stream.jobs.turns import turns
from f1stream.metrics.tally import Done
from f1stream.models import Proof, Reason, Stream, host_of
from f1stream.tracing.spans import Trace, untraced
from f1stream.verifier import Proven

log = logging.getLogger(__name__)

TICK_S = 2.0
# A new order is made no more often: with thousands of streams it takes a moment.
REORDER_S = 5.0
# A browser that was lost is soon asked for again. The stream that it was lost with waits longer:
# otherwise one that takes every browser with it would always be the first again.
BROWSER_REST_S = 1.0
STREAM_REST_S = 10.0
LONGEST_REST_S = 300.0
# How long a browser may take to start, and a check to come to its end, beside the check itself.
OVERTIME_S = 90.0
# A machine that is busy for a moment is no news.
BUSY_S = 60.0
_BROWSER = "the browser"
# What a machine that is too busy can make of any stream.
_OF_HASTE = frozenset(
    {
        Reason.STALLED,
        Reason.STALE,
        Reason.TIMEOUT,
        Reason.UNREACHABLE,
        Reason.FROZEN,
        Reason.BLACK,
        Reason.SILENT,
    }
)


class Prover(Protocol):
    """What `Proving` needs of a verifier; never raises for what a stream does."""

    async def prove(self, play_url: str, *, advancing: bool = False) -> Proven:
        """Play f1stream's own link, a path; `advancing` is what the probe saw of it already."""
        ...

    async def prove_embed(self, url: str) -> Proven:
        """Look at the page of an embed."""
        ...


class Pictures(Protocol):
    """Where pictures are kept, by the stream's id."""

    async def keep(self, stream_id: str, picture: bytes) -> None:
        """Take the newest picture of a stream."""
        ...

    async def keep_only(self, stream_ids: Collection[str]) -> None:
        """Forget those of all other streams."""
        ...


class Proving:
    """Proves what is due, `concurrency` streams at a time, while the machine is calm.

    `play_url` gives the path that plays a stream, `timeout_s` is what the prover takes for a check.
    `watched` says which streams are being played, by id, and `aside` keeps a check from being
    taken for that, `short` whether there is too little memory. What came of the checks is counted
    in `proofs`. `clock` is wall time, `steady` monotonic.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        prover: Prover,
        pictures: Pictures,
        *,
        play_url: Callable[[Stream], str],
        concurrency: int,
        timeout_s: float,
        watched: Callable[[], Collection[str]] = tuple,
        aside: Callable[[str], AbstractContextManager[None]] | None = None,
        timetable: Timetable | None = None,
        calm: Calm | None = None,
        proofs: Done | None = None,
        trace: Trace = untraced,
        short: Callable[[], bool] = lambda: False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogue = catalogue
        self._prover = prover
        self._pictures = pictures
        self._play_url = play_url
        self._concurrency = concurrency
        self._timeout_s = timeout_s
        self._watched = watched
        self._aside = aside or (lambda _: nullcontext())
        self._timetable = timetable or Never()
        self._calm = calm or Calm()
        self._proofs = proofs or Done()
        self._trace = trace
        self._short = short
        self._clock = clock
        self._steady = steady
        self._running: set[str] = set()
        self._order: list[Entry] = []
        self._ordered_at_s = -math.inf
        self._rests = Rests(first_s=STREAM_REST_S, longest_s=LONGEST_REST_S)
        self._browser_rests = Rests(first_s=BROWSER_REST_S, longest_s=LONGEST_REST_S)
        self._without_browser = False
        self._busy_since_s = math.inf
        self._told_busy = False

    def __repr__(self) -> str:
        return f"<Proving {len(self._running)} of {self._concurrency} running>"

    async def run(self) -> None:
        """Prove until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(self._concurrency):
                group.create_task(self._work())

    async def _work(self) -> None:
        while True:
            if not await self.step():
                await asyncio.sleep(TICK_S)

    async def step(self) -> bool:
        """Prove the stream whose turn it is; False where there is none, or this is not the time."""
        if self._short() or self._browser_rests.left_s(_BROWSER, self._steady()):
            return False
        if not self._next(take=False):
            return False
        if not self._is_time(calm=await self._calm.reigns()):
            return False
        await self._forget_gone()
        entry = self._next(take=True)
        if entry is None:
            return False
        try:
            await self._check(entry)
        finally:
            self._running.discard(entry.stream.id)
            # Another turn may have put it into the order meanwhile.
            self._order = [one for one in self._order if one.stream.id != entry.stream.id]
        return True

    def _is_time(self, *, calm: bool) -> bool:
        """Whether to prove now; that it was put off for long is told once."""
        now_s = self._steady()
        if calm:
            if self._told_busy:
                log.info("the machine is calm again: streams are proven")
            self._busy_since_s, self._told_busy = math.inf, False
            return True
        self._busy_since_s = min(self._busy_since_s, now_s)
        if now_s - self._busy_since_s >= BUSY_S and not self._told_busy:
            self._told_busy = True
            log.warning("the machine is too busy to judge streams fairly: the last proofs stand")
        return False

    def _next(self, *, take: bool) -> Entry | None:
        now_s = self._steady()
        if now_s - self._ordered_at_s >= REORDER_S:
            now = self._clock()
            live = self._timetable.live_or_soon(now, BEFORE_LIVE)
            self._order = turns(self._catalogue.all(), set(self._watched()), live=live, now=now)
            self._ordered_at_s = now_s
        for place, entry in enumerate(self._order):
            stream_id = entry.stream.id
            if stream_id not in self._running and not self._rests.left_s(stream_id, now_s):
                if take:
                    del self._order[place]
                    self._running.add(stream_id)
                return entry
        return None

    async def _forget_gone(self) -> None:
        known = {way.stream.id for entry in self._catalogue.all() for way in entry.ways}
        self._rests.keep_only(known)
        await self._pictures.keep_only(known)

    async def _check(self, entry: Entry) -> None:
        stream = entry.stream
        try:
            async with asyncio.timeout(self._timeout_s + OVERTIME_S):
                with self._aside(stream.id):
                    proven = await self._proven(entry)
        except TimeoutError:
            log.error("a check in the browser does not end and is left; another one is tried later")
            self._put_off(stream)
        except Exception:
            log.exception("the check of a stream at %s crashed", host_of(stream.upstream.url))
            self._put_off(stream)
        else:
            await self._take(stream, proven)

    async def _proven(self, entry: Entry) -> Proven:
        began_s = time.perf_counter()
        with self._trace("proof", {"f1stream.stream": entry.stream.id}) as span:
            proven = await self._played(entry)
            outcome = str(proven.proof.level or proven.proof.reason)
            span.note("f1stream.outcome", outcome)
        self._proofs.add(outcome, time.perf_counter() - began_s)
        return proven

    async def _played(self, entry: Entry) -> Proven:
        stream, verdict = entry.stream, entry.verdict
        if stream.stream_type == "embed":
            return await self._prover.prove_embed(stream.upstream.url)
        health = verdict and verdict.health
        advancing = bool(health and health.advancing)
        return await self._prover.prove(self._play_url(stream), advancing=advancing)

    async def _take(self, stream: Stream, proven: Proven) -> None:
        proof = proven.proof
        if proof.reason is Reason.BROWSER_LOST:
            self._lost(stream, proof)
            return
        self._found_browser()
        if proof.reason in _OF_HASTE and not await self._calm.reigns():
            self._put_off(stream)
            return
        self._rests.end(stream.id)
        self._catalogue.proven(stream.id, proof)
        if proof.level and proven.picture:
            await self._pictures.keep(stream.id, proven.picture)

    def _lost(self, stream: Stream, proof: Proof) -> None:
        """Nothing was found out; who knows whether that was the stream's doing?"""
        self._catalogue.proven(stream.id, proof)
        self._put_off(stream)
        self._browser_rests.begin(_BROWSER, self._steady())
        if not self._without_browser:
            log.warning("no stream can be played to prove it: %s", proof.detail)
        self._without_browser = True

    def _found_browser(self) -> None:
        if self._without_browser:
            log.info("streams are played to prove them again")
        self._without_browser = False
        self._browser_rests.end(_BROWSER)

    def _put_off(self, stream: Stream) -> None:
        self._rests.begin(stream.id, self._steady())
