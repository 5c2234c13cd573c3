"""The season as an iCalendar feed (RFC 5545, RFC 7986) that calendar applications subscribe to.

Its bytes depend on the schedule and the options alone, not on the time: an unchanged season is an
unchanged feed.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from icalendar import Alarm, Calendar, Event
from icalendar.enums import STATUS, TRANSP

from f1stream.schedule.sessions import UNCHANGED_SINCE, Schedule, Slot, each_slot

DEFAULT_ALARM = timedelta(minutes=15)
REFRESH = timedelta(hours=6)
MAX_FEEDS = 16


@dataclass(frozen=True, slots=True)
class CalendarOptions:
    """What a subscriber wants: when to be reminded (never, where zero), and of which sessions.

    No `types` means all of them.
    """

    alarm: timedelta = DEFAULT_ALARM
    types: frozenset[str] = frozenset()

    def wants(self, slot: Slot) -> bool:
        """Whether the sessions of this type are among those chosen."""
        return not self.types or slot.session.type in self.types


@dataclass(frozen=True, slots=True)
class Feed:
    """A rendered calendar, when the newest of what it says was changed, and its entity tag."""

    body: bytes
    modified: datetime
    tag: str


def feed(schedule: Schedule, options: CalendarOptions) -> Feed:
    """The season's sessions as events, those that were withdrawn as cancelled ones."""
    calendar = Calendar.new(
        prodid="-//f1stream//schedule//EN",
        uid=f"{schedule.season}@f1stream",
        name="Formula 1",
        description=f"The sessions of the {schedule.season} season",
        refresh_interval=REFRESH,
        subcomponents=[],
    )
    # Required by RFC 7986, section 5.7; older applications know the second one only.
    calendar["REFRESH-INTERVAL"].params["VALUE"] = "DURATION"
    calendar.add("X-PUBLISHED-TTL", "PT6H")
    modified = UNCHANGED_SINCE
    for slot, cancelled in _chosen(schedule, options):
        modified = max(modified, slot.session.changed)
        calendar.add_component(_event(schedule, slot, cancelled, options.alarm))
    calendar.last_modified = modified
    body = calendar.to_ical()
    return Feed(body, modified, hashlib.blake2b(body, digest_size=12).hexdigest())


class Feeds:
    """Feeds that were rendered and are still right, so that a poll costs nothing.

    A season takes a tenth of a second: it is rendered beside the loop, one at a time.
    """

    def __init__(self) -> None:
        self._schedule: Schedule | None = None
        self._feeds: OrderedDict[CalendarOptions, Feed] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(self, schedule: Schedule, options: CalendarOptions) -> Feed:
        """The feed of `schedule` as `options` want it."""
        async with self._turn:
            if schedule is not self._schedule:
                self._schedule = schedule
                self._feeds.clear()
            if options not in self._feeds:
                self._feeds[options] = await asyncio.to_thread(feed, schedule, options)
            self._feeds.move_to_end(options)
            while len(self._feeds) > MAX_FEEDS:
                self._feeds.popitem(last=False)
            return self._feeds[options]


def _chosen(schedule: Schedule, options: CalendarOptions) -> Iterator[tuple[Slot, bool]]:
    for slot in each_slot(schedule.races):
        if options.wants(slot):
            yield slot, False
    for slot in each_slot(schedule.withdrawn):
        if options.wants(slot):
            yield slot, True


def _event(schedule: Schedule, slot: Slot, cancelled: bool, alarm: timedelta) -> Event:
    race, session = slot.race, slot.session
    uid = f"{schedule.season}-{race.key}-{session.type.replace('_', '-')}@f1stream"
    start, end = _span(slot)
    event = Event.new(
        uid=uid,
        summary=f"{race.race_name}: {session.name}",
        start=start,
        end=end,
        # Without a METHOD, DTSTAMP is the time of the last revision (RFC 5545, section 3.8.7.2).
        stamp=session.changed,
        last_modified=session.changed,
        sequence=session.sequence,
        status=_status(slot, cancelled),
        # To watch is no appointment: a subscriber is not busy.
        transparency=TRANSP.TRANSPARENT,
        categories=["Formula 1", session.name],
        location=", ".join(part for part in (race.circuit, race.locality, race.country) if part)
        or None,
        url=race.url or None,
    )
    if alarm and not cancelled and not session.whole_day:
        event.add_component(_alarm(uid, slot, alarm))
    return event


def _span(slot: Slot) -> tuple[date, date]:
    """Its times, or the days from and up to which it lasts where no time is known."""
    session = slot.session
    if session.whole_day:
        return session.start_utc.date(), session.end_utc.date()
    return session.start_utc, session.end_utc


def _status(slot: Slot, cancelled: bool) -> STATUS:
    if cancelled:
        return STATUS.CANCELLED
    return STATUS.TENTATIVE if slot.session.whole_day else STATUS.CONFIRMED


def _alarm(uid: str, slot: Slot, before: timedelta) -> Alarm:
    alarm = Alarm.new(uid=f"alarm-{uid}", description=f"{slot.race.race_name}: {slot.session.name}")
    alarm.add("ACTION", "DISPLAY")
    alarm.add("TRIGGER", -before)
    return alarm
