"""The owner's fronts: started, replaced when they end, and ended with the owner."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from types import TracebackType
from typing import Self

from f1stream.brief import READY, Brief
from f1stream.errors import F1StreamError

log = logging.getLogger(__name__)

# Importing takes a fraction of this even on a small, busy machine.
START_S = 30.0
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 30.0
# What has run that long did not fail at its start: the pauses begin anew.
STEADY_S = 60.0


class FrontFailed(F1StreamError):
    """A front did not come to serve."""

    title = "A worker did not start"


class Fronts:
    """An async context manager that owns the processes and the tasks that watch over them.

    `end_s` is how long a front may take to end by itself.
    """

    def __init__(self, count: int, *, end_s: float) -> None:
        self._count = count
        self._end_s = end_s
        self._running: set[Process] = set()
        self._brief: Brief | None = None
        self._watches = asyncio.TaskGroup()
        self._stopping = asyncio.Event()
        self._by_force: asyncio.TimerHandle | None = None

    def __repr__(self) -> str:
        return f"<Fronts {len(self._running)} of {self._count} running>"

    async def __aenter__(self) -> Self:
        await self._watches.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.stop()
        # Without the error: a task group would wrap what is none of its tasks' doing.
        await self._watches.__aexit__(None, None, None)
        if self._by_force:
            self._by_force.cancel()

    async def start(self, brief: Brief) -> None:
        """Return when all of them serve. Raises `FrontFailed` where one does not."""
        loop = asyncio.get_running_loop()
        firsts: list[asyncio.Future[None]] = [loop.create_future() for _ in range(self._count)]
        self._brief = brief
        for first in firsts:
            self._watches.create_task(self._watch(first))
        for failure in await asyncio.gather(*firsts, return_exceptions=True):
            if failure:
                raise failure

    def rekey(self, keys: Sequence[bytes], viewer_keys: Sequence[bytes]) -> None:
        """Have them use these keys of the brief from now on."""
        self._brief = replace(self._told, keys=keys, viewer_keys=viewer_keys)
        for process in self._running:
            _tell(process, self._brief)

    @property
    def _told(self) -> Brief:
        if self._brief is None:
            raise AssertionError("they are started with one")
        return self._brief

    def stop(self) -> None:
        """Tell them to finish what they send and to end; leaving the block waits for it."""
        if not self._stopping.is_set():
            self._stopping.set()
            for process in self._running:
                _signalled(process, signal.SIGTERM)
            self._by_force = asyncio.get_running_loop().call_later(self._end_s, self._kill)

    def _kill(self) -> None:
        for process in self._running:
            log.warning("a worker does not end and is killed")
            _signalled(process, signal.SIGKILL)

    async def _watch(self, first: asyncio.Future[None]) -> None:
        """Keep one front running until told to stop; `first` learns how the first one started."""
        pauses = _Pauses()
        failing = False
        while not self._stopping.is_set():
            try:
                async with self._front() as process:
                    if failing:
                        log.info("a worker serves again")
                    failing = False
                    if not first.done():
                        first.set_result(None)
                    await process.wait()
                ended = _how_it_ended(process)
            except FrontFailed as error:
                if not first.done():
                    return first.set_exception(error)
                ended = error.detail
            if not failing and not self._stopping.is_set():
                log.warning("%s; it is replaced", ended)
            failing = True
            await self._pause(pauses.next_s())

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()

    @asynccontextmanager
    async def _front(self) -> AsyncIterator[Process]:
        """A front that serves; one that still runs at the end of the block is killed."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "f1stream.front"), stdin=PIPE, stdout=PIPE
        )
        self._running.add(process)
        if self._stopping.is_set():
            _signalled(process, signal.SIGTERM)
        try:
            await _until_ready(process, self._told)
            yield process
        finally:
            _signalled(process, signal.SIGKILL)
            await process.wait()
            self._running.discard(process)


class _Pauses:
    """How long to wait before each new attempt: longer each time, short again after a long run."""

    def __init__(self) -> None:
        self._pause_s = FIRST_PAUSE_S
        self._before = time.monotonic()

    def next_s(self) -> float:
        now = time.monotonic()
        if now - self._before > STEADY_S:
            self._pause_s = FIRST_PAUSE_S
        self._before, pause_s = now, self._pause_s
        self._pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        return pause_s


async def _until_ready(process: Process, brief: Brief) -> None:
    if process.stdout is None:
        raise AssertionError("it is a pipe")
    _tell(process, brief)
    try:
        async with asyncio.timeout(START_S):
            if await process.stdout.readline() == READY:
                return
            await process.wait()
    except TimeoutError:
        raise FrontFailed(f"a worker did not start within {START_S:.0f} s") from None
    raise FrontFailed(_how_it_ended(process))


def _tell(process: Process, brief: Brief) -> None:
    if process.stdin is None:
        raise AssertionError("it is a pipe")
    if not process.stdin.is_closing():
        process.stdin.write(brief.line())


def _signalled(process: Process, number: int) -> None:
    # It may have ended without this loop having heard of it yet.
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.send_signal(number)


def _how_it_ended(process: Process) -> str:
    code = process.returncode or 0
    return f"a worker was ended by signal {-code}" if code < 0 else f"a worker ended with {code}"
