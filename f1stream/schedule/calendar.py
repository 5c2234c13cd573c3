"""The season as an iCalendar feed (RFC 5545, RFC 7986) that calendar applications subscribe to.

Its bytes depend on the schedule and the options alone, not on the time: an unchanged season is an
unchanged feed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta

from icalendar import Alarm, Calendar, Event
from icalendar.enums import STATUS, TRANSP

from f1stream.schedule.feeds import CalendarOptions, Feed
from f1stream.schedule.sessions import UNCHANGED_SINCE, Schedule, Slot, each_slot

REFRESH = timedelta(hours=6)


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
    return Feed(body, hashlib.blake2b(body, digest_size=12).hexdigest())


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
