"""Memory lent and taken back: never over the budget, never to two at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.proxy.buffers import GRAIN_BYTES, SLACK, Buffers

MAX_BYTES = 20 * GRAIN_BYTES


def took(buffers: Buffers, size_bytes: int) -> bytearray:
    buffer = buffers.take(size_bytes)
    assert buffer is not None
    return buffer


@pytest.mark.parametrize(
    ("asked", "lent"),
    [
        (0, GRAIN_BYTES),
        (1, GRAIN_BYTES),
        (GRAIN_BYTES, GRAIN_BYTES),
        (GRAIN_BYTES + 1, 2 * GRAIN_BYTES),
    ],
)
def test_sizes_are_rounded_up_to_the_grain(asked: int, lent: int) -> None:
    buffers = Buffers(MAX_BYTES)
    assert len(took(buffers, asked)) == buffers.lent_bytes == lent


def test_what_was_given_back_is_lent_again() -> None:
    buffers = Buffers(MAX_BYTES)
    buffer = took(buffers, 4 * GRAIN_BYTES)
    buffers.give(buffer)
    assert buffers.lent_bytes == 0
    assert took(buffers, 3 * GRAIN_BYTES) is buffer
    assert buffers.lent_bytes == 4 * GRAIN_BYTES


def test_a_large_buffer_is_not_wasted_on_a_small_body() -> None:
    buffers = Buffers(MAX_BYTES)
    large = took(buffers, 10 * GRAIN_BYTES)
    buffers.give(large)
    assert len(took(buffers, GRAIN_BYTES)) == GRAIN_BYTES
    assert took(buffers, 9 * GRAIN_BYTES) is large


def test_the_smallest_that_fits_is_lent() -> None:
    buffers = Buffers(MAX_BYTES)
    lent = [took(buffers, grains * GRAIN_BYTES) for grains in (6, 4, 5)]
    for buffer in lent:
        buffers.give(buffer)
    assert took(buffers, 4 * GRAIN_BYTES) is lent[1]
    assert took(buffers, 4 * GRAIN_BYTES) is lent[2]
    assert took(buffers, 4 * GRAIN_BYTES) is lent[0]


def test_where_the_budget_is_spent_there_is_none() -> None:
    buffers = Buffers(MAX_BYTES)
    took(buffers, MAX_BYTES - GRAIN_BYTES)
    assert buffers.take(GRAIN_BYTES + 1) is None
    assert not buffers.has_room(GRAIN_BYTES + 1)
    assert buffers.has_room(GRAIN_BYTES)
    took(buffers, GRAIN_BYTES)
    assert buffers.take(1) is None
    assert buffers.lent_bytes == MAX_BYTES


def test_what_waits_makes_way_for_what_is_asked() -> None:
    buffers = Buffers(MAX_BYTES)
    for buffer in [took(buffers, 5 * GRAIN_BYTES) for _ in range(4)]:
        buffers.give(buffer)
    assert len(took(buffers, MAX_BYTES)) == MAX_BYTES
    assert buffers.lent_bytes == MAX_BYTES


def test_it_tells_what_it_has() -> None:
    buffers = Buffers(16 * 2**20)
    waiting = took(buffers, 2 * 2**20)
    took(buffers, 4 * 2**20)
    buffers.give(waiting)
    assert repr(buffers) == "<Buffers 4 lent + 2 idle of 16 MiB>"


sizes = st.integers(0, 12 * GRAIN_BYTES)


@given(st.lists(st.one_of(sizes, st.tuples(st.integers(0, 99))), max_size=80))
def test_whatever_comes_and_goes(steps: list[int | tuple[int]]) -> None:
    buffers = Buffers(MAX_BYTES)
    lent: list[bytearray] = []
    seen: dict[int, bytearray] = {}
    for step in steps:
        if isinstance(step, tuple):
            if lent:
                buffers.give(lent.pop(step[0] % len(lent)))
        else:
            had_room = buffers.has_room(step)
            buffer = buffers.take(step)
            assert (buffer is not None) == had_room
            if buffer is not None:
                assert all(buffer is not other for other in lent)
                assert step <= len(buffer)
                assert len(buffer) <= max(step + GRAIN_BYTES, GRAIN_BYTES) * SLACK
                lent.append(buffer)
                seen[id(buffer)] = buffer
        assert buffers.lent_bytes == sum(map(len, lent)) <= MAX_BYTES
        waiting = sum(len(buffer) for _, _, buffer in buffers._idle)
        assert buffers.lent_bytes + waiting <= MAX_BYTES
