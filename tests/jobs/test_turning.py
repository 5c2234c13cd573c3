"""The clock alone changes what the schedule says, and it is told at that moment."""

from __future__ import annotations

from datetime import timedelta

import pytest

from f1stream.jobs import Turning
from tests.schedule.conftest import World, utc, world

__all__ = ["world"]


class Stop(Exception):
    """Enough was seen."""


async def told(world: World, start: str, times: int) -> list[str]:
    """When it tells, by the clock that its sleep moves on."""
    world.clock.set(start)
    timetable = await world.timetable()
    moments: list[str] = []

    async def sleep(seconds: float) -> None:
        assert 0 < seconds <= 60
        if len(moments) == times:
            raise Stop
        world.clock.time += timedelta(seconds=seconds)

    def tell() -> None:
        moments.append(f"{world.clock.time:%H:%M:%S}")

    with pytest.raises(Stop):
        await Turning(timetable, tell, sleep=sleep).run()
    return moments


async def test_it_tells_at_once_and_at_the_moment_a_session_begins_to_be_live(
    world: World,
) -> None:
    # Monaco's race is at 13:00, live from ten minutes before.
    assert await told(world, "2026-06-07 12:48:30", 4) == [
        "12:48:30",
        "12:49:30",
        "12:50:00",
        "12:51:00",
    ]


async def test_it_tells_when_one_is_over(world: World) -> None:
    moments = await told(world, "2026-06-07 15:59:10", 3)
    assert moments == ["15:59:10", "16:00:00", "16:01:00"]


async def test_the_next_change_is_the_nearest_one_ahead(world: World) -> None:
    timetable = await world.timetable()
    expected = [("2026-06-07 12:00", "2026-06-07 12:50"), ("2026-06-07 12:50", "2026-06-07 16:00")]
    for now, change in expected:
        assert timetable.next_change(utc(now)) == utc(change)
    assert timetable.next_change(utc("2199-01-01 00:00")) is None


async def test_a_copy_that_grows_old_is_a_change(world: World) -> None:
    timetable = await world.timetable()
    await timetable.renew()
    world.clock.set("2026-07-05 13:59")
    assert not timetable.stale(world.clock())
    seen = []
    while (change := timetable.next_change(world.clock())) and change < utc("2026-07-05 14:01"):
        world.clock.time = change
        seen.append(timetable.stale(change))
    assert seen[-1:] == [True]
