"""What the clock says of a session."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1stream.schedule import Session, bundled, status
from f1stream.schedule.sessions import is_over, slug
from tests.schedule.conftest import utc


def session(start: str, minutes: int = 60, kind: str = "qualifying") -> Session:
    return Session(type=kind, name="A session", start_utc=utc(start), duration_minutes=minutes)


@pytest.mark.parametrize(
    ("kind", "minutes", "at", "said"),
    [
        ("qualifying", 60, "13:49:59", "upcoming"),
        ("qualifying", 60, "13:50:00", "live"),
        ("qualifying", 60, "15:29:59", "live"),
        ("qualifying", 60, "15:30:00", "past"),
        ("sprint_qualifying", 45, "15:14:59", "live"),
        ("sprint_qualifying", 45, "15:15:00", "past"),
        ("race", 120, "16:59:59", "live"),
        ("race", 120, "17:00:00", "past"),
    ],
)
def test_it_is_live_from_shortly_before_to_a_while_after(
    kind: str, minutes: int, at: str, said: str
) -> None:
    assert status(session("2026-07-05 14:00", minutes, kind), utc(f"2026-07-05 {at}")) == said


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2026-12-31 23:59:59", "upcoming"),
        ("2027-01-01 00:00:00", "live"),
        ("2027-01-01 23:59:59", "live"),
        ("2027-01-02 00:00:00", "past"),
    ],
)
def test_one_of_which_only_the_day_is_known_is_on_all_day_in_utc(at: str, said: str) -> None:
    whole = session("2027-01-01 00:00", 1440)
    assert whole.whole_day
    assert status(whole, utc(at)) == said


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York", "Australia/Melbourne"])
@pytest.mark.parametrize(
    "start",
    [
        "2026-03-29 00:30",  # Europe goes forward at 01:00
        "2026-10-25 00:30",  # and back at 01:00
        "2026-03-08 06:30",  # New York goes forward at 07:00
        "2026-11-01 05:30",  # and back at 06:00
        "2026-04-04 15:30",  # Melbourne goes back at 16:00
        "2026-12-31 23:30",
        "2028-02-29 23:30",
    ],
)
def test_a_clock_change_or_a_new_year_in_the_middle_changes_nothing(start: str, zone: str) -> None:
    each = session(start)
    place = ZoneInfo(zone)
    for minutes in range(-120, 180, 5):
        now = utc(start) + timedelta(minutes=minutes)
        expected = "upcoming" if minutes < -10 else "live" if minutes < 90 else "past"
        assert status(each, now) == expected
        assert status(each, now.astimezone(place)) == expected


def test_a_start_in_another_zone_is_the_same_moment_in_utc() -> None:
    there = datetime(2026, 3, 8, 15, tzinfo=timezone(timedelta(hours=11)))
    each = Session(type="race", name="Race", start_utc=there, duration_minutes=120)
    assert each.start_utc.isoformat() == "2026-03-08T04:00:00+00:00"


@given(
    st.timedeltas(timedelta(days=-3), timedelta(days=3)),
    st.timedeltas(timedelta(0), timedelta(days=6)),
    st.integers(1, 1440),
)
@settings(deadline=None)
def test_time_only_goes_from_upcoming_to_live_to_past(
    before: timedelta, later: timedelta, minutes: int
) -> None:
    start = utc("2027-12-31 23:00")
    now = start + before
    each = Session(type="x", name="", start_utc=start, duration_minutes=minutes)
    order = ["upcoming", "live", "past"]
    assert order.index(status(each, now)) <= order.index(status(each, now + later))


def test_a_season_is_over_when_its_last_session_is_past() -> None:
    season = bundled()
    assert not is_over(season, utc("2026-12-06 15:59:59"))
    assert is_over(season, utc("2026-12-06 16:00:00"))


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("São Paulo Grand Prix", "sao-paulo-grand-prix"),
        ("  70th Anniversary GP! ", "70th-anniversary-gp"),
        ("日本グランプリ", ""),
    ],
)
def test_a_slug_is_plain(name: str, key: str) -> None:
    assert slug(name) == key
