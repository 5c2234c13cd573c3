"""What becomes of sessions from one answer to the next."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from f1stream.schedule import Race, Schedule
from f1stream.schedule.changes import MAX_WITHDRAWN, merged
from f1stream.schedule.ergast import Season
from f1stream.schedule.sessions import MAX_SESSIONS, each_slot
from tests.schedule.conftest import utc
from tests.schedule.jolpica_server import answer, race

FIRST = utc("2026-01-01 00:00")
LATER = utc("2026-04-01 03:00")

MIAMI = race(6, "Miami Grand Prix", "2026-05-03", Qualifying="2026-05-02 20:00:00Z")
BAHRAIN = race(4, "Bahrain Grand Prix", "2026-04-12", Qualifying="2026-04-11 16:00:00Z")
JAPAN = race(3, "Japanese Grand Prix", "2026-03-29")


def read(*races: dict[str, Any], seen: Any = FIRST) -> tuple[Race, ...]:
    return Season.model_validate_json(json.dumps(answer(2026, list(races)))).races(seen)


def after(before: Schedule, *races: dict[str, Any], at: Any = LATER) -> Schedule:
    now, withdrawn = merged(before, read(*races, seen=at), at)
    return before.model_copy(update={"races": now, "withdrawn": withdrawn})


def of(*races: dict[str, Any]) -> Schedule:
    return Schedule(season="2026", fetched_at=FIRST, races=read(*races))


def revisions(schedule: Schedule) -> dict[tuple[str, str], tuple[int, bool]]:
    """Each session's sequence, and whether its last change was the later one."""
    every = [*each_slot(schedule.races), *each_slot(schedule.withdrawn)]
    return {slot.key: (slot.session.sequence, slot.session.changed == LATER) for slot in every}


def test_what_stays_the_same_keeps_its_revision() -> None:
    assert after(of(MIAMI, JAPAN), MIAMI, JAPAN) == of(MIAMI, JAPAN)


def test_what_is_moved_has_a_higher_revision_and_the_rest_has_not() -> None:
    moved = MIAMI | {"time": "19:00:00Z"}
    assert revisions(after(of(MIAMI), moved)) == {
        ("miami-grand-prix", "race"): (1, True),
        ("miami-grand-prix", "qualifying"): (0, False),
    }


def test_a_race_that_is_cancelled_is_withdrawn_and_new_round_numbers_are_no_change() -> None:
    renumbered = MIAMI | {"round": "5"}
    schedule = after(of(BAHRAIN, MIAMI), renumbered)
    assert [each.round for each in schedule.races] == [5]
    assert [each.race_name for each in schedule.withdrawn] == ["Bahrain Grand Prix"]
    assert revisions(schedule) == {
        ("miami-grand-prix", "race"): (0, False),
        ("miami-grand-prix", "qualifying"): (0, False),
        ("bahrain-grand-prix", "race"): (1, True),
        ("bahrain-grand-prix", "qualifying"): (1, True),
    }


def test_a_cancelled_race_stays_withdrawn_and_comes_back_with_a_higher_revision() -> None:
    gone = after(of(BAHRAIN, MIAMI), MIAMI)
    assert after(gone, MIAMI) == gone
    back = after(gone, BAHRAIN, MIAMI)
    assert back.withdrawn == ()
    assert revisions(back)["bahrain-grand-prix", "race"] == (2, True)


def test_a_session_alone_can_be_withdrawn_and_another_one_be_new() -> None:
    sprint = {key: value for key, value in MIAMI.items() if key != "Qualifying"}
    sprint["Sprint"] = {"date": "2026-05-02", "time": "16:00:00Z"}
    schedule = after(of(MIAMI), sprint)
    assert revisions(schedule) == {
        ("miami-grand-prix", "race"): (0, False),
        ("miami-grand-prix", "sprint"): (0, True),
        ("miami-grand-prix", "qualifying"): (1, True),
    }
    (gone,) = schedule.withdrawn
    assert [each.type for each in gone.sessions] == ["qualifying"]


def test_a_race_that_was_run_is_not_withdrawn_when_it_is_not_listed_any_more() -> None:
    assert after(of(JAPAN, MIAMI), MIAMI).withdrawn == ()


def test_a_time_that_becomes_known_is_a_change() -> None:
    untimed = race(6, "Miami Grand Prix", "2026-05-03", None)
    schedule = after(of(untimed), race(6, "Miami Grand Prix", "2026-05-03"))
    assert revisions(schedule) == {("miami-grand-prix", "race"): (1, True)}


def test_an_api_that_gives_new_names_each_day_does_not_fill_the_memory() -> None:
    schedule = of(MIAMI)
    for number in range(2 * MAX_WITHDRAWN):
        schedule = after(schedule, MIAMI | {"raceName": f"Race {number}"}, at=LATER)
    assert len(schedule.withdrawn) == MAX_WITHDRAWN
    for number in range(2 * MAX_SESSIONS):
        schedule = after(schedule, MIAMI | {f"Odd{number}": {"date": "2026-05-01"}}, at=LATER)
    assert len(schedule.withdrawn) == MAX_WITHDRAWN
    assert Schedule.model_validate_json(schedule.model_dump_json()) == schedule


RACES = st.lists(
    st.sampled_from([MIAMI, BAHRAIN, JAPAN, MIAMI | {"time": "21:00:00Z"}]),
    unique_by=lambda each: each["raceName"],
)


@given(st.lists(RACES, min_size=1, max_size=6))
@settings(deadline=None)
def test_a_revision_never_goes_back_and_no_session_is_there_twice(answers: list[Any]) -> None:
    schedule = of(*answers[0])
    seen: dict[tuple[str, str], int] = {}
    for number, races in enumerate(answers[1:]):
        schedule = after(schedule, *races, at=LATER.replace(day=1 + number))
        every = [*each_slot(schedule.races), *each_slot(schedule.withdrawn)]
        assert len({slot.key for slot in every}) == len(every)
        for slot in every:
            assert slot.session.sequence >= seen.get(slot.key, 0)
            seen[slot.key] = slot.session.sequence
