"""What players ask beside a link is understood, and goes upstream in one spelling."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.errors import BadRequest
from f1stream.hls.directives import Directives, Skip, beside, with_query
from f1stream.hls.links import Kind, Link, Links

NUMBERS = st.none() | st.integers(0, 10**15 - 1)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ({}, ""),
        ({"_HLS_msn": "7"}, "_HLS_msn=7"),
        ({"_HLS_part": "0", "_HLS_msn": "007"}, "_HLS_msn=7&_HLS_part=0"),
        ({"_HLS_skip": "YES"}, "_HLS_skip=YES"),
        ({"_HLS_skip": "v2", "_HLS_msn": "1", "other": "x"}, "_HLS_msn=1&_HLS_skip=v2"),
    ],
)
def test_directives_have_one_spelling(query: dict[str, str], text: str) -> None:
    assert Directives.read(query).query == text


@given(NUMBERS, NUMBERS, st.none() | st.sampled_from(Skip))
def test_directives_come_back_from_their_own_text(
    msn: int | None, part: int | None, skip: Skip | None
) -> None:
    asked = Directives(msn, part if msn is not None else None, skip)
    assert Directives.read(dict(parse_qsl(asked.query))) == asked


@pytest.mark.parametrize(
    "query",
    [
        {"_HLS_msn": ""},
        {"_HLS_msn": "-1"},
        {"_HLS_msn": "1.5"},
        {"_HLS_msn": "\N{ARABIC-INDIC DIGIT ONE}"},
        {"_HLS_msn": "1" * 16},
        {"_HLS_msn": "1\n"},
        {"_HLS_part": "1"},
        {"_HLS_msn": "1", "_HLS_part": "x"},
        {"_HLS_skip": "yes"},
        {"_HLS_skip": ""},
    ],
)
def test_directives_that_mean_nothing_are_a_bad_request(query: dict[str, str]) -> None:
    with pytest.raises(BadRequest):
        Directives.read(query)


@given(st.dictionaries(st.sampled_from(["_HLS_msn", "_HLS_part", "_HLS_skip"]), st.text()))
def test_any_query_is_understood_or_a_bad_request(query: dict[str, str]) -> None:
    try:
        text = Directives.read(query).query
    except BadRequest:
        return
    assert text.isascii()
    assert "\n" not in text


@pytest.mark.parametrize(
    ("kind", "query", "text"),
    [
        (
            Kind.STEERING,
            {"_HLS_pathway": "cdn-a", "_HLS_throughput": "5140000"},
            "_HLS_pathway=cdn-a&_HLS_throughput=5140000",
        ),
        (
            Kind.ASSETS,
            {"_HLS_start_offset": "4.5", "_HLS_primary_id": "3F-a"},
            "_HLS_primary_id=3F-a&_HLS_start_offset=4.5",
        ),
        (Kind.PLAYLIST, {"_HLS_primary_id": "x", "_HLS_pathway": "y"}, "_HLS_primary_id=x"),
        (Kind.BYTES, {"_HLS_primary_id": "x"}, ""),
    ],
)
def test_what_else_is_said_beside_a_link_depends_on_its_kind(
    kind: Kind, query: dict[str, str], text: str
) -> None:
    assert beside(kind, query) == text


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (Kind.STEERING, {"_HLS_pathway": "a&b=c"}),
        (Kind.STEERING, {"_HLS_throughput": "1e6"}),
        (Kind.ASSETS, {"_HLS_start_offset": "-1"}),
        (Kind.ASSETS, {"_HLS_primary_id": "a\r\nb"}),
    ],
)
def test_what_is_malformed_beside_a_link_is_a_bad_request(
    kind: Kind, query: dict[str, str]
) -> None:
    with pytest.raises(BadRequest):
        beside(kind, query)


def test_directives_stand_beside_a_signature_without_breaking_it() -> None:
    links = Links([b"0123456789abcdef"])
    for kind in Kind:
        link = Link(kind, "https://a.example/x", "garage")
        signed = dict(parse_qsl(links.sign(link).partition("?")[2]))
        said = {"_HLS_msn": "1", "_HLS_part": "2", "_HLS_skip": "YES", "_HLS_pathway": "a"}
        assert links.read(kind.route, {**signed, **said}) == link


@pytest.mark.parametrize(
    ("url", "query", "whole"),
    [
        ("https://a/x", "", "https://a/x"),
        ("https://a/x#f", "b=1", "https://a/x?b=1"),
        ("https://a/x?a=1", "b=1", "https://a/x?a=1&b=1"),
    ],
)
def test_directives_go_behind_the_query_of_the_upstream(url: str, query: str, whole: str) -> None:
    assert with_query(url, query) == whole
