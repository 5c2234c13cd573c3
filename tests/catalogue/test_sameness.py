"""Which streams are the same."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue.sameness import address, grouped, public
from f1stream.models import Stream, Upstream

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3ODMyNjQyMDB9.c2lnbmF0dXJlc2lnbmF0dXJl"


def stream(source: str, key: str, url: str) -> Stream:
    return Stream(
        key, key, "direct", source, Upstream(url), NOW, address=address(url) if url else ""
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/f1.m3u8?token=1", "https://a.example/f1.m3u8?token=2&expires=3"),
        ("https://a.example/f1.m3u8", "http://A.example:80/f1.m3u8"),
        ("https://a.example/f1.m3u8?hdnts=exp=1~acl=*~hmac=2", "https://a.example/f1.m3u8"),
        ("https://a.example/hdntl=exp=1~hmac=2/f1.m3u8", "https://a.example/f1.m3u8"),
        ("https://a.example/bcdn_token=x&expires=1/f1.m3u8", "https://a.example/f1.m3u8"),
        (f"https://a.example/{JWT}/f1.m3u8", f"https://a.example/f1.m3u8?jwt={JWT}"),
        ("https://a.example/f1.m3u8?b=1&a=2", "https://a.example/f1.m3u8?a=2&b=1"),
        ("https://a.example/f%31.m3u8", "https://a.example/f1.m3u8"),
        ("https://a.example/f1.m3u8?auth_token=1&X-Amz-Date=2", "https://a.example/f1.m3u8"),
        (
            "https://a.example/f1.m3u8?Policy=1&Signature=2&Key-Pair-Id=3",
            "https://a.example/f1.m3u8",
        ),
    ],
)
def test_a_token_makes_no_difference(one: str, other: str) -> None:
    assert address(one) == address(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.example/f1.m3u8", "https://a.example/f2.m3u8"),
        ("https://a.example/f1.m3u8", "https://b.example/f1.m3u8"),
        ("https://a.example/f1.m3u8", "https://a.example:8443/f1.m3u8"),
        ("https://a.example/live?channel=1", "https://a.example/live?channel=2"),
        ("http://a.example/live/ann/pw/1.m3u8", "http://a.example/live/bob/pw/1.m3u8"),
        ("http://ann@a.example/1.m3u8", "http://bob@a.example/1.m3u8"),
    ],
)
def test_all_else_does(one: str, other: str) -> None:
    assert address(one) != address(other)


@pytest.mark.parametrize("url", ["", "live.m3u8", "http://[::1", "http://a:b/", "mailto:x"])
def test_what_is_no_url_has_no_address(url: str) -> None:
    assert address(url) == ""


@given(st.text(max_size=200))
def test_it_never_raises(url: str) -> None:
    address(url)
    address("http://a.example/" + url)


def groups_of(streams: list[Stream]) -> list[list[str]]:
    return [[one.id for one in group] for group in grouped(streams, lambda one: one)]


def test_the_same_stream_of_several_sources_is_one_in_the_operators_order() -> None:
    streams = [
        stream("A", "a1", "https://cdn.example/f1.m3u8?token=1"),
        stream("A", "a2", "https://cdn.example/f2.m3u8"),
        stream("B", "b2", "https://cdn.example/f2.m3u8?token=9"),
        stream("B", "b1", "https://cdn.example/f1.m3u8"),
    ]
    assert groups_of(streams) == [["a1", "b1"], ["a2", "b2"]]


def test_where_the_token_chooses_the_channel_only_equal_urls_are_the_same() -> None:
    streams = [
        stream("A", "a1", "https://cdn.example/live.m3u8?token=sky"),
        stream("A", "a2", "https://cdn.example/live.m3u8?token=rtl"),
        stream("B", "b1", "https://cdn.example/live.m3u8?token=rtl"),
        stream("B", "b2", "https://cdn.example/live.m3u8?token=orf"),
    ]
    assert groups_of(streams) == [["a1"], ["a2", "b1"], ["b2"]]


def test_streams_without_an_address_are_like_no_other() -> None:
    streams = [stream("A", "a1", ""), stream("A", "a2", ""), stream("B", "b1", "")]
    assert len(grouped(streams, lambda one: one)) == 3


@given(
    st.lists(
        st.builds(
            stream,
            st.sampled_from("ABC"),
            st.uuids().map(str),
            st.builds("https://{}/{}?token={}".format, *(st.sampled_from("ab"),) * 3),
        )
    )
)
def test_every_stream_is_in_one_group_and_stays_in_order(streams: list[Stream]) -> None:
    groups = grouped(streams, lambda one: one)
    assert sorted(one.id for group in groups for one in group) == sorted(one.id for one in streams)
    for group in groups:
        assert group == [one for one in streams if one in group]
        assert len({one.address for one in group}) == 1
        for source in "ABC":
            assert len({one.upstream.url for one in group if one.site_name == source}) <= 1


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.example/watch?v=42&t=9", "https://a.example/watch?v=42"),
        ("http://u:p@a.example:81/v#x", "http://a.example:81/v"),
        ("http://[::1]:81/v?user_name=me&api_key=x&p=7", "http://[::1]:81/v?p=7"),
        ("https://a.example/token=abc/v", ""),
        ("javascript:alert(1)", ""),
        ("https://[::1/", ""),
        ("", ""),
    ],
)
def test_others_see_no_credentials_in_an_address(url: str, shown: str) -> None:
    assert public(url) == shown
