"""When a source is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue import SourceHealth, is_due
from f1stream.jobs import Cadence
from f1stream.jobs.cadence import LONGEST_PAUSE
from f1stream.models import Stream, Upstream

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
READ = SourceHealth("direct", "A", state="ok", last_run=NOW)


class Race:
    """One session, from 14:00 to 16:00."""

    def live_or_soon(self, now: datetime, margin: timedelta) -> bool:
        start = NOW + timedelta(hours=1)
        return start - margin <= now < start + timedelta(hours=2)


def minutes(at: datetime, since: datetime = NOW) -> float:
    return (at - since).total_seconds() / 60


def failing(times: int) -> SourceHealth:
    health = READ
    for _ in range(times):
        health = health.failed("down", NOW, timedelta())
    return health


def stream(lasts: timedelta | None) -> Stream:
    expires_at = None if lasts is None else NOW + lasts
    return Stream("a", "a", "direct", "A", Upstream("http://a/"), NOW, expires_at=expires_at)


def test_a_source_is_due_at_the_start_whatever_was_known_before() -> None:
    for health in (SourceHealth("direct", "A"), SourceHealth("direct", "A", last_run=NOW)):
        assert Cadence().next_run(health, [], NOW) == NOW


def test_a_clock_that_is_set_back_keeps_no_source_waiting_for_it() -> None:
    for years in (73, 1 / 365 / 12):
        ahead = NOW + timedelta(days=365 * years)
        for health in (replace(READ, last_run=ahead), failing(50).failed("x", ahead, timedelta())):
            at = Cadence().next_run(health, [], NOW)
            assert is_due(at, NOW, longest=LONGEST_PAUSE)
    for health in (READ, failing(1), failing(50)):
        assert not is_due(Cadence().next_run(health, [], NOW), NOW, longest=LONGEST_PAUSE)


def test_every_thirty_minutes_and_every_five_around_a_session() -> None:
    cadence = Cadence(Race())
    assert 28 <= minutes(cadence.next_run(READ, [], NOW)) <= 32
    for now in (NOW + timedelta(minutes=45), NOW + timedelta(hours=2, minutes=59)):
        read = replace(READ, last_run=now)
        assert 4.5 <= minutes(cadence.next_run(read, [], now), now) <= 5.5
    after = NOW + timedelta(hours=3)
    assert minutes(cadence.next_run(replace(READ, last_run=after), [], after), after) > 28


def test_a_session_that_comes_near_brings_the_next_reading_forward() -> None:
    cadence = Cadence(Race())
    near = NOW + timedelta(minutes=46)
    read = replace(READ, last_run=NOW + timedelta(minutes=40))
    assert cadence.next_run(read, [], near) <= near


def test_failures_are_retried_ever_more_rarely() -> None:
    cadence = Cadence()
    pauses = [minutes(cadence.next_run(failing(times), [], NOW)) for times in range(1, 12)]
    assert 0.4 <= pauses[0] <= 0.6
    assert pauses[:5] == sorted(pauses[:5])
    assert all(24 <= pause <= 36 for pause in pauses[7:])


def test_in_a_session_a_failing_source_is_tried_as_often_as_a_good_one() -> None:
    during = NOW + timedelta(hours=1)
    assert minutes(Cadence(Race()).next_run(failing(20), [], during)) <= 6


def test_sources_that_fail_together_are_not_retried_together() -> None:
    times = {
        Cadence().next_run(replace(failing(4), name=f"source {number}"), [], NOW)
        for number in range(20)
    }
    assert len(times) == 20


def test_a_token_of_a_watched_stream_is_replaced_before_it_ends() -> None:
    cadence = Cadence()
    ends = {
        timedelta(minutes=10): timedelta(minutes=9),
        timedelta(minutes=2): timedelta(seconds=90),
        timedelta(seconds=20): timedelta(seconds=15),
        timedelta(seconds=1): timedelta(seconds=10),
        timedelta(hours=-1): timedelta(seconds=10),
    }
    for lasts, after in ends.items():
        assert cadence.next_run(READ, [stream(None), stream(lasts)], NOW) == NOW + after


def test_a_token_that_outlives_the_interval_changes_nothing() -> None:
    usual = Cadence().next_run(READ, [], NOW)
    assert Cadence().next_run(READ, [stream(timedelta(hours=2))], NOW) == usual


def test_a_failing_source_is_not_hurried_by_tokens() -> None:
    usual = Cadence().next_run(failing(5), [], NOW)
    assert Cadence().next_run(failing(5), [stream(timedelta(seconds=20))], NOW) == usual


@given(st.integers(0, 10_000), st.text(max_size=20), st.timedeltas(timedelta(), timedelta(days=9)))
def test_the_next_reading_is_bounded_and_a_time_once_told_stays(
    failures: int, name: str, later: timedelta
) -> None:
    health = replace(READ, name=name, failures=failures)
    at = Cadence().next_run(health, [], NOW)
    assert timedelta(seconds=20) <= at - NOW <= timedelta(minutes=36)
    assert Cadence().next_run(health, [], NOW + later) == at
