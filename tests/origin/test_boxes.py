"""Fragments move in time and change in nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.origin import Tracks
from tests.origin.boxes import boxes, decode_time, find, moved, timescale


def test_a_track_says_its_timescale(tracks: Tracks) -> None:
    assert (timescale(tracks.low.init), timescale(tracks.audio.init)) == (12_800, 48_000)


@pytest.mark.parametrize("later_by", [0, 1, 2**40])
def test_a_fragment_moves(tracks: Tracks, later_by: int) -> None:
    [fragment, *_] = tracks.low.chunks
    again = moved(fragment, sequence=7, later_by=later_by)
    assert decode_time(again) == decode_time(fragment) + later_by
    assert moved(again, sequence=1, later_by=-later_by) == moved(fragment, sequence=1, later_by=0)
    assert again[find(again, b"mdat").start :] == fragment[find(fragment, b"mdat").start :]


@given(st.binary(max_size=200))
def test_any_bytes_are_boxes_one_after_the_other_or_refused(data: bytes) -> None:
    try:
        found = list(boxes(data))
    except ValueError:
        return
    assert b"".join(data[box.start : box.end] for box in found) == data


@given(st.lists(st.tuples(st.binary(min_size=4, max_size=4), st.binary(max_size=20))))
def test_boxes_are_found_as_they_were_written(written: list[tuple[bytes, bytes]]) -> None:
    data = b"".join((8 + len(body)).to_bytes(4, "big") + kind + body for kind, body in written)
    assert [(box.kind, data[box.body : box.end]) for box in boxes(data)] == written


def test_what_is_missing_is_told() -> None:
    with pytest.raises(LookupError, match="moof"):
        decode_time(b"")
