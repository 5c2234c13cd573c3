"""What other people's servers say, taken apart in slices."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.errors import SourceChanged, TooLarge
from f1stream.extractors.foreign import Answer, Foreign, array, decoded, elements, paced

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class Channel(Foreign):
    number: int


def answer(body: str | bytes) -> Answer:
    content = body.encode() if isinstance(body, str) else body
    return Answer(content, "http://a.example/list?token=hunter2", "application/json")


async def channels(values: list[Any]) -> list[int]:
    return [one.number async for one in elements(Channel, values, "http://a.example/?t=hunter2")]


@given(st.lists(VALUES), st.sampled_from([None, 2]))
def test_an_array_is_read_as_the_library_reads_it(values: list[Any], indent: int | None) -> None:
    assert list(array(answer(json.dumps(values, indent=indent)))) == values


@pytest.mark.parametrize(
    "body",
    ["", "{}", "null", "[", "[1", "[1 x", "[{]", "<html>", "[" * 100_000, b"\xff\xfe", '["a'],
)
def test_what_is_no_array_is_told_with_the_host(body: str | bytes) -> None:
    with pytest.raises(SourceChanged, match=r"^a\.example: the answer: ") as caught:
        list(array(answer(body)))
    assert "hunter2" not in str(caught.value)


@given(st.binary(max_size=50))
def test_any_bytes_are_an_array_or_that_error(body: bytes) -> None:
    with contextlib.suppress(SourceChanged):
        list(array(answer(b"[" + body)))


async def test_elements_of_another_shape_are_left_out() -> None:
    assert await channels([{"number": 1}, None, {}, {"number": "2"}, {"number": "x"}]) == [1, 2]
    assert await channels([]) == []


async def test_elements_that_are_all_of_another_shape_are_an_error() -> None:
    with pytest.raises(SourceChanged, match=r"^a\.example: number: Field required$"):
        await channels([None, {}])


async def test_the_loop_has_its_turn_again_and_again() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    assert [item async for item in paced(range(1000))] == list(range(1000))
    task.cancel()
    assert turns >= 20


def test_a_value_that_is_no_size_for_a_channel_ends_an_array() -> None:
    values = array(answer(json.dumps([1, "x" * 20_000, 2])))
    assert next(values) == 1
    with pytest.raises(SourceChanged):
        next(values)


@pytest.mark.parametrize("body", ["[" + "{}," * 60_000 + "{}]", '"' + "x" * (1 << 20) + '"'])
def test_what_takes_long_to_decode_is_not_decoded(body: str) -> None:
    with pytest.raises(TooLarge, match=r"^a\.example: "):
        decoded(Channel, answer(body))
