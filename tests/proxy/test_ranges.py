"""Which part a request asks for, and whether it still may have it (RFC 9110, 13 and 14)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from f1stream.proxy.ranges import Range, asked_range, still_ranged, unchanged

DATE = "Mon, 02 Nov 2026 12:00:00 GMT"
LATER = "Tue, 03 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes=0-", Range(0, None)),
        ("bytes=0-0", Range(0, 0)),
        ("bytes=5-9", Range(5, 9)),
        ("bytes= 5-9 ", Range(5, 9)),
        ("bytes=-5", Range(None, 5)),
        ("bytes=-0", Range(None, 0)),
        ("bytes=007-8", Range(7, 8)),
        ("bytes=999999999999999999-", Range(999999999999999999, None)),
        ("bytes=9-5", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes", None),
        ("", None),
        ("5-9", None),
        ("bytes=5", None),
        ("bytes=a-b", None),
        ("bytes=5-9x", None),
        ("bytes=5--9", None),
        ("bytes=0x5-9", None),
        ("bytes=5 - 9", None),
        ("bytes=+5-9", None),
        ("bytes=²-9", None),
        ("bytes=٣-9", None),
        ("bytes=0-1,5-6", None),
        ("bytes=0-1,", None),
        ("lines=0-1", None),
        ("bytes=9999999999999999999-", None),
        ("bytes=0-" + "9" * 5000, None),
    ],
)
def test_what_is_asked(text: str, expected: Range | None) -> None:
    assert asked_range(CIMultiDict({"Range": text})) == expected


def test_no_range_is_the_whole() -> None:
    assert asked_range(CIMultiDict()) is None


@given(st.text() | st.from_regex(r"bytes=[\d, -]{0,12}", fullmatch=True))
def test_whatever_is_written_is_a_range_or_none(text: str) -> None:
    asked = asked_range(CIMultiDict({"Range": text}))
    assert asked is None or asked_range({"Range": asked.header}) == asked


@pytest.mark.parametrize(
    ("asked", "size_bytes", "expected"),
    [
        (Range(0, None), 10, (0, 10)),
        (Range(0, 0), 10, (0, 1)),
        (Range(9, 9), 10, (9, 10)),
        (Range(9, 99), 10, (9, 10)),
        (Range(10, None), 10, None),
        (Range(10, 20), 10, None),
        (Range(None, 3), 10, (7, 10)),
        (Range(None, 10), 10, (0, 10)),
        (Range(None, 99), 10, (0, 10)),
        (Range(None, 0), 10, None),
        (Range(0, None), 0, None),
        (Range(None, 5), 0, None),
    ],
)
def test_the_part_of_a_body(
    asked: Range, size_bytes: int, expected: tuple[int, int] | None
) -> None:
    assert asked.within(size_bytes) == expected


small = st.integers(0, 30)
ranges = st.one_of(
    st.builds(Range, small, st.none()),
    st.builds(lambda first, more: Range(first, first + more), small, small),
    st.builds(Range, st.none(), small),
)


@given(ranges, st.integers(0, 25))
def test_the_part_is_the_bytes_that_are_counted_one_by_one(asked: Range, size_bytes: int) -> None:
    def belongs(at: int) -> bool:
        if asked.first is None:
            return at >= size_bytes - (asked.last or 0)
        return at >= asked.first and (asked.last is None or at <= asked.last)

    body = bytes(range(size_bytes))
    wanted = bytes(byte for at, byte in enumerate(body) if belongs(at))
    bounds = asked.within(size_bytes)
    if bounds is None:
        assert wanted == b""
    else:
        start, stop = bounds
        assert wanted == body[start:stop] != b""
        assert 0 <= start < stop <= size_bytes


@given(ranges)
def test_a_range_reads_back_as_it_was_written(asked: Range) -> None:
    assert asked_range({"Range": asked.header}) == asked


@pytest.mark.parametrize(
    ("asked", "etag", "modified", "expected"),
    [
        ({}, '"a"', DATE, False),
        ({"If-None-Match": '"a"'}, '"a"', None, True),
        ({"If-None-Match": '"a"'}, '"b"', None, False),
        ({"If-None-Match": '"a"'}, None, None, False),
        ({"If-None-Match": 'W/"a"'}, '"a"', None, True),
        ({"If-None-Match": '"a"'}, 'W/"a"', None, True),
        ({"If-None-Match": '"x", W/"a" ,"y"'}, '"a"', None, True),
        ({"If-None-Match": "*"}, '"a"', None, True),
        ({"If-None-Match": ""}, '"a"', None, False),
        ({"If-None-Match": "a"}, '"a"', None, False),
        ({"If-Modified-Since": DATE}, None, DATE, True),
        ({"If-Modified-Since": DATE}, None, None, False),
        ({"If-Modified-Since": DATE}, None, LATER, False),
        ({"If-Modified-Since": "yesterday"}, None, DATE, False),
        # If-None-Match decides alone where it is there (section 13.2.2).
        ({"If-None-Match": '"b"', "If-Modified-Since": DATE}, '"a"', DATE, False),
        ({"If-None-Match": '"a"', "If-Modified-Since": LATER}, '"a"', DATE, True),
    ],
)
def test_unchanged(
    asked: dict[str, str], etag: str | None, modified: str | None, expected: bool
) -> None:
    assert unchanged(CIMultiDict(asked), etag, modified) == expected


@pytest.mark.parametrize(
    ("condition", "etag", "modified", "expected"),
    [
        (None, None, None, True),
        ('"a"', '"a"', None, True),
        ('"a"', '"b"', None, False),
        ('"a"', None, None, False),
        # Only a strong validator may join two parts (section 13.1.5).
        ('W/"a"', 'W/"a"', None, False),
        ('W/"a"', '"a"', None, False),
        ('"a"', 'W/"a"', None, False),
        (DATE, None, DATE, True),
        (DATE, None, LATER, False),
        (LATER, None, DATE, False),
        (DATE, None, None, False),
        ("", '"a"', DATE, False),
        ("x", '"a"', DATE, False),
    ],
)
def test_if_range(
    condition: str | None, etag: str | None, modified: str | None, expected: bool
) -> None:
    asked = {} if condition is None else {"If-Range": condition}
    assert still_ranged(CIMultiDict(asked), etag, modified) == expected
