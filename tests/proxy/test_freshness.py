"""How long an answer may be used again, from its headers alone (RFC 9111)."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from f1stream.proxy.freshness import DEFAULT_S, MAX_S, age_s, lifetime_s

DATE = "Mon, 02 Nov 2026 12:00:00 GMT"
MINUTE_LATER = "Mon, 02 Nov 2026 12:01:00 GMT"


@pytest.mark.parametrize(
    ("cache_control", "expected_s"),
    [
        ("max-age=60", 60),
        ("MAX-AGE=60", 60),
        ("max-age = 60", 60),
        ('max-age="60"', 60),
        ("public, max-age=60, immutable", 60),
        ("public,max-age=60", 60),
        ("max-age=60, s-maxage=5", 5),
        ("s-maxage=5, max-age=60", 5),
        ("max-age=0", 0),
        ("max-age=99999999999999999999", MAX_S),
        ("stale-while-revalidate=30, max-age=7", 7),
        ("no-store", 0),
        ("max-age=60, no-store", 0),
        ("No-Store, max-age=60", 0),
        ("private", 0),
        ('private="x, y", max-age=60', 0),
        ("no-cache, max-age=60", 0),
        ('no-cache="Set-Cookie", max-age=60', 0),
        ("public", DEFAULT_S),
        ("", DEFAULT_S),
        (",,,", DEFAULT_S),
        # Malformed is stale (section 4.2.1).
        ("max-age", 0),
        ("max-age=", 0),
        ("max-age=x", 0),
        ("max-age=-1", 0),
        ("max-age=1.5", 0),
        ("max-age=1e3", 0),
        ("max-age=²", 0),
        ("s-maxage=x, max-age=60", 0),
        # A word inside another is not that word.
        ("x-max-age=60", DEFAULT_S),
        ("not-private", DEFAULT_S),
        ("no-store-x", DEFAULT_S),
    ],
)
def test_cache_control(cache_control: str, expected_s: float) -> None:
    assert lifetime_s(CIMultiDict({"Cache-Control": cache_control})) == expected_s


def test_nothing_said_is_a_default() -> None:
    assert lifetime_s(CIMultiDict()) == DEFAULT_S


@pytest.mark.parametrize("text", ["max-age=10, max-age=600", "max-age=10, public, max-age=600"])
def test_said_twice_the_first_counts_or_none(text: str) -> None:
    assert lifetime_s(CIMultiDict({"Cache-Control": text})) in (0, 10)


@pytest.mark.parametrize(
    "lines",
    [
        [("Cache-Control", "max-age=60"), ("Cache-Control", "no-store")],
        [("Cache-Control", "public"), ("Cache-Control", "private")],
        [("Vary", "Accept-Encoding"), ("Vary", "Cookie")],
        [("Vary", "Origin"), ("Vary", "*")],
    ],
)
def test_several_lines_of_a_header_are_one_list(lines: list[tuple[str, str]]) -> None:
    assert lifetime_s(CIMultiDict(lines)) == 0


@pytest.mark.parametrize(
    ("vary", "expected_s"),
    [
        ("", 60),
        ("Accept-Encoding", 60),
        ("accept-encoding, Origin", 60),
        (" Origin ,", 60),
        ("*", 0),
        ("Accept-Encoding, *", 0),
        ("Cookie", 0),
        ("Accept-Encoding, User-Agent", 0),
    ],
)
def test_vary(vary: str, expected_s: float) -> None:
    assert lifetime_s(CIMultiDict({"Cache-Control": "max-age=60", "Vary": vary})) == expected_s


@pytest.mark.parametrize(
    ("headers", "expected_s"),
    [
        ({"Date": DATE, "Expires": MINUTE_LATER}, 60),
        ({"Date": MINUTE_LATER, "Expires": DATE}, 0),
        ({"Date": DATE, "Expires": DATE}, 0),
        ({"Date": DATE, "Expires": MINUTE_LATER, "Age": "20"}, 40),
        ({"Date": DATE, "Expires": "Mon, 02 Nov 2099 12:00:00 GMT"}, MAX_S),
        ({"Date": "Mon, 02 Nov 1987 12:00:00 GMT", "Expires": "Mon, 02 Nov 1987 12:00:09 GMT"}, 9),
        ({"Date": DATE, "Expires": "Monday, 02-Nov-26 12:01:00 GMT"}, 60),
        ({"Date": DATE, "Expires": MINUTE_LATER, "Cache-Control": "max-age=5"}, 5),
        ({"Date": DATE, "Expires": "0"}, 0),
        ({"Date": DATE, "Expires": "-1"}, 0),
        ({"Date": DATE, "Expires": ""}, 0),
        ({"Date": DATE, "Expires": "Mon, 99 Nov 2026 12:00:00 GMT"}, 0),
        ({"Date": "yesterday", "Expires": MINUTE_LATER}, 0),
    ],
)
def test_expires_is_relative_to_the_upstream_s_own_clock(
    headers: dict[str, str], expected_s: float
) -> None:
    assert lifetime_s(CIMultiDict(headers)) == expected_s


@pytest.mark.parametrize(
    ("age", "expected_s"),
    [("0", 0), ("7", 7), ("-7", 0), ("x", 0), ("", 0), ("1.5", 0), ("²", 0), ("٣", 0)],
)
def test_age(age: str, expected_s: float) -> None:
    assert age_s(CIMultiDict({"Age": age})) == expected_s
    headers = CIMultiDict({"Age": age, "Cache-Control": "max-age=60"})
    assert lifetime_s(headers) == 60 - expected_s


def test_older_than_its_life_is_stale_and_not_negative() -> None:
    assert lifetime_s(CIMultiDict({"Age": "100", "Cache-Control": "max-age=60"})) == 0
    assert lifetime_s(CIMultiDict({"Age": "9" * 4000})) == 0


@given(
    st.dictionaries(
        st.sampled_from(["Cache-Control", "Expires", "Date", "Age", "Vary"]),
        st.text(st.characters(max_codepoint=255), max_size=40)
        | st.from_regex(r"[A-Z][a-z]{2}, \d{1,3} [A-Z][a-z]{2} \d{1,6} [\d:+. -]{0,20}"),
    )
)
def test_whatever_an_upstream_writes_is_some_lifetime(headers: dict[str, str]) -> None:
    found = lifetime_s(CIMultiDict(headers))
    assert 0 <= found <= MAX_S
    assert math.isfinite(age_s(CIMultiDict(headers)))
