"""Memory that runs short: the cache gives way first, then what works in the background waits."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from f1stream.errors import MemoryShort
from f1stream.metrics.cgroup import Memory
from f1stream.metrics.cgroup import memory as used_here
from f1stream.metrics.memory import give_back

log = logging.getLogger(__name__)

# Parts of the limit. The cache takes no more than leads to the first; above the second the
# background rests, until there is less in use than the third.
CACHE_MARK = 0.75
REST_MARK = 0.92
WORK_MARK = 0.86
# With less a live stream of some renditions is no longer fetched once for all.
LEAST_CACHE_BYTES = 32 << 20
LOOK_S = 1.0
# A budget grows by that part of the whole one at a time: what comes and goes is not followed.
STEP = 1 / 16
# What a process will take is in use, so that the kernel counts it, after so long.
GROWN_S = 4.0
PATIENCE_S = 20.0
# A cache that is let have less than that part is worth a word, and another one when it has all of
# its budget for so long.
TOLD = 0.75
CALM_S = 60.0
_MIB = 1 << 20


class Cache(Protocol):
    """What gives way."""

    @property
    def max_bytes(self) -> int: ...
    @property
    def held_bytes(self) -> int: ...
    def allow(self, max_bytes: int) -> None:
        """Hold no more than that from now on."""
        ...


class Pressure:
    """Watches the memory of all processes that share this one's limit; without one it is idle.

    `share` is what part of the whole budget `cache` has: of several processes each looks after its
    own. `tells` is whether this one logs for them. `memory` blocks for a moment; `clock` is
    monotonic.
    """

    def __init__(
        self,
        cache: Cache,
        *,
        share: float = 1.0,
        tells: bool = True,
        memory: Callable[[], Memory] = used_here,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.memory = Memory()
        self.short = False
        self._cache = cache
        self._most_bytes = cache.max_bytes
        self._least_bytes = min(self._most_bytes, int(LEAST_CACHE_BYTES * share))
        self._share = share
        self._log = log.info if tells else log.debug
        self._warn = log.warning if tells else log.debug
        self._read = memory
        self._clock = clock
        self._expected: list[tuple[float, int]] = []
        self._told = False
        self._full_since_s = math.inf

    def __repr__(self) -> str:
        used, limit = (_mib(size) for size in (self.memory.used_bytes, self.memory.limit_bytes))
        state = "short" if self.short else "enough"
        return f"<Pressure {state}, {used} of {limit} in use>"

    async def run(self) -> None:
        """Look after it until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """See how much is in use, and let the cache have what that leaves."""
        self.memory = await asyncio.to_thread(self._read)
        if self._divide():
            await asyncio.to_thread(give_back)

    async def admit(self, size_bytes: int) -> None:
        """Return when another process has room to take so much: the cache makes it.

        Raises `MemoryShort` where there is none, and none comes soon.
        """
        until_s = self._clock() + PATIENCE_S
        while True:
            await self.look()
            limit_bytes = self.memory.limit_bytes
            if not limit_bytes:
                return
            if self._could_take() >= size_bytes:
                break
            if size_bytes > limit_bytes * REST_MARK or self._clock() >= until_s:
                raise MemoryShort(
                    f"{_mib(self.memory.used_bytes)} of {_mib(limit_bytes)} of memory are in use, "
                    f"and {_mib(size_bytes)} more are needed; raise the memory limit"
                )
            await asyncio.sleep(LOOK_S)
        self._expected.append((self._clock() + GROWN_S, size_bytes))
        if self._divide():
            await asyncio.to_thread(give_back)

    def _could_take(self) -> int:
        """What a process can have once the cache has given all that it may."""
        given = max(0, self._cache.held_bytes - self._least_bytes)
        most_bytes = int(self.memory.limit_bytes * REST_MARK)
        return most_bytes - self.memory.used_bytes - self._expected_bytes() + given

    def _expected_bytes(self) -> int:
        now_s = self._clock()
        self._expected = [each for each in self._expected if each[0] > now_s]
        return sum(size for _, size in self._expected)

    def _divide(self) -> bool:
        """Set the cache's budget, and whether others rest; True where memory was let go of."""
        held_before = self._cache.held_bytes
        wanted_bytes = self._most_bytes
        if self.memory.limit_bytes:
            room = self.memory.limit_bytes * CACHE_MARK - self.memory.used_bytes
            wanted_bytes = held_before + int(room * self._share)
        self._cache.allow(
            budget(
                wanted_bytes - int(self._expected_bytes() * self._share),
                self._cache.max_bytes,
                least_bytes=self._least_bytes,
                most_bytes=self._most_bytes,
            )
        )
        given_bytes = max(0, held_before - self._cache.held_bytes)
        self.memory = replace(self.memory, used_bytes=self.memory.used_bytes - given_bytes)
        self._tell(wanted_bytes)
        self._rest()
        return given_bytes > 0

    def _rest(self) -> None:
        short = is_short(self.memory, before=self.short)
        if short and not self.short:
            self._warn(
                "%s of %s of memory are in use: sources are not read and streams not proven "
                "until there is room; raise the memory limit",
                _mib(self.memory.used_bytes),
                _mib(self.memory.limit_bytes),
            )
        elif self.short and not short:
            self._log("there is memory again: sources are read and streams proven")
        self.short = short

    def _tell(self, wanted_bytes: int) -> None:
        """What is expected of a process for a moment is no news: it is not in `wanted_bytes`."""
        now_s = self._clock()
        if wanted_bytes < self._most_bytes:
            self._full_since_s = math.inf
        else:
            self._full_since_s = min(self._full_since_s, now_s)
        if wanted_bytes < self._most_bytes * TOLD and not self._told:
            self._told = True
            self._log(
                "%s of %s of memory are in use: the cache of segments gets less than "
                "cache.segment_bytes, %s of %s; raise the memory limit, or lower that",
                _mib(self.memory.used_bytes),
                _mib(self.memory.limit_bytes),
                _mib(self._cache.max_bytes),
                _mib(self._most_bytes),
            )
        elif self._told and now_s - self._full_since_s >= CALM_S:
            self._told = False
            self._log("the cache of segments has all of cache.segment_bytes again")


def budget(wanted_bytes: int, now_bytes: int, *, least_bytes: int, most_bytes: int) -> int:
    """What a cache may hold that has `now_bytes` and could have `wanted_bytes`.

    It shrinks at once, and grows only where that is worth it.
    """
    bounded = max(least_bytes, min(wanted_bytes, most_bytes))
    grown = bounded - now_bytes
    if 0 < grown < most_bytes * STEP and bounded < most_bytes:
        return now_bytes
    return bounded


def is_short(memory: Memory, *, before: bool) -> bool:
    """Whether so much is in use that what can wait has to; `before` is what was last found."""
    if not memory.limit_bytes:
        return False
    return memory.used_bytes > memory.limit_bytes * (WORK_MARK if before else REST_MARK)


def _mib(size_bytes: int) -> str:
    return f"{math.ceil(size_bytes / _MIB)} MiB"
