"""Which stream comes first, and that wavering moves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue.ranking import (
    BITRATE_STEP,
    RESPONSE_STEP,
    UNKNOWN,
    Grade,
    graded,
    rank,
    step,
)
from f1stream.models import Health, Level, Reason, Stream, Upstream, Verdict

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
STREAM = Stream("a", "a", "direct", "A", Upstream("http://a.example/"), NOW)
BEST = Verdict(
    NOW,
    Level.FRAMES,
    is_live=True,
    bitrate_bps=8_000_000,
    response_time_ms=20,
    health=Health(height=1080),
)

verdicts = st.builds(
    Verdict,
    checked_at=st.just(NOW),
    level=st.sampled_from([*Level, None]),
    is_live=st.booleans(),
    bitrate_bps=st.none() | st.integers(1, 50_000_000),
    response_time_ms=st.none() | st.floats(0.1, 20_000),
    health=st.none() | st.builds(Health, height=st.sampled_from([None, 360, 720, 1080, 2160])),
)


def test_each_criterion_decides_only_where_those_before_it_are_equal() -> None:
    ranked = [
        BEST,
        replace(BEST, response_time_ms=900),
        replace(BEST, bitrate_bps=4_000_000),
        replace(BEST, health=Health(height=720), bitrate_bps=20_000_000),
        replace(BEST, level=Level.SEGMENT, health=Health(height=2160)),
        replace(BEST, is_live=False, health=Health(height=2160), response_time_ms=1),
        Verdict(NOW, reason=Reason.STALE, is_live=True),
    ]
    ranks = [rank(STREAM, verdict, graded(verdict, UNKNOWN)) for verdict in ranked]
    assert ranks == sorted(ranks)
    assert len(set(ranks)) == len(ranks)


def test_what_does_not_play_and_what_nobody_has_checked_are_equals() -> None:
    failing = Verdict(NOW, reason=Reason.STATUS)
    assert rank(STREAM, failing, UNKNOWN) == rank(STREAM, None, UNKNOWN)


def test_a_height_is_read_from_a_label_where_nothing_better_is_known() -> None:
    verdict = replace(BEST, health=None)
    labelled = replace(STREAM, quality="HD 720p50")
    assert rank(labelled, verdict, UNKNOWN) < rank(STREAM, verdict, UNKNOWN)


@given(
    st.floats(1, 1e9),
    st.lists(st.floats(0.93, 1.07), max_size=50),
    st.sampled_from([BITRATE_STEP, RESPONSE_STEP]),
)
def test_a_measure_that_wavers_changes_its_step_once_at_most(
    centre: float, wavering: list[float], factor: float
) -> None:
    steps = [step(centre, factor, 0)]
    for part in wavering:
        steps.append(step(centre * part, factor, steps[-1]))
    assert len({*steps}) <= 2
    assert sum(one != other for one, other in pairwise(steps)) <= 1


@given(st.floats(1, 1e9), st.floats(1, 1e9), st.integers(0, 60))
def test_what_is_clearly_more_is_never_on_a_lower_step(
    one: float, other: float, before: int
) -> None:
    if one * BITRATE_STEP**2 < other:
        assert step(one, BITRATE_STEP, before) <= step(other, BITRATE_STEP, before)


@given(st.lists(st.tuples(verdicts, st.builds(Grade, st.integers(0, 9), st.integers(0, 9)))))
def test_the_order_is_one_and_playable_streams_are_before_others(
    judged: list[tuple[Verdict, Grade]],
) -> None:
    ordered = sorted(judged, key=lambda each: rank(STREAM, *each))
    assert ordered == sorted(ordered, key=lambda each: rank(STREAM, *each))
    playable = [verdict.playable for verdict, _ in ordered]
    assert playable == sorted(playable, reverse=True)
    live = [verdict.is_live for verdict, _ in ordered if verdict.playable]
    assert live == sorted(live, reverse=True)
