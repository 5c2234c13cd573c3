"""Pauses that grow."""

from __future__ import annotations

from f1stream.jobs.rests import Rests


def test_a_pause_is_twice_as_long_each_time_up_to_the_longest() -> None:
    rests = Rests(first_s=1, longest_s=5)
    assert [rests.begin("a", 0) for _ in range(5)] == [1, 2, 4, 5, 5]
    assert rests.left_s("a", 3) == 2
    assert rests.left_s("a", 6) == 0
    assert rests.left_s("b", 0) == 0


def test_who_is_forgotten_begins_anew() -> None:
    rests = Rests(first_s=1, longest_s=5)
    for name in ("a", "b", "c"):
        rests.begin(name, 0)
    rests.end("a")
    rests.end("nobody")
    rests.keep_only({"a", "b"})
    assert [rests.left_s(name, 0) for name in ("a", "b", "c")] == [0, 1, 0]
    assert rests.begin("b", 0) == 2
