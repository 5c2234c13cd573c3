"""Guessing: who knows the password is not kept out by those who do not."""

from __future__ import annotations

import pytest

from f1stream.errors import TooSoon
from f1stream.http.attempts import ALL_AT_ONCE, EACH_AT_ONCE, EACH_EVERY_S, Attempts


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def guesses(attempts: Attempts, client: str) -> int:
    """How many more are let through at this moment."""
    for number in range(1000):
        try:
            attempts.check(client)
        except TooSoon:
            return number
        attempts.failed(client)
    raise AssertionError("there is no limit")


def test_a_client_has_a_few_guesses_and_then_one_at_a_time(clock: Clock) -> None:
    attempts = Attempts(clock=clock)
    assert guesses(attempts, "a") == EACH_AT_ONCE
    with pytest.raises(TooSoon) as caught:
        attempts.check("a")
    assert caught.value.wait_s == EACH_EVERY_S
    clock.now += EACH_EVERY_S
    assert guesses(attempts, "a") == 1
    clock.now += EACH_EVERY_S * 100
    assert guesses(attempts, "a") == EACH_AT_ONCE


def test_another_client_is_not_kept_out(clock: Clock) -> None:
    attempts = Attempts(clock=clock)
    guesses(attempts, "a")
    assert guesses(attempts, "b") == EACH_AT_ONCE


def test_many_clients_together_have_a_limit_that_passes(clock: Clock) -> None:
    attempts = Attempts(clock=clock)
    let_through = sum(guesses(attempts, str(number)) for number in range(100))
    assert let_through == ALL_AT_ONCE
    clock.now += 60
    attempts.check("another")


def test_the_right_password_takes_back_what_was_mistyped(clock: Clock) -> None:
    attempts = Attempts(clock=clock)
    for _ in range(EACH_AT_ONCE - 1):
        attempts.failed("a")
    attempts.succeeded("a")
    assert guesses(attempts, "a") == EACH_AT_ONCE


def test_a_million_addresses_take_no_more_memory_than_a_few_thousand(clock: Clock) -> None:
    attempts = Attempts(clock=clock)
    for number in range(20_000):
        attempts.failed(str(number))
    assert len(attempts._each._until_s) < 5000
