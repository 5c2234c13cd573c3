"""The feed as a calendar application reads it, by the icalendar library and by RFC 5545."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar, Event

from f1stream.schedule import CalendarOptions, Race, Schedule, Session, bundled
from f1stream.schedule.calendar import feed
from tests.schedule.conftest import utc


def read(schedule: Schedule, **options: Any) -> Calendar:
    return Calendar.from_ical(feed(schedule, CalendarOptions(**options)).body)


def by_uid(calendar: Calendar) -> dict[str, Event]:
    events = {str(event.uid): event for event in calendar.events}
    assert len(events) == len(calendar.events)
    return events


def one(**more: Any) -> Schedule:
    """A season of one race with one session."""
    session: dict[str, Any] = {
        "type": "race",
        "name": "Race",
        "start_utc": utc("2026-06-07 13:00"),
        "duration_minutes": 120,
    }
    session |= {name: more.pop(name) for name in list(more) if name in Session.model_fields}
    race = {"round": 6, "race_name": "Monaco Grand Prix", "date": date(2026, 6, 7), **more}
    return Schedule(
        season="2026",
        fetched_at=utc("2026-06-01 00:00"),
        races=(Race(**race, sessions=(Session(**session),)),),
    )


def test_the_season_is_a_calendar_with_an_event_for_each_session() -> None:
    calendar = read(bundled())
    assert len(by_uid(calendar)) == 23 * 5
    assert not any(event.errors for event in calendar.events)
    assert calendar.calendar_name == "Formula 1"
    assert calendar["X-WR-CALNAME"] == "Formula 1"
    assert (calendar["VERSION"], calendar["PRODID"]) == ("2.0", "-//f1stream//schedule//EN")
    assert calendar.refresh_interval == timedelta(hours=6)
    assert calendar["X-PUBLISHED-TTL"] == "PT6H"
    assert calendar["UID"] == "2026@f1stream"


def test_an_event_says_what_when_and_where() -> None:
    event = by_uid(read(bundled()))["2026-monaco-grand-prix-race@f1stream"]
    assert event["SUMMARY"] == "Monaco Grand Prix: Race"
    assert (event.start, event.end) == (utc("2026-06-07 13:00"), utc("2026-06-07 15:00"))
    assert event["LOCATION"] == "Circuit de Monaco, Monte Carlo, Monaco"
    assert event["URL"] == "https://en.wikipedia.org/wiki/2026_Monaco_Grand_Prix"
    assert (event["STATUS"], event["TRANSP"], event.sequence) == ("CONFIRMED", "TRANSPARENT", 0)
    assert event.categories == ["Formula 1", "Race"]


def test_all_times_are_utc_so_that_no_time_zone_has_to_be_known() -> None:
    text = feed(bundled(), CalendarOptions()).body.decode()
    starts = re.findall(r"^DT(?:START|END|STAMP).*$", text, re.MULTILINE)
    assert len(starts) == 3 * 115
    assert all(re.fullmatch(r"DT\w+:\d{8}T\d{6}Z\r?", line) for line in starts)
    assert "TZID" not in text
    assert "VTIMEZONE" not in text


def test_a_reminder_comes_a_quarter_of_an_hour_before_or_when_asked_for_or_never() -> None:
    for options, before in (({}, 15), ({"alarm": timedelta(hours=2)}, 120)):
        (event,) = read(one(), **options).events
        (alarm,) = event.alarms.times
        assert alarm.trigger == utc("2026-06-07 13:00") - timedelta(minutes=before)
        assert event.walk("VALARM")[0]["ACTION"] == "DISPLAY"
        assert event.walk("VALARM")[0]["DESCRIPTION"] == "Monaco Grand Prix: Race"
    (event,) = read(one(), alarm=timedelta(0)).events
    assert not event.walk("VALARM")


def test_only_the_sessions_that_are_wanted_are_there() -> None:
    calendar = read(bundled(), types=frozenset({"race", "sprint"}))
    assert len(calendar.events) == 23 + 6
    assert {event.categories[1] for event in calendar.events} == {"Race", "Sprint"}


def test_a_session_without_a_time_is_an_event_of_the_whole_day_without_a_reminder() -> None:
    schedule = one(start_utc=utc("2028-02-29 00:00"), duration_minutes=1440)
    (event,) = read(schedule).events
    assert (event.start, event.end) == (date(2028, 2, 29), date(2028, 3, 1))
    assert event["STATUS"] == "TENTATIVE"
    assert not event.walk("VALARM")
    assert b"DTSTART;VALUE=DATE:20280229" in feed(schedule, CalendarOptions()).body


def test_what_was_withdrawn_is_cancelled_under_the_name_it_had() -> None:
    before = one()
    (race,) = before.races
    session = race.sessions[0].model_copy(
        update={"sequence": 1, "changed": utc("2026-05-01 03:00")}
    )
    after = before.model_copy(
        update={"races": (), "withdrawn": (race.model_copy(update={"sessions": (session,)}),)}
    )
    (was,), (event,) = read(before).events, read(after).events
    assert event.uid == was.uid == "2026-monaco-grand-prix-race@f1stream"
    assert event["STATUS"] == "CANCELLED"
    assert (event.sequence, was.sequence) == (1, 0)
    assert event.stamp == event.last_modified == utc("2026-05-01 03:00")
    assert not event.walk("VALARM")


def test_an_event_that_is_moved_keeps_its_name_whatever_its_round() -> None:
    (before,) = read(one()).events
    (after,) = read(one(round=5, start_utc=utc("2026-06-08 13:00"), sequence=1)).events
    assert before.uid == after.uid
    assert after.sequence > before.sequence


def test_an_unchanged_season_is_an_unchanged_feed() -> None:
    early, late = bundled(), bundled()
    late = late.model_copy(update={"fetched_at": utc("2026-12-01 00:00"), "etag": '"y"'})
    assert feed(early, CalendarOptions()) == feed(late, CalendarOptions())
    moved = one(changed=utc("2026-05-01 03:00"), sequence=1)
    assert read(moved).last_modified == utc("2026-05-01 03:00")
    assert feed(moved, CalendarOptions()).tag != feed(one(), CalendarOptions()).tag


def test_lines_are_folded_at_75_octets_and_end_in_crlf() -> None:
    body = feed(one(race_name="Ü" * 200, circuit="🏁" * 60), CalendarOptions()).body
    lines = body.split(b"\r\n")
    assert lines[-1] == b""
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(len(line) for line in lines) <= 75
    for line in lines:
        line.decode()


NAMES = st.text(max_size=120) | st.text('\\;,:"\n\r\t\N{LINE SEPARATOR}N ', max_size=40)


@given(NAMES, NAMES, NAMES, NAMES)
@settings(deadline=None)
def test_any_name_is_read_back_as_it_was(
    race_name: str, circuit: str, country: str, name: str
) -> None:
    schedule = one(race_name=race_name, circuit=circuit, country=country, name=name)
    (race,) = schedule.races
    (event,) = read(schedule).events
    assert not event.errors
    assert event["SUMMARY"] == f"{race.race_name}: {race.sessions[0].name}"
    assert event.get("LOCATION", "") == ", ".join(filter(None, (race.circuit, race.country)))
    assert event.categories == ["Formula 1", race.sessions[0].name]


@given(
    st.datetimes(datetime.fromisoformat("1950-01-02"), datetime.fromisoformat("2199-12-30")),
    st.integers(1, 1440),
)
@settings(deadline=None)
def test_any_time_is_read_back_as_it_was(start: datetime, minutes: int) -> None:
    begins = start.replace(microsecond=0, tzinfo=UTC)
    (event,) = read(one(start_utc=begins, duration_minutes=minutes)).events
    if minutes == 1440:
        assert event.start == begins.date()
    else:
        assert (event.start, event.end) == (begins, begins + timedelta(minutes=minutes))
