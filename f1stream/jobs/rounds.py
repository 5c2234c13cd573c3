"""The background's loops: each source read and judged on its own, and all at once on demand."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from functools import partial

from f1stream.errors import TooSoon
from f1stream.jobs.every import Every
from f1stream.jobs.refresh import Refresh

# How often a source is asked whether it is due: tokens can be short-lived.
READ_TICK_S = 5.0
JUDGE_TICK_S = 5.0
FORCED_INTERVAL_S = 30.0


class Rounds:
    """Runs `refresh` for each source in loops of its own, so that none waits for another.

    `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        refresh: Refresh,
        *,
        forced_interval_s: float = FORCED_INTERVAL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._refresh = refresh
        self._forced_interval_s = forced_interval_s
        self._clock = clock
        self._forced_at_s = -math.inf
        self._waiting = 0
        self._judging = {
            name: Every(
                partial(refresh.judge, name), interval_s=JUDGE_TICK_S, name=f"judging {name}"
            )
            for name in refresh.sources
        }
        self._reading = {
            name: Every(partial(self._read, name), interval_s=READ_TICK_S, name=f"reading {name}")
            for name in refresh.sources
        }

    async def run(self) -> None:
        """All loops; ends only by cancellation."""
        async with asyncio.TaskGroup() as group:
            for every in (*self._reading.values(), *self._judging.values()):
                group.create_task(every.run())

    async def force(self) -> None:
        """Read every source now; returns when all are read and what is new is judged.

        Who asks while that goes on waits with those who asked before. Raises `TooSoon` within
        `forced_interval_s` of the last time.
        """
        if not self._waiting:
            self._begin()
        self._waiting += 1
        try:
            await asyncio.gather(*(self._forced(name) for name in self._reading))
        finally:
            self._waiting -= 1

    def _begin(self) -> None:
        wait_s = self._forced_at_s + self._forced_interval_s - self._clock()
        if wait_s > 0:
            raise TooSoon(
                f"all sources were read a moment ago; ask again in {math.ceil(wait_s)} s",
                math.ceil(wait_s),
            )
        self._forced_at_s = self._clock()
        for name in self._reading:
            self._refresh.force(name)

    async def reread(self, name: str) -> None:
        """Read one source now; returns when a reading that began after this call has ended.

        However many ask meanwhile, one reading serves them all.
        """
        self._refresh.force(name)
        await self._reading[name].now()

    async def once(self, name: str) -> None:
        """Read one source here and now, where the loops don't run."""
        self._refresh.force(name)
        await self._refresh.read(name)

    async def _forced(self, name: str) -> None:
        await self._reading[name].now()
        await self._judging[name].now()

    async def _read(self, name: str) -> None:
        await self._refresh.read(name)
        self._judging[name].ask()
