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


def allowed(allowance: Allowance, client: str | None) -> bool:
    try:
        allowance.take(client)
    except TooSoon:
        return False
    return True


def made(most: int = 3, all_most: int = 5) -> tuple[Allowance, Seconds]:
    at = Seconds()
    return Allowance(most=most, each_s=10, all_most=all_most, all_each_s=2, clock=at), at


def test_a_client_has_so_many_and_gets_one_back_after_a_while() -> None:
    allowance, at = made()
    assert [allowed(allowance, "a") for _ in range(5)] == [True, True, True, False, False]
    with pytest.raises(TooSoon) as refusal:
        allowance.take("a")
    assert refusal.value.headers == {"Retry-After": "10"}
    at.now += 10
    assert [allowed(allowance, "a") for _ in range(2)] == [True, False]


def test_all_together_have_so_many_and_who_is_refused_takes_nothing_from_them() -> None:
    allowance, at = made()
    for _ in range(20):
        allowed(allowance, "a")
    assert [allowed(allowance, "b") for _ in range(3)] == [True, True, False]
    assert not allowed(allowance, None)
    at.now += 2
    assert allowed(allowance, None)
    assert not allowed(allowance, "c")


def test_clients_without_number_take_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_CLIENTS", 10)
    allowance, _ = made(all_most=10_000)
    for number in range(1_000):
        allowance.take(f"client {number}")
    assert len(allowance._clients) == 10


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 30)), max_size=60))
def test_nobody_ever_gets_more(asked: list[tuple[str, float]]) -> None:
    allowance, at = made(most=2, all_most=4)
    let_in: dict[str, int] = {}
    for client, pause_s in asked:
        at.now += pause_s
        let_in[client] = let_in.get(client, 0) + allowed(allowance, client)
    assert all(count <= 2 + math.floor(at.now / 10 + 1e-9) for count in let_in.values())
    assert sum(let_in.values()) <= 4 + math.floor(at.now / 2 + 1e-9)
