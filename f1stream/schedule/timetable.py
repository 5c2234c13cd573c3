"""The season as it is known now: kept, renewed when asked to, and questioned by the clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from f1stream.errors import SourceChanged, UpstreamError
from f1stream.schedule.changes import merged
from f1stream.schedule.jolpica import Fetched, Jolpica
from f1stream.schedule.sessions import Race, Schedule, Slot, is_over, status
from f1stream.schedule.storage import Storage

# Renewed once a day, with two hours to spare for the API's bad moments.
FRESH = timedelta(hours=26)
# A season is shown for this long after its last race, then the next one if it is published.
AFTERGLOW = timedelta(days=3)
# By how much the clock may have been set back since the schedule was fetched.
CLOCK_TOLERANCE = timedelta(minutes=5)


class Timetable:
    """The one place that knows the season.

    `schedule` is the kept one; without one (None) it begins with `bundled`. `clock` is wall time.
    """

    def __init__(
        self,
        api: Jolpica,
        storage: Storage,
        *,
        kept: Schedule | None,
        bundled: Schedule,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._api = api
        self._storage = storage
        self._clock = clock
        self._schedule = kept if kept and kept.year >= bundled.year else bundled
        self._fetched = self._schedule is kept
        self._failing = False
        self._watchers: list[Callable[[], None]] = []

    def __repr__(self) -> str:
        schedule = self._schedule
        state = "stale" if self.stale(self._clock()) else "fresh"
        return f"<Timetable {schedule.season} · {len(schedule.races)} races · {state}>"

    @property
    def schedule(self) -> Schedule:
        """What is known; a new value after each renewal."""
        return self._schedule

    def now(self) -> datetime:
        """The time by its clock."""
        return self._clock()

    @property
    def renewed_at(self) -> datetime | None:
        """When the API last said that this is the season; None for the bundled one."""
        return self._schedule.fetched_at if self._fetched else None

    @property
    def clock_ahead(self) -> timedelta | None:
        """How far its clock is ahead of the API's; None where that is not known."""
        return self._api.skew

    @property
    def host(self) -> str:
        """Who is asked, for messages."""
        return self._api.host

    def stale(self, now: datetime) -> bool:
        """Whether what is known is old, or the last attempt to renew it failed."""
        age = now - self._schedule.fetched_at
        return self._failing or not self._fetched or not -CLOCK_TOLERANCE <= age < FRESH

    def watch(self, told: Callable[[], None]) -> None:
        """Have `told` called after each attempt to renew what is known."""
        self._watchers.append(told)

    async def renew(self) -> None:
        """Ask the API once. Raises `UpstreamError` or `SourceChanged`; what is known then stays."""
        now = self._clock()
        try:
            schedule = await self._asked(now)
        except (UpstreamError, SourceChanged):
            self._failing = True
            self._tell()
            raise
        self._schedule = schedule
        self._fetched, self._failing = True, False
        self._tell()
        await asyncio.to_thread(self._storage.save, schedule)

    def _tell(self) -> None:
        for told in self._watchers:
            told()

    async def _asked(self, now: datetime) -> Schedule:
        """The best season that is published: the next one soon after this one's last race."""
        before = self._schedule
        for year in seasons(before, now):
            known = before if year == before.year else None
            fetched = await self._api.season(year, known, now)
            if fetched is None:
                return before.model_copy(update={"fetched_at": now})
            if fetched.races:
                return _taken(before, year, fetched, now)
        raise SourceChanged(f"{self._api.host} has no races of {before.season} any more")

    def live_or_soon(self, now: datetime, margin: timedelta) -> bool:
        """Whether a session is live, or begins to be within `margin`."""
        return any(
            slot.session.live_from - margin <= now < slot.session.live_until
            for slot in self._schedule.slots()
        )

    def current_session(self, now: datetime) -> Slot | None:
        """The session that is live; of several the one that began last."""
        live = [s for s in self._schedule.slots() if status(s.session, now) == "live"]
        return live[-1] if live else None

    def next_session(self, now: datetime) -> Slot | None:
        """The first session that is still to come; None at a season's end."""
        slots = self._schedule.slots()
        return next((s for s in slots if status(s.session, now) == "upcoming"), None)

    def next_change(self, now: datetime) -> datetime | None:
        """When the clock alone will next change what is said: a session's status, or staleness."""
        slots = self._schedule.slots()
        moments = [moment for s in slots for moment in (s.session.live_from, s.session.live_until)]
        moments.append(self._schedule.fetched_at + FRESH)
        return min((moment for moment in moments if moment > now), default=None)


def seasons(known: Schedule, now: datetime) -> tuple[int, ...]:
    """The years to ask for, best first; the last one is of the season that is known."""
    year = max(known.year, now.year)
    if known.year == now.year and is_over(known, now - AFTERGLOW):
        year += 1
    return tuple(dict.fromkeys((year, known.year)))


def _taken(before: Schedule, year: int, fetched: Fetched, now: datetime) -> Schedule:
    races = fetched.races
    withdrawn: tuple[Race, ...] = ()
    if year == before.year:
        races, withdrawn = merged(before, races, now)
    return Schedule(
        season=f"{year:04}",
        fetched_at=now,
        races=races,
        withdrawn=withdrawn,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
    )
