"""A job run again and again, and at once when somebody asks."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

log = logging.getLogger(__name__)


class Every:
    """Runs `job` each `interval_s` seconds, give or take a tenth, until cancelled.

    A round that raises is logged with its traceback when failing begins, and once more when it
    ends; the rounds in between are silent, and go on.
    """

    def __init__(self, job: Callable[[], Awaitable[None]], *, interval_s: float, name: str) -> None:
        self._job = job
        self._interval_s = interval_s
        self._name = name
        self._failing = False
        self._wanted = asyncio.Event()
        self._begun = 0
        self._done = 0
        self._round_ended = asyncio.Condition()

    async def run(self) -> None:
        """The loop; ends only by cancellation."""
        while True:
            self._wanted.clear()
            self._begun += 1
            await self._round()
            async with self._round_ended:
                self._done = self._begun
                self._round_ended.notify_all()
            await self._pause()

    def ask(self) -> int:
        """Have a round run; returns its number, for `ended`.

        However many ask while a round runs, one more round serves them all.
        """
        self._wanted.set()
        return self._begun + 1

    def has_ended(self, number: int) -> bool:
        """Whether the round of that number has ended."""
        return self._done >= number

    async def ended(self, number: int) -> None:
        """Return when the round of that number has ended."""
        async with self._round_ended:
            await self._round_ended.wait_for(lambda: self.has_ended(number))

    async def now(self) -> None:
        """Have a round run, and return when one that began after this call has ended."""
        await self.ended(self.ask())

    async def _round(self) -> None:
        try:
            await self._job()
        except Exception:
            if not self._failing:
                log.exception("%s fails; further failures are silent until it works", self._name)
            self._failing = True
        else:
            if self._failing:
                log.info("%s works again", self._name)
            self._failing = False

    async def _pause(self) -> None:
        seconds = self._interval_s * random.uniform(0.9, 1.1)
        try:
            async with asyncio.timeout(seconds):
                await self._wanted.wait()
        except TimeoutError:
            pass
