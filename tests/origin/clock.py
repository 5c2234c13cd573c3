"""What time it is on an origin: the machine's time, or the test's."""

from __future__ import annotations

import asyncio
import time
from typing import Protocol


class Clock(Protocol):
    """Seconds since some moment, and a way to wait for one."""

    def __call__(self) -> float:
        """The time now."""

    async def until(self, at_s: float) -> None:
        """Wait until it is `at_s` or later."""


class RealClock:
    """The time of the machine, which never goes back."""

    def __call__(self) -> float:
        return time.monotonic()

    async def until(self, at_s: float) -> None:
        while (left_s := at_s - self()) > 0:
            await asyncio.sleep(left_s)


class ManualClock:
    """Time that passes when the test says so: whoever waits for it wakes when it is set."""

    def __init__(self, now_s: float = 0.0) -> None:
        self._now_s = now_s
        self._moved = asyncio.Event()

    def __call__(self) -> float:
        return self._now_s

    @property
    def now_s(self) -> float:
        """The time; setting it wakes who waits for that moment."""
        return self._now_s

    @now_s.setter
    def now_s(self, now_s: float) -> None:
        self._now_s = now_s
        self._moved.set()
        self._moved = asyncio.Event()

    async def until(self, at_s: float) -> None:
        while self._now_s < at_s:
            await self._moved.wait()
