"""When a source is read next: by the timetable, by its failures, and by its streams' tokens."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Protocol

from f1stream.catalogue import SourceHealth
from f1stream.models import Stream

EXTRACT_INTERVAL = timedelta(minutes=30)
LIVE_INTERVAL = timedelta(minutes=5)
BEFORE_LIVE = timedelta(minutes=15)
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=30)
# No pause is longer, whatever is added to spread sources.
LONGEST_PAUSE = timedelta(minutes=36)
# A token is replaced when so much of its life is left, within these bounds.
AHEAD_PART = 0.25
LEAST_AHEAD = timedelta(seconds=3)
MOST_AHEAD = timedelta(minutes=1)
# However short its tokens live, a source is not asked more often.
LEAST_INTERVAL = timedelta(seconds=10)


class Timetable(Protocol):
    """What the cadence needs of the schedule."""

    def live_or_soon(self, now: datetime, margin: timedelta) -> bool:
        """Whether a session is live at `now`, or begins within `margin`."""
        ...


class Never:
    """The timetable of a season without sessions."""

    def live_or_soon(self, now: datetime, margin: timedelta) -> bool:
        return False


class Cadence:
    """Decides, from what is known of a source, when it is due. It keeps nothing and asks no clock.

    The spread between sources is made from their names: the same one each time, so that a time
    once announced stays.
    """

    def __init__(self, timetable: Timetable | None = None) -> None:
        self._timetable = timetable or Never()

    def next_run(self, health: SourceHealth, watched: Iterable[Stream], now: datetime) -> datetime:
        """When the source is due; `watched` are those of its streams that somebody plays now."""
        if health.last_run is None or health.state == "pending":
            return now
        at = health.last_run + self._pause(health, now)
        if health.failing:
            return at
        return min([at, *(_renewal(stream) for stream in watched if stream.expires_at)])

    def _pause(self, health: SourceHealth, now: datetime) -> timedelta:
        live = self._timetable.live_or_soon(now, BEFORE_LIVE)
        interval = LIVE_INTERVAL if live else EXTRACT_INTERVAL
        if not health.failing:
            return interval * _spread(health, 0.05)
        # Exponential; the exponent is bounded, because a source can fail for weeks.
        retry = FIRST_RETRY * 2 ** min(health.failures - 1, 10)
        pause: timedelta = min(retry, LONGEST_RETRY, interval)
        return pause * _spread(health, 0.2)


def _renewal(stream: Stream) -> datetime:
    """When a stream whose token ends is to be found anew."""
    if stream.expires_at is None:
        raise AssertionError("only what ends is renewed")
    life = stream.expires_at - stream.extracted_at
    ahead = min(max(life * AHEAD_PART, LEAST_AHEAD), MOST_AHEAD)
    return max(stream.expires_at - ahead, stream.extracted_at + LEAST_INTERVAL)


def _spread(health: SourceHealth, part: float) -> float:
    """A factor around 1 that differs between sources and between their failures."""
    return random.Random(f"{health.name} {health.failures}").uniform(1 - part, 1 + part)
