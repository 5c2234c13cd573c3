"""What the API says becomes races, of every format there was, and of none that there was not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from f1stream.schedule import Race
from f1stream.schedule.ergast import Season
from tests.schedule.conftest import utc
from tests.schedule.jolpica_server import answer, race, season_2026

SEEN = utc("2026-01-01 00:00")


def read(*races: dict[str, Any]) -> tuple[Race, ...]:
    return Season.model_validate_json(json.dumps(answer(2026, list(races)))).races(SEEN)


def weekend(told: dict[str, Any]) -> list[tuple[str, str, int]]:
    (only,) = read(told)
    return [
        (each.type, f"{each.start_utc:%a %H:%M}", each.duration_minutes) for each in only.sessions
    ]


def test_the_real_season_is_read_whole() -> None:
    races = read(*season_2026())
    assert [each.round for each in races] == list(range(1, 24))
    assert {len(each.sessions) for each in races} == {5}
    assert all(each.sessions[-1].type == "race" for each in races)
    sprints = [each.key for each in races if any(s.type == "sprint" for s in each.sessions)]
    assert len(sprints) == 6
    miami = next(each for each in races if each.key == "miami-grand-prix")
    assert (miami.circuit, miami.circuit_id, miami.locality, miami.country) == (
        *("Miami International Autodrome", "miami", "Miami", "USA"),
    )


def test_a_weekend_without_a_sprint() -> None:
    told = race(
        *(1, "Bahrain Grand Prix", "2024-03-02", "15:00:00Z"),
        FirstPractice="2024-02-29 11:30:00Z",
        SecondPractice="2024-02-29 15:00:00Z",
        ThirdPractice="2024-03-01 12:30:00Z",
        Qualifying="2024-03-01 16:00:00Z",
    )
    assert weekend(told) == [
        ("fp1", "Thu 11:30", 60),
        ("fp2", "Thu 15:00", 60),
        ("fp3", "Fri 12:30", 60),
        ("qualifying", "Fri 16:00", 60),
        ("race", "Sat 15:00", 120),
    ]


def test_a_sprint_weekend_since_2024() -> None:
    told = race(
        *(5, "Chinese Grand Prix", "2024-04-21", "07:00:00Z"),
        FirstPractice="2024-04-19 03:30:00Z",
        Qualifying="2024-04-20 07:00:00Z",
        Sprint="2024-04-20 03:00:00Z",
        SprintQualifying="2024-04-19 07:30:00Z",
    )
    assert weekend(told) == [
        ("fp1", "Fri 03:30", 60),
        ("sprint_qualifying", "Fri 07:30", 45),
        ("sprint", "Sat 03:00", 60),
        ("qualifying", "Sat 07:00", 60),
        ("race", "Sun 07:00", 120),
    ]


def test_the_shootout_of_2023_is_a_sprint_qualifying_and_there_is_one_of_them() -> None:
    told = race(
        *(4, "Azerbaijan Grand Prix", "2023-04-30", "11:00:00Z"),
        FirstPractice="2023-04-28 09:30:00Z",
        Qualifying="2023-04-28 13:00:00Z",
        SprintShootout="2023-04-29 08:30:00Z",
        Sprint="2023-04-29 13:30:00Z",
    )
    (only,) = read(told)
    assert [(each.type, each.name) for each in only.sessions][2] == (
        *("sprint_qualifying", "Sprint Shootout"),
    )
    told["SprintQualifying"] = {"date": "2023-04-29", "time": "09:00:00Z"}
    (only,) = read(told)
    (one,) = [each for each in only.sessions if each.type == "sprint_qualifying"]
    assert one.name == "Sprint Qualifying"


def test_a_session_without_a_time_lasts_all_day_and_one_without_a_day_is_not_there() -> None:
    told = race(1, "A", "2027-03-07", None, Qualifying="2027-03-06")
    told |= {"FirstPractice": {}, "SecondPractice": {"time": "10:00:00Z"}, "ThirdPractice": None}
    told["Sprint"] = {"date": None, "time": None}
    assert weekend(told) == [("qualifying", "Sat 00:00", 1440), ("race", "Sun 00:00", 1440)]


def test_a_time_is_utc_whether_it_says_so_or_not_and_another_zone_is_turned() -> None:
    for time, said in (("10:00:00", "10:00"), ("10:00:00Z", "10:00"), ("10:00:00+14:00", "20:00")):
        (_, start, _) = weekend(race(1, "A", "2026-01-01", time))[0]
        assert start.endswith(said)


def test_unknown_sessions_are_kept_under_their_own_names() -> None:
    told = race(1, "A", "2026-05-03", FourthPractice="2026-05-01 10:00:00Z")
    told |= {"Weather": {"sky": "blue"}, "Laps": 57, "Note": None, "Tags": ["x"]}
    (only,) = read(told)
    assert [(each.type, each.name) for each in only.sessions] == [
        ("fourth_practice", "Fourth Practice"),
        ("race", "Race"),
    ]


def test_what_may_be_missing_is_empty() -> None:
    (only,) = read({"round": "3", "raceName": "A", "date": "2026-05-03"})
    assert (only.circuit, only.circuit_id, only.country, only.locality, only.url) == ("",) * 5
    assert only.sessions[0].whole_day


def test_races_come_in_the_order_of_their_rounds_each_with_a_name_of_its_own() -> None:
    races = read(
        race(10, "Grand Prix", "2026-06-01"),
        race(2, "Grand Prix", "2026-05-01"),
        race(2, "Grand Prix", "2026-05-02"),
        race(1, "日本", "2026-04-01"),
    )
    assert [each.round for each in races] == [1, 2, 2, 10]
    assert len({each.key for each in races}) == 4
    assert races[0].key == "round-1"
    assert races[1].key == "grand-prix"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "ftp://a.example/", "https://", "//a.example", "https://a b/", ""],
)
def test_a_link_that_is_no_web_page_is_left_out(url: str) -> None:
    (only,) = read(race(1, "A", "2026-05-03") | {"url": url})
    assert only.url == ""


@pytest.mark.parametrize(
    "change",
    [
        {"date": None},
        {"date": "soon"},
        {"date": 5},
        {"date": "0001-01-01"},
        {"time": "late"},
        {"time": 5},
        {"round": None},
        {"round": "-1"},
        {"raceName": ""},
        {"raceName": None},
        {"raceName": ["x"]},
        {"Circuit": "Monza"},
        {"Qualifying": "Saturday"},
        {"Qualifying": {"date": "2026-13-01"}},
        {"Qualifying": [1]},
    ],
    ids=str,
)
def test_what_it_never_says_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read(race(1, "A", "2026-05-03") | change)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = st.sampled_from(
    ["round", "raceName", "date", "time", "url", "Circuit", "Qualifying", "Sprint", "Odd", "9", ""]
)
DAYS = st.dates().map(str)
WHEN = st.fixed_dictionaries(
    {}, optional={"date": DAYS | JSON, "time": st.times().map(lambda t: f"{t}Z") | JSON}
)


@given(st.dictionaries(FIELDS | st.text(max_size=20), JSON | WHEN | DAYS, max_size=6))
@settings(deadline=None)
def test_whatever_it_says_is_read_or_refused_and_what_is_read_is_whole(
    change: dict[str, Any],
) -> None:
    try:
        (only,) = read(race(1, "A", "2026-05-03") | change)
    except ValidationError:
        return
    assert Race.model_validate_json(only.model_dump_json()) == only
    assert len({each.type for each in only.sessions}) == len(only.sessions)
    assert list(only.sessions) == sorted(only.sessions, key=lambda each: each.start_utc)


@given(st.binary(max_size=300))
@settings(deadline=None)
def test_bytes_that_are_no_answer_are_refused(body: bytes) -> None:
    with pytest.raises(ValidationError):
        Season.model_validate_json(body)
