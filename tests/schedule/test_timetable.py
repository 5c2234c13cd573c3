"""The season over time: renewed, kept through failures, and replaced at the turn of the year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from freezegun import freeze_time

from f1stream.errors import SourceChanged, UpstreamError
from f1stream.schedule import Jolpica, Schedule, Storage, Timetable, bundled
from f1stream.schedule.timetable import seasons
from tests.origin.faults import Html, Status
from tests.schedule.conftest import World, utc
from tests.schedule.jolpica_server import race, season_2026


async def test_a_first_start_without_network_has_the_bundled_season(world: World) -> None:
    world.server.origin.fault("/", Status(500))
    timetable = await world.timetable()
    with pytest.raises(UpstreamError):
        await timetable.renew()
    assert timetable.schedule == world.bundled
    assert timetable.renewed_at is None
    assert timetable.stale(world.clock())
    assert repr(timetable) == "<Timetable 2026 · 23 races · stale>"
    assert not world.file.exists()


async def test_what_was_fetched_is_there_again_after_a_restart(world: World) -> None:
    first = await world.timetable()
    await first.renew()
    assert not first.stale(world.clock())
    assert first.renewed_at == world.clock()
    second = await world.timetable()
    assert second.schedule == first.schedule
    assert not second.stale(world.clock())
    world.clock.set("2026-07-05 13:59")
    assert not second.stale(world.clock())
    world.clock.set("2026-07-05 14:00")
    assert second.stale(world.clock())
    await second.renew()
    assert world.server.asked == [(2026, False), (2026, True)]
    third = await world.timetable()
    assert third.renewed_at == world.clock()


async def test_a_failure_keeps_what_is_known_and_says_that_it_is_stale(world: World) -> None:
    timetable = await world.timetable()
    await timetable.renew()
    before = timetable.schedule
    world.server.origin.fault("/", Html(), times=1)
    with pytest.raises(SourceChanged):
        await timetable.renew()
    assert timetable.schedule is before
    assert timetable.stale(world.clock())
    await timetable.renew()
    assert not timetable.stale(world.clock())


async def test_a_season_that_lost_all_its_races_is_a_failure_and_no_cancellation(
    world: World,
) -> None:
    timetable = await world.timetable()
    await timetable.renew()
    world.server.publish(2026)
    with pytest.raises(SourceChanged, match=r"127\.0\.0\.1 has no races of 2026 any more"):
        await timetable.renew()
    assert len(timetable.schedule.races) == 23


async def test_a_moved_and_a_cancelled_race_arrive_with_the_next_renewal(world: World) -> None:
    timetable = await world.timetable()
    await timetable.renew()
    races = season_2026()
    del races[20]
    races[21] = races[21] | {"date": "2026-12-13"}
    world.server.publish(2026, *races)
    await timetable.renew()
    assert [each.race_name for each in timetable.schedule.withdrawn] == ["Las Vegas Grand Prix"]
    assert timetable.schedule.races[-1].sessions[-1].sequence == 1
    assert (await world.timetable()).schedule == timetable.schedule


async def test_a_clock_that_was_ahead_when_it_fetched_leaves_no_lasting_trace(world: World) -> None:
    world.clock.set("2026-08-04 12:00")
    timetable = await world.timetable()
    await timetable.renew()
    world.clock.set("2026-07-04 12:00")
    assert timetable.stale(world.clock())
    await timetable.renew()
    assert not timetable.stale(world.clock())


NEXT = race(1, "Australian Grand Prix", "2027-03-07", None)


async def test_december_shows_the_next_season_once_it_is_published(world: World) -> None:
    timetable = await world.timetable()
    world.clock.set("2026-12-08 03:00")
    world.server.publish(2027, NEXT)
    await timetable.renew()
    assert timetable.schedule.season == "2026"
    world.clock.set("2026-12-10 03:00")
    await timetable.renew()
    assert timetable.schedule.season == "2027"
    assert timetable.schedule.withdrawn == ()
    world.clock.set("2026-12-11 03:00")
    await timetable.renew()
    assert world.server.asked[1:] == [(2027, False), (2027, True)]


async def test_january_shows_what_is_known_until_the_season_is_published(world: World) -> None:
    timetable = await world.timetable()
    world.clock.set("2026-12-31 23:59:59")
    await timetable.renew()
    assert world.server.asked == [(2027, False), (2026, False)]
    world.clock.set("2027-01-01 00:00:01")
    await timetable.renew()
    assert world.server.asked[2:] == [(2027, False), (2026, True)]
    assert timetable.schedule.season == "2026"
    assert not timetable.stale(world.clock())
    assert timetable.next_session(world.clock()) is None
    world.server.publish(2027, NEXT)
    await timetable.renew()
    assert timetable.schedule.season == "2027"
    upcoming = timetable.next_session(world.clock())
    assert upcoming is not None
    assert upcoming.session.whole_day


@pytest.mark.parametrize(
    ("now", "asked"),
    [
        ("2025-06-01 00:00", (2026,)),
        ("2026-02-01 00:00", (2026,)),
        ("2026-12-09 15:59", (2026,)),
        ("2026-12-09 16:00", (2027, 2026)),
        ("2027-01-01 00:00", (2027, 2026)),
        ("2029-05-01 00:00", (2029, 2026)),
        ("1970-01-01 00:00", (2026,)),
    ],
)
def test_which_seasons_are_asked_for(now: str, asked: tuple[int, ...]) -> None:
    assert seasons(bundled(), utc(now)) == asked


async def test_a_kept_season_from_before_the_bundled_one_is_not_shown(world: World) -> None:
    old = Schedule(season="2024", fetched_at=utc("2024-06-01 00:00"), races=())
    timetable = Timetable(
        Jolpica(world.client, world.server.url),
        Storage(world.file),
        kept=old,
        bundled=world.bundled,
        clock=world.clock,
    )
    assert timetable.schedule.season == "2026"
    assert timetable.renewed_at is None


@pytest.mark.parametrize(
    ("now", "current", "following"),
    [
        ("2026-03-01 00:00", None, ("australian-grand-prix", "fp1")),
        (
            "2026-07-03 11:20",
            ("british-grand-prix", "fp1"),
            ("british-grand-prix", "sprint_qualifying"),
        ),
        ("2026-07-05 13:49", None, ("british-grand-prix", "race")),
        ("2026-07-05 13:50", ("british-grand-prix", "race"), ("belgian-grand-prix", "fp1")),
        ("2026-07-05 16:59", ("british-grand-prix", "race"), ("belgian-grand-prix", "fp1")),
        ("2026-07-05 17:00", None, ("belgian-grand-prix", "fp1")),
        ("2026-12-06 13:00", ("abu-dhabi-grand-prix", "race"), None),
        ("2027-01-01 00:00", None, None),
    ],
)
async def test_what_is_on_and_what_is_next(
    world: World,
    now: str,
    current: tuple[str, str] | None,
    following: tuple[str, str] | None,
) -> None:
    timetable = await world.timetable()
    on, coming = timetable.current_session(utc(now)), timetable.next_session(utc(now))
    assert (on.key if on else None, coming.key if coming else None) == (current, following)


async def test_of_two_sessions_that_are_live_the_later_one_is_on(world: World) -> None:
    world.server.publish(
        2026,
        race(
            *(1, "A", "2026-07-05", "13:00:00Z"),
            FirstPractice="2026-07-04 12:00:00Z",
            Qualifying="2026-07-04 13:00:00Z",
        ),
    )
    timetable = await world.timetable()
    await timetable.renew()
    on = timetable.current_session(utc("2026-07-04 13:10"))
    assert on is not None
    assert on.session.type == "qualifying"


@pytest.mark.parametrize(
    ("now", "margin", "said"),
    [
        ("2026-07-05 11:49", 120, False),
        ("2026-07-05 11:50", 120, True),
        ("2026-07-05 13:49", 0, False),
        ("2026-07-05 13:50", 0, True),
        ("2026-07-05 16:59", 0, True),
        ("2026-07-05 17:00", 600, False),
    ],
)
async def test_whether_a_session_is_live_or_soon(
    world: World, now: str, margin: int, said: bool
) -> None:
    timetable = await world.timetable()
    assert timetable.live_or_soon(utc(now), timedelta(minutes=margin)) is said


def test_its_own_clock_is_wall_time_in_utc(tmp_path: Path, world: World) -> None:
    storage = Storage(tmp_path / "schedule.json")
    api = Jolpica(world.client, "http://127.0.0.1:1")
    with freeze_time("2028-02-29 23:59:59", tz_offset=0):
        timetable = Timetable(api, storage, kept=None, bundled=world.bundled)
        assert timetable.now() == datetime(2028, 2, 29, 23, 59, 59, tzinfo=UTC)
