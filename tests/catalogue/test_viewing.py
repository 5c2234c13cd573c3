"""Who watches what, and what is not watching."""

from __future__ import annotations

import pytest

from f1stream.catalogue import viewing as module
from f1stream.catalogue.viewing import ACTIVE_S, AFTER_S, Viewing


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_viewer_counts_once_for_each_stream_and_as_long_as_they_ask() -> None:
    clock = Clock()
    viewing = Viewing(clock)
    for viewer in ("a", "b", "a"):
        viewing.seen("s", viewer)
    viewing.seen("t", "a")
    assert viewing.viewers() == {"s": 2, "t": 1}
    clock.now_s = ACTIVE_S
    viewing.seen("s", "b")
    clock.now_s += 1
    assert viewing.viewers() == {"s": 1}
    clock.now_s += ACTIVE_S
    assert viewing.viewers() == {}


def test_a_stream_can_be_active_without_anybody_to_count() -> None:
    viewing = Viewing(Clock())
    viewing.seen("s")
    assert viewing.active() == ["s"]
    assert viewing.viewers() == {}


def test_more_viewers_than_can_be_told_apart_take_no_more_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_VIEWERS", 3)
    clock = Clock()
    viewing = Viewing(clock)
    for viewer in "abcde":
        viewing.seen("s", viewer)
    assert viewing.viewers() == {"s": 3}
    clock.now_s = ACTIVE_S + 1
    viewing.seen("s", "f")
    assert viewing.viewers() == {"s": 1}


def test_a_stream_is_watched_for_a_while_after_each_request() -> None:
    at = Clock()
    viewing = Viewing(at)
    viewing.seen("a")
    at.now_s = ACTIVE_S
    assert viewing.active() == ["a"]
    at.now_s = ACTIVE_S + 1
    assert viewing.active() == []


def test_what_a_check_asks_for_is_not_watching() -> None:
    at = Clock()
    viewing = Viewing(at)
    with viewing.aside("a"):
        viewing.seen("a")
        viewing.seen("b")
        assert viewing.active() == ["b"]
    viewing.seen("a")
    assert viewing.active() == ["b"], "a worker tells late what it saw"
    at.now_s = AFTER_S
    viewing.seen("a")
    assert viewing.active() == ["a", "b"]


def test_who_watches_while_a_check_runs_goes_on_watching() -> None:
    at = Clock()
    viewing = Viewing(at)
    viewing.seen("a")
    at.now_s = ACTIVE_S
    with viewing.aside("a"):
        viewing.seen("a")
        at.now_s = 2 * ACTIVE_S
        assert viewing.active() == ["a"]


def test_what_is_watched_elsewhere_is_watched_and_not_said_to_be_here() -> None:
    viewing = Viewing(Clock())
    viewing.seen("b", "a viewer")
    viewing.elsewhere(["a", "b"])
    assert (viewing.active(), viewing.here()) == (["a", "b"], ["b"])
    assert viewing.viewers() == {"b": 1}
    viewing.elsewhere([])
    assert viewing.active() == ["b"]
