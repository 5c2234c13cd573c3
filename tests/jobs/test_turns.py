"""Which streams a browser judges next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue import Entry
from f1stream.jobs.turns import (
    BEST,
    FIRST_RETRY,
    INTERVAL,
    LIVE_INTERVAL,
    LONGEST_RETRY,
    WATCHED_INTERVAL,
    due_at,
    turns,
)
from f1stream.models import Level, Means, Proof, Reason, Stream, Upstream, Verdict

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
PASSES = Verdict(NOW, Level.SEGMENT)
LONG_AGO = NOW - timedelta(days=1)


def entry(key: str, tried_at: datetime | None = None, *, failures: int = 0) -> Entry:
    made = Entry(Stream(key, key, "direct", "A", Upstream("http://a.example/"), NOW))
    made = made.judged(PASSES)
    if tried_at is None:
        return made
    proof = Proof(tried_at, Means.LOCAL_BROWSER, Level.FRAMES)
    if failures:
        proof = Proof(tried_at, Means.LOCAL_BROWSER, reason=Reason.STALLED)
    return replace(made.proven(proof, watched=False), failures=failures)


def order(*entries: Entry, watched: tuple[str, ...] = (), live: bool = False) -> list[str]:
    return [each.stream.id for each in turns(entries, watched, live=live, now=NOW)]


def test_watched_then_reported_then_the_best_then_the_rest() -> None:
    best = [entry(f"best{number}") for number in range(BEST - 2)]
    rest = [entry("old", LONG_AGO), entry("new"), entry("older", LONG_AGO - timedelta(hours=1))]
    reported = replace(entry("reported", NOW - timedelta(minutes=1)), reported_at=NOW)
    watched = entry("watched", LONG_AGO)
    ordered = order(*best, entry("a"), entry("b"), *rest, reported, watched, watched=("watched",))
    assert ordered[:2] == ["watched", "reported"]
    assert ordered[2:-3] == [each.stream.id for each in best] + ["a", "b"]
    assert ordered[-3:] == ["new", "older", "old"]


@pytest.mark.parametrize(
    ("watched", "live", "interval"),
    [
        (False, False, INTERVAL),
        (False, True, LIVE_INTERVAL),
        (True, False, WATCHED_INTERVAL),
        (True, True, WATCHED_INTERVAL),
    ],
)
def test_how_long_a_proof_is_left_alone(watched: bool, live: bool, interval: timedelta) -> None:
    proven = entry("a", NOW)
    assert due_at(proven, watched=watched, live=live) == NOW + interval


def test_a_failure_is_tried_again_soon_and_then_more_rarely() -> None:
    pauses = [
        at - NOW
        for failures in (1, 2, 3, 50)
        if (at := due_at(entry("a", NOW, failures=failures), watched=False, live=False))
    ]
    assert pauses == [FIRST_RETRY, 2 * FIRST_RETRY, 4 * FIRST_RETRY, LONGEST_RETRY]
    watched = due_at(entry("a", NOW, failures=50), watched=True, live=False)
    assert watched == NOW + WATCHED_INTERVAL


def test_a_clock_that_is_set_back_puts_no_proof_off() -> None:
    assert order(entry("a", NOW + timedelta(days=73 * 365))) == ["a"]
    assert order(entry("a", NOW + timedelta(hours=1), failures=3)) == ["a"]
    assert order(entry("a", NOW)) == []


def test_what_the_probe_finds_broken_is_not_played() -> None:
    broken = entry("a").judged(Verdict(NOW, reason=Reason.STATUS))
    assert order(broken) == []


def test_of_the_ways_to_a_stream_the_one_that_is_played_matters_until_it_fails() -> None:
    first, second = entry("first", LONG_AGO), entry("second")
    merged = replace(first, alternatives=(second,))
    assert order(merged) == ["first"]
    assert order(merged, watched=("second",)) == ["second", "first"]
    a_while_ago = NOW - timedelta(minutes=10)
    failed = replace(entry("first", a_while_ago, failures=3), alternatives=(second,))
    assert set(order(failed)) == {"first", "second"}


@given(
    st.lists(
        st.tuples(st.none() | st.integers(0, 5_000), st.integers(0, 5), st.booleans()), max_size=30
    ),
    st.booleans(),
)
def test_every_stream_that_is_due_has_one_turn(
    states: list[tuple[int | None, int, bool]], live: bool
) -> None:
    entries = [
        entry(
            f"s{number}", None if ago is None else NOW - timedelta(seconds=ago), failures=failures
        )
        for number, (ago, failures, _) in enumerate(states)
    ]
    watched = {f"s{number}" for number, (*_, seen) in enumerate(states) if seen}
    ordered = turns(entries, watched, live=live, now=NOW)
    ids = [each.stream.id for each in ordered]
    due = {
        each.stream.id
        for each in entries
        if (at := due_at(each, watched=each.stream.id in watched, live=live)) and at <= NOW
    }
    assert len(ids) == len(set(ids))
    assert set(ids) == due
    seen = [stream_id in watched for stream_id in ids]
    assert seen == sorted(seen, reverse=True)
