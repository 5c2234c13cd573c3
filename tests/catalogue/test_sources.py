"""A source's circuit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from f1stream.catalogue import SourceHealth

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
TOOK = timedelta(seconds=2)


def failed(times: int) -> SourceHealth:
    health = SourceHealth("direct", "A")
    for number in range(times):
        health = health.started().failed(f"down {number}", NOW + number * TOOK, TOOK)
    return health


def test_it_opens_after_three_failures_and_tries_half_open() -> None:
    assert [failed(times).circuit for times in range(5)] == [
        "closed",
        "closed",
        "closed",
        "open",
        "open",
    ]
    trying = failed(3).started()
    assert (trying.state, trying.circuit) == ("running", "half-open")
    assert trying.failed("down", NOW, TOOK).circuit == "open"


def test_it_closes_with_the_first_success_and_forgets_the_failures() -> None:
    health = failed(4).started().succeeded(NOW, TOOK, {"no stream": 2})
    assert (health.state, health.circuit, health.failures) == ("ok", "closed", 0)
    assert (health.error, health.failing_since, health.took_s) == (None, None, 2.0)
    assert health.left_out == {"no stream": 2}


def test_a_run_of_failures_has_one_beginning_and_its_last_error() -> None:
    health = failed(3)
    assert (health.failing_since, health.error, health.failures) == (NOW, "down 2", 3)


def test_an_attempt_that_was_interrupted_leaves_it_as_it_was() -> None:
    fresh = SourceHealth("direct", "A").started()
    assert fresh.interrupted().state == "pending"
    worked = fresh.succeeded(NOW, TOOK, {})
    assert worked.started().interrupted() == worked
    assert failed(2).started().interrupted() == failed(2)
