"""Which streams are being watched, and what is not watching."""

from __future__ import annotations

from f1stream.catalogue import Viewing
from f1stream.catalogue.viewing import ACTIVE_S, AFTER_S


class Seconds:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_stream_is_watched_for_a_while_after_each_request() -> None:
    at = Seconds()
    viewing = Viewing(at)
    viewing.seen("a")
    at.now = ACTIVE_S
    assert viewing.active() == ["a"]
    at.now = ACTIVE_S + 1
    assert viewing.active() == []


def test_what_a_check_asks_for_is_not_watching() -> None:
    at = Seconds()
    viewing = Viewing(at)
    with viewing.aside("a"):
        viewing.seen("a")
        viewing.seen("b")
        assert viewing.active() == ["b"]
    viewing.seen("a")
    assert viewing.active() == ["b"], "a worker tells late what it saw"
    at.now = AFTER_S
    viewing.seen("a")
    assert viewing.active() == ["a", "b"]


def test_who_watches_while_a_check_runs_goes_on_watching() -> None:
    at = Seconds()
    viewing = Viewing(at)
    viewing.seen("a")
    at.now = ACTIVE_S
    with viewing.aside("a"):
        viewing.seen("a")
        at.now = 2 * ACTIVE_S
        assert viewing.active() == ["a"]
