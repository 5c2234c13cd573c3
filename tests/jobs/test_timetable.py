"""When the season is asked for: by the clock, after failures, and on demand."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

import pytest
from multidict import CIMultiDict

from f1stream.errors import TooSoon, UpstreamBusy, UpstreamError
from f1stream.jobs import Renewal
from f1stream.jobs.timetable import is_due
from tests.origin import Request, Response
from tests.origin.faults import Late, Status
from tests.origin.manners import Says
from tests.schedule.conftest import World, utc, world
from tests.schedule.jolpica_server import season_2026

__all__ = ["world"]


@pytest.mark.parametrize(
    ("renewed", "now", "due"),
    [
        (None, "2026-07-04 12:00", True),
        ("2026-07-04 02:59", "2026-07-04 02:59", False),
        ("2026-07-04 02:59", "2026-07-04 03:00", True),
        ("2026-07-04 03:00", "2026-07-04 03:00", False),
        ("2026-07-04 03:01", "2026-07-05 02:59", False),
        ("2026-07-04 03:01", "2026-07-05 03:00", True),
        ("2026-07-01 12:00", "2026-07-05 02:00", True),
        # Europe's and America's clocks change: UTC's do not.
        ("2026-03-28 03:01", "2026-03-29 02:59", False),
        ("2026-03-28 03:01", "2026-03-29 03:00", True),
        ("2026-10-24 03:01", "2026-10-25 03:00", True),
        ("2026-11-01 03:01", "2026-11-01 23:00", False),
        ("2026-12-31 03:01", "2027-01-01 02:59", False),
        ("2026-12-31 03:01", "2027-01-01 03:00", True),
        ("2028-02-28 03:01", "2028-02-29 03:00", True),
        ("2028-02-29 03:01", "2028-03-01 02:59", False),
        # The clock was ahead when it was renewed, by little or by much.
        ("2026-07-04 12:04", "2026-07-04 12:00", False),
        ("2026-07-04 12:06", "2026-07-04 12:00", True),
        ("2036-07-04 12:00", "2026-07-04 12:00", True),
    ],
)
def test_it_is_due_when_three_o_clock_utc_has_passed(
    renewed: str | None, now: str, due: bool
) -> None:
    assert is_due(utc(renewed) if renewed else None, utc(now)) is due


class Seconds:
    """A clock that never jumps, until told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def middle(low: float, high: float) -> float:
    return (low + high) / 2


async def renewal_of(world: World) -> tuple[Renewal, Seconds]:
    seconds = Seconds()
    return Renewal(await world.timetable(), steady=seconds, spread=middle), seconds


async def test_a_year_of_minutes_is_a_request_a_day(world: World) -> None:
    renewal, seconds = await renewal_of(world)
    times: list[datetime] = []
    world.clock.set("2026-02-20 11:00")
    end = utc("2026-04-10 11:00")
    while world.clock.time < end:
        before = len(world.server.asked)
        await renewal.round()
        if len(world.server.asked) > before:
            times.append(world.clock.time)
        world.clock.time += timedelta(minutes=20)
        seconds.now += 1200
    assert times[0] == utc("2026-02-20 11:00")
    assert {f"{at:%H:%M}" for at in times[1:]} == {"03:00"}
    assert len(times) == 1 + 49


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        ("1970-01-01 00:00", "56 years behind"),
        ("2099-12-31 23:59", "73 years ahead of"),
        ("2026-07-04 13:30", "1 hour ahead of"),
        ("2026-07-04 11:50", "10 minutes behind"),
    ],
)
async def test_a_clock_that_is_wrong_is_told_once_and_so_is_its_end(
    world: World, clock: str, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "f1stream.jobs.timetable")
    renewal, seconds = await renewal_of(world)
    world.server.origin.behave("/", Says({"Date": "Sat, 04 Jul 2026 12:00:00 GMT"}))

    async def told(now: str) -> list[str]:
        caplog.clear()
        world.clock.set(now)
        for _ in range(2):
            seconds.now += 3600
            await renewal.now()
        return [record.getMessage() for record in caplog.records]

    [warning] = await told(clock)
    assert f"clock is {said} that of 127.0.0.1" in warning
    assert "have it set by NTP" in warning
    assert await told("2026-07-04 12:04") == ["this machine's clock is right again"]
    assert await told("2026-07-04 11:56") == []


@pytest.mark.parametrize("date", ["", "soon", "Sat, 04 Jul 99999 12:00:00 GMT", "0"])
async def test_an_answer_without_a_time_says_nothing_of_the_clock(
    world: World, date: str, caplog: pytest.LogCaptureFixture
) -> None:
    renewal, _ = await renewal_of(world)
    world.clock.set("1970-01-01 00:00")
    world.server.origin.behave("/", Says({"Date": date}))
    await renewal.now()
    assert caplog.records == []


async def test_an_answer_that_was_kept_on_its_way_is_as_old_as_it_says(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    renewal, _ = await renewal_of(world)
    world.clock.set("2026-07-04 14:00")
    headers = {"Date": "Sat, 04 Jul 2026 12:00:00 GMT", "Age": "7200"}
    world.server.origin.behave("/", Says(headers))
    await renewal.now()
    assert caplog.records == []


async def test_a_clock_that_is_set_or_a_machine_that_slept_misses_no_day(world: World) -> None:
    renewal, _ = await renewal_of(world)
    for at, asked in (
        ("2026-07-04 12:00", 1),
        ("2026-07-04 11:00", 2),
        ("2026-07-04 11:01", 2),
        ("2026-07-09 17:00", 3),
        ("2026-07-10 02:00", 3),
        ("2026-07-10 04:00", 4),
    ):
        world.clock.set(at)
        await renewal.round()
        assert len(world.server.asked) == asked, at


async def test_after_a_failure_the_pauses_grow_and_success_ends_them(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "f1stream")
    renewal, seconds = await renewal_of(world)
    world.server.origin.fault("/", Status(500))
    pauses, last = [], seconds.now
    for _ in range(6 * 3600 // 30):
        before = len(world.server.asked)
        await renewal.round()
        if len(world.server.asked) > before:
            pauses.append(seconds.now - last)
            last = seconds.now
        seconds.now += 30
    assert pauses == [0, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600]
    world.server.origin.heal()
    seconds.now += 3600
    await renewal.round()
    assert [record.getMessage() for record in caplog.records] == [
        "the schedule can't be renewed: 127.0.0.1 answered 500",
        "the schedule is renewed again",
    ]


async def test_the_pauses_of_many_f1streams_are_not_the_same(world: World) -> None:
    world.server.origin.fault("/", Status(500))
    pauses = set()
    for _ in range(5):
        seconds = Seconds()
        renewal = Renewal(await world.timetable(), steady=seconds)
        await renewal.round()
        asked = len(world.server.asked)
        while len(world.server.asked) == asked:
            seconds.now += 1
            await renewal.round()
        pauses.add(seconds.now)
    assert len(pauses) > 1
    assert all(1048 <= pause <= 1073 for pause in pauses)


async def test_an_api_that_wants_to_be_left_alone_is(world: World) -> None:
    async def busy(request: Request) -> Response:
        return Response(b"", 429, CIMultiDict({"Retry-After": "7200"}))

    renewal, seconds = await renewal_of(world)
    world.server.origin.mount("/ergast/f1/2026", busy)
    with pytest.raises(UpstreamBusy):
        await renewal.now()
    for wait_s in (1, 60, 3600, 3500):
        seconds.now += wait_s
        await renewal.round()
        with pytest.raises(TooSoon):
            await renewal.now()
    assert len(world.server.asked) == 1
    seconds.now += 720
    await renewal.round()
    assert len(world.server.asked) == 2


async def test_on_demand_it_is_renewed_though_not_due_but_not_twice_in_a_moment(
    world: World,
) -> None:
    renewal, seconds = await renewal_of(world)
    await renewal.round()
    seconds.now += 15
    world.server.publish(2026, *season_2026()[:22])
    await renewal.now()
    assert world.server.asked == [(2026, False), (2026, True)]
    seconds.now += 5
    with pytest.raises(TooSoon, match="ask again in 10 s") as caught:
        await renewal.now()
    assert caught.value.headers == {"Retry-After": "10"}
    assert len(world.server.asked) == 2


async def test_many_who_ask_at_once_are_served_by_one_request(world: World) -> None:
    renewal, _ = await renewal_of(world)
    world.server.origin.fault("/", Late(0.05))
    await asyncio.gather(*(renewal.now() for _ in range(20)), renewal.round())
    assert len(world.server.asked) == 1


async def test_many_who_ask_at_once_are_all_told_of_the_failure(world: World) -> None:
    renewal, _ = await renewal_of(world)
    world.server.origin.fault("/", Status(500))
    told = await asyncio.gather(*(renewal.now() for _ in range(5)), return_exceptions=True)
    assert [type(each) for each in told] == [type(told[0])] * 5
    assert isinstance(told[0], UpstreamError)
    assert len(world.server.asked) == 1


async def test_one_who_goes_away_leaves_the_others_their_answer(world: World) -> None:
    renewal, _ = await renewal_of(world)
    world.server.origin.fault("/", Late(0.1), times=1)
    first = asyncio.create_task(renewal.now())
    second = asyncio.create_task(renewal.now())
    while not world.server.asked:
        await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    await second
    assert len(world.server.asked) == 2
