"""What is counted, and how it adds up."""

from __future__ import annotations

import asyncio

import orjson
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from f1stream.metrics.fronts import GONE_S, Report, Reports
from f1stream.metrics.lag import watch_lag
from f1stream.metrics.tally import BOUNDS_S, Tally, Times, total

ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["playlist", "media", "api", "app"]),
        st.sampled_from([200, 206, 304, 404, 502]),
        st.integers(0, 10**9),
        st.none() | st.floats(0, 100),
    )
)


def tally_of(answers: list[tuple[str, int, int, float | None]]) -> Tally:
    tally = Tally()
    for kind, status, sent_bytes, first_byte_s in answers:
        one = getattr(tally, kind)
        one.add(status, sent_bytes, first_byte_s)
        tally.upstream(kind).failed("timeout")
        tally.extraction(kind).add("ok", 1)
    return tally


@given(ANSWERS, ANSWERS)
def test_the_sum_of_two_is_as_if_one_had_counted_all(
    one: list[tuple[str, int, int, float | None]], other: list[tuple[str, int, int, float | None]]
) -> None:
    both, sum_ = tally_of([*one, *other]), total([tally_of(one), tally_of(other)])
    for kind in ("playlist", "media", "api", "app"):
        mine, yours = getattr(sum_, kind), getattr(both, kind)
        assert mine.by_status() == yours.by_status()
        assert mine.sent_bytes == yours.sent_bytes
        assert mine.first_byte.counts == yours.first_byte.counts
    assert sum_.upstreams == both.upstreams
    assert sum_.extractions == both.extractions


@given(ANSWERS)
def test_a_sum_shares_nothing_with_its_parts(
    answers: list[tuple[str, int, int, float | None]],
) -> None:
    part = tally_of(answers)
    before = orjson.dumps(part, option=orjson.OPT_NON_STR_KEYS)
    summed = total([part, part])
    summed.media.hit(200, 1)
    summed.upstream("media").failed("timeout")
    summed.lag.add(1)
    assert orjson.dumps(part, option=orjson.OPT_NON_STR_KEYS) == before


@given(ANSWERS)
def test_a_report_arrives_as_it_was_sent(
    answers: list[tuple[str, int, int, float | None]],
) -> None:
    report = Report("a", tally_of(answers), {"s": 2}, 1, 2, 3)
    sent = orjson.dumps(report, option=orjson.OPT_NON_STR_KEYS)
    assert TypeAdapter(Report).validate_json(sent) == report


@given(st.lists(st.floats(0, 1000)))
def test_each_time_is_in_the_first_bucket_that_holds_it(taken: list[float]) -> None:
    times = Times()
    for seconds in taken:
        times.add(seconds)
    assert sum(times.counts) == len(taken)
    for at, bound in enumerate(BOUNDS_S):
        assert sum(times.counts[: at + 1]) == sum(seconds <= bound for seconds in taken)


def test_what_a_front_counted_stays_when_it_is_gone_and_what_it_held_does_not() -> None:
    now = 0.0
    reports = Reports(clock=lambda: now)
    counted, other = Tally(), Tally()
    for tally in (counted, other):
        tally.media.hit(200, 1000)
    reports.take(Report("one", other, {"s": 3}, 10, 20, 30))
    reports.take(Report("two", counted, {"s": 1}, 10, 20, 30))
    assert reports.viewers() == {"s": 4}
    now = GONE_S + 1
    counted.media.hit(200, 1000)
    reports.take(Report("two", counted, {"s": 2}, 10, 20, 30))
    assert reports.viewers() == {"s": 2}
    assert len(reports.present()) == 1
    assert reports.tally().media.sent_bytes == 3000
    now *= 3
    assert reports.present() == []
    assert reports.tally().media.sent_bytes == 3000


async def test_a_loop_that_is_kept_busy_shows() -> None:
    lag = Times()
    watching = asyncio.create_task(watch_lag(lag, look_s=0.001))
    while not sum(lag.counts):
        await asyncio.sleep(0.001)
    asyncio.get_running_loop().call_soon(_busy)
    seen = sum(lag.counts)
    while sum(lag.counts) < seen + 2:
        await asyncio.sleep(0.001)
    watching.cancel()
    await asyncio.wait([watching])
    assert sum(lag.counts[BOUNDS_S.index(0.1) + 1 :]) >= 1


def _busy() -> None:
    until = asyncio.get_running_loop().time() + 0.12
    while asyncio.get_running_loop().time() < until:
        pass
