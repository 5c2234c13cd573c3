"""How often something may be asked for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.errors import TooSoon
from f1stream.http import allowance as module
from f1stream.http.allowance import Allowance


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def allowed(allowance: Allowance, client: str) -> bool:
    try:
        allowance.take(client)
    except TooSoon:
        return False
    return True


def made(most: int = 3) -> tuple[Allowance, Seconds]:
    at = Seconds()
    return Allowance(most=most, each_s=10, clock=at), at


def test_a_client_has_so_many_and_gets_one_back_after_a_while() -> None:
    allowance, at = made()
    assert [allowed(allowance, "a") for _ in range(5)] == [True, True, True, False, False]
    with pytest.raises(TooSoon) as refusal:
        allowance.take("a")
    assert refusal.value.headers == {"Retry-After": "10"}
    at.now += 10
    assert [allowed(allowance, "a") for _ in range(2)] == [True, False]


def test_another_client_has_as_many() -> None:
    allowance, _ = made()
    for _ in range(20):
        allowed(allowance, "a")
    assert [allowed(allowance, "b") for _ in range(4)] == [True, True, True, False]


def test_who_is_forgotten_begins_anew() -> None:
    allowance, _ = made(most=1)
    assert [allowed(allowance, "a") for _ in range(2)] == [True, False]
    allowance.forget("a")
    assert allowed(allowance, "a")


def test_clients_without_number_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_CLIENTS", 10)
    allowance, _ = made()
    for number in range(1_000):
        allowance.take(f"client {number}")
    assert len(allowance._until_s) == 10
    assert not any(allowance._until_s.get(f"client {number}") for number in range(990))


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 30)), max_size=60))
def test_nobody_ever_gets_more_or_less(asked: list[tuple[str, int]]) -> None:
    allowance, at = made(most=2)
    left: dict[str, float] = dict.fromkeys("abc", 2)
    for client, pause_s in asked:
        at.now += pause_s
        left = {each: min(2, had + pause_s / 10) for each, had in left.items()}
        # As near to one as sums of tenths come.
        may = left[client] > 1 or math.isclose(left[client], 1)
        assert allowed(allowance, client) == may
        left[client] -= may
