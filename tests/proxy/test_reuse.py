"""When bodies are kept, and when they are passed on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from f1stream.proxy.reuse import WASTED, Reuse


def wasted(times: int = WASTED) -> Reuse:
    reuse = Reuse()
    for number in range(times):
        assert reuse.keeps(number)
        reuse.gone(used=False)
    return reuse


def test_at_first_everything_is_kept() -> None:
    assert wasted(WASTED - 1).keeps("another")


def test_what_was_of_no_use_so_often_is_given_up() -> None:
    reuse = wasted()
    assert not reuse.keeps("another")
    assert repr(reuse) == "<Reuse does not pay>"


def test_one_body_that_was_of_use_outweighs_all_before() -> None:
    reuse = wasted(WASTED - 1)
    reuse.gone(used=True)
    reuse.gone(used=False)
    assert reuse.keeps("another")


def test_the_second_request_for_what_was_passed_on_has_it_kept() -> None:
    reuse = wasted()
    assert not reuse.keeps("a")
    assert not reuse.keeps("b")
    assert reuse.keeps("a")
    assert reuse.keeps("b")
    assert reuse.keeps("c")


@given(st.lists(st.integers(0, 50)))
def test_no_key_is_passed_on_twice_in_a_row(keys: list[int]) -> None:
    reuse = wasted()
    passed: set[int] = set()
    for key in keys:
        if reuse.keeps(key):
            passed.clear()
            for _ in range(WASTED):
                reuse.gone(used=False)
        else:
            assert key not in passed
            passed.add(key)
