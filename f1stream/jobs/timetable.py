"""When the timetable is renewed: daily at 03:00 UTC, when it is stale, and when somebody asks."""

from __future__ import annotations

import asyncio
import logging
import math
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as time_of_day

from f1stream.errors import SourceChanged, TooSoon, UpstreamBusy, UpstreamError
from f1stream.schedule import CLOCK_TOLERANCE, Timetable

log = logging.getLogger(__name__)

RENEWAL_HOUR = 3
FIRST_RETRY_S = 60.0
LONGEST_RETRY_S = 3600.0
# With two requests each, this stays below what the API allows in an hour.
DEMAND_INTERVAL_S = 15.0


class Renewal:
    """Renews `timetable` when it is due, as often as `round` is called.

    Due is a matter of wall time, so a clock that is set or a machine that slept is no harm; pauses
    after a failure are counted by `steady`, seconds that never jump.
    """

    def __init__(
        self,
        timetable: Timetable,
        *,
        steady: Callable[[], float] = time.monotonic,
        spread: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._timetable = timetable
        self._steady = steady
        self._spread = spread
        self._turn = asyncio.Lock()
        self._attempts = 0
        self._failures = 0
        self._told_clock = False
        self._failure: UpstreamError | SourceChanged | None = None
        self._next_demand = self._next_try = steady()

    async def round(self) -> None:
        """Renew the timetable if it is due; a failure is logged when it begins, and retried."""
        async with self._turn:
            due = is_due(self._timetable.renewed_at, self._timetable.now())
            if due and self._steady() >= self._next_try:
                await self._attempt()

    async def now(self) -> None:
        """Renew it now; those who ask while that goes on are served by the same attempt.

        Raises `TooSoon`, or what made the attempt fail.
        """
        before = self._attempts
        async with self._turn:
            if self._attempts == before:
                wait_s = self._next_demand - self._steady()
                if wait_s > 0:
                    raise TooSoon(f"ask again in {math.ceil(wait_s)} s", wait_s)
                await self._attempt()
            if self._failure:
                raise self._failure

    async def _attempt(self) -> None:
        try:
            await self._timetable.renew()
        except (UpstreamError, SourceChanged) as error:
            if not self._failures:
                log.warning("the schedule can't be renewed: %s", error.detail)
            self._failures += 1
            self._failure = error
        else:
            if self._failures:
                log.info("the schedule is renewed again")
            self._failures = 0
            self._failure = None
        self._tell_clock()
        self._attempts += 1
        self._next_demand = self._steady() + DEMAND_INTERVAL_S
        if self._failure:
            self._put_off(self._failure)

    def _tell_clock(self) -> None:
        """Say once that this machine's clock is wrong, by which sessions are live or to come."""
        ahead = self._timetable.clock_ahead
        if ahead is None:
            return
        wrong = abs(ahead) > CLOCK_TOLERANCE
        if wrong and not self._told_clock:
            log.warning(
                "this machine's clock is %s %s that of %s: sessions are live and over at the wrong "
                "times, and certificates may seem to have ended; have it set by NTP",
                span(abs(ahead)),
                "ahead of" if ahead > timedelta(0) else "behind",
                self._timetable.host,
            )
        elif self._told_clock and not wrong:
            log.info("this machine's clock is right again")
        self._told_clock = wrong

    def _put_off(self, error: UpstreamError | SourceChanged) -> None:
        """Wait twice as long each time, not all f1streams at once, and as long as was asked for."""
        pause_s = min(FIRST_RETRY_S * 2 ** min(self._failures - 1, 10), LONGEST_RETRY_S)
        self._next_try = self._steady() + pause_s * self._spread(0.8, 1.2)
        if isinstance(error, UpstreamBusy) and error.wait_s:
            asked = self._steady() + error.wait_s * self._spread(1.0, 1.1)
            self._next_try = max(self._next_try, asked)
            self._next_demand = max(self._next_demand, asked)


def span(length: timedelta) -> str:
    """A length of time in words, as exact as matters."""
    for unit, seconds in (("year", 31_557_600), ("day", 86_400), ("hour", 3_600), ("minute", 60)):
        count = int(length.total_seconds() // seconds)
        if count:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def is_due(renewed_at: datetime | None, now: datetime) -> bool:
    """Whether the last 03:00 UTC has passed without a renewal, or the last one is in the future."""
    if renewed_at is None or renewed_at > now + CLOCK_TOLERANCE:
        return True
    today = datetime.combine(now.date(), time_of_day(RENEWAL_HOUR), now.tzinfo)
    return renewed_at < (today if today <= now else today - timedelta(days=1))
