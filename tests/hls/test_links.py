"""Signed links come back unaltered, or not at all."""

from __future__ import annotations

import re
from base64 import urlsafe_b64encode
from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1stream.errors import BadLink, F1StreamError, ForeignLink
from f1stream.hls.links import Kind, Link, Links

KEY = b"0123456789abcdef"
LINKS = Links([KEY])
LINK = Link(Kind.BYTES, "https://origin.example.com/live/seg-1.ts?t=\N{BULLET}", "garage-1")

links = st.builds(
    Link,
    st.sampled_from(Kind),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=60),
    st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True),
    st.dictionaries(st.text(max_size=5), st.text(max_size=8), max_size=2),
)


def parts(signed: str) -> dict[str, str]:
    return dict(parse_qsl(signed.partition("?")[2], keep_blank_values=True))


@given(links)
@settings(deadline=None)
def test_a_link_comes_back_as_it_was_signed(link: Link) -> None:
    assert LINKS.read(link.kind, parts(LINKS.sign(link))) == link


@given(links)
@settings(deadline=None)
def test_a_link_is_a_short_relative_reference_that_needs_no_escaping(link: Link) -> None:
    signed = LINKS.sign(link)
    assert re.fullmatch(
        r"(proxy|relay)\?url=[\w-]+(&def=[\w-]+)?&sig=[a-z0-9-]+\.[\w-]{16}(\.[a-z0-9]+)?",
        signed,
        re.ASCII,
    )
    assert signed == LINKS.sign(link)


@pytest.mark.parametrize(
    ("url", "ending"),
    [
        ("https://a.example/1.ts?t=1.mp4", ".ts"),
        ("https://a.example/init.mp4", ".mp4"),
        ("https://a.example/en.vtt", ".vtt"),
        ("https://a.example/1.jpg", ".ts"),
        ("https://a.example/segment", ".ts"),
        ("https://a.example", ".ts"),
    ],
)
def test_a_link_to_bytes_ends_like_a_media_file(url: str, ending: str) -> None:
    """ffmpeg takes no other; `ts` is what it accepts for each container."""
    assert LINKS.sign(Link(Kind.BYTES, url, "a")).endswith(ending)
    assert not LINKS.sign(Link(Kind.PLAYLIST, url, "a")).endswith(ending)


@given(links, st.data())
@settings(deadline=None)
def test_a_link_with_one_character_altered_is_refused(link: Link, data: st.DataObject) -> None:
    query = parts(LINKS.sign(link))
    name = data.draw(st.sampled_from(sorted(query)))
    at = data.draw(st.integers(0, len(query[name]) - 1))
    other = data.draw(st.characters(max_codepoint=0x2FF).filter(lambda c: c != query[name][at]))
    query[name] = query[name][:at] + other + query[name][at + 1 :]
    with pytest.raises((BadLink, ForeignLink)):
        LINKS.read(link.kind, query)


@given(links, st.data())
@settings(deadline=None)
def test_a_link_cut_short_or_without_a_parameter_is_refused(
    link: Link, data: st.DataObject
) -> None:
    query = parts(LINKS.sign(link))
    name = data.draw(st.sampled_from(sorted(query)))
    query[name] = query[name][: data.draw(st.integers(0, len(query[name]) - 1))]
    with pytest.raises((BadLink, ForeignLink)):
        LINKS.read(link.kind, query)
    del query[name]
    with pytest.raises((BadLink, ForeignLink)):
        LINKS.read(link.kind, query)


@given(st.dictionaries(st.sampled_from(["url", "sig", "def"]), st.text(max_size=30)))
@settings(deadline=None)
def test_any_query_is_refused_with_a_known_error(query: dict[str, str]) -> None:
    with pytest.raises((BadLink, ForeignLink)):
        LINKS.read(Kind.BYTES, query)


def test_a_relay_link_does_not_open_proxy() -> None:
    with pytest.raises(ForeignLink):
        LINKS.read(Kind.PLAYLIST, parts(LINKS.sign(LINK)))


def test_a_link_does_not_open_another_scope() -> None:
    query = parts(LINKS.sign(LINK))
    query["sig"] = query["sig"].replace("garage-1", "garage-2")
    with pytest.raises(ForeignLink):
        LINKS.read(Kind.BYTES, query)


def test_variables_can_be_neither_added_nor_removed_nor_changed() -> None:
    bare = parts(LINKS.sign(LINK))
    one = parts(LINKS.sign(replace(LINK, variables={"a": "1"})))
    two = parts(LINKS.sign(replace(LINK, variables={"a": "2"})))
    for query in ({**bare, "def": one["def"]}, {**one, "def": two["def"]}):
        with pytest.raises(ForeignLink):
            LINKS.read(Kind.BYTES, query)
    del one["def"]
    with pytest.raises(ForeignLink):
        LINKS.read(Kind.BYTES, one)


def test_the_order_of_variables_makes_no_other_link() -> None:
    there = replace(LINK, variables={"a": "1", "b": "2"})
    back = replace(LINK, variables={"b": "2", "a": "1"})
    assert LINKS.sign(there) == LINKS.sign(back)


def test_a_replaced_key_still_verifies_and_no_longer_signs() -> None:
    rotated = Links([b"fedcba9876543210", KEY])
    assert rotated.read(Kind.BYTES, parts(LINKS.sign(LINK))) == LINK
    with pytest.raises(ForeignLink):
        LINKS.read(Kind.BYTES, parts(rotated.sign(LINK)))


def test_other_keys_are_told_to_who_watches_in_their_order() -> None:
    links, told = Links([KEY]), list[str]()
    links.watch(lambda: told.append("one"))
    links.watch(lambda: told.append("two"))
    before = links.sign(LINK)
    links.replace([b"fedcba9876543210"])
    assert told == ["one", "two"]
    assert links.sign(LINK) != before
    with pytest.raises(ForeignLink):
        links.read(Kind.BYTES, parts(before))
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        links.replace([])


@pytest.mark.parametrize("keys", [[], [b"short"], [b"x" * 65], [KEY, b""]])
def test_keys_outside_16_to_64_bytes_are_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="16 to 64 bytes"):
        Links(keys)


@pytest.mark.parametrize("scope", ["", "Garage", "a.b", "a" * 65, "a&b"])
def test_a_scope_that_is_no_slug_is_not_signed(scope: str) -> None:
    with pytest.raises(ValueError, match="slug"):
        LINKS.sign(replace(LINK, scope=scope))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "YQ==",
        "YQ=",
        "YR",
        "YWJj\n",
        " YWJj",
        "YW Jj",
        "YWJjZ",
        "YW+j",
        "YW/j",
        "\N{FULLWIDTH LATIN CAPITAL LETTER Y}WJj",
        "_w",
        urlsafe_b64encode(b"x" * 8193).decode().rstrip("="),
        "A" * 100_000,
    ],
)
def test_a_url_in_any_but_its_one_spelling_is_malformed(url: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(Kind.BYTES, {**parts(LINKS.sign(LINK)), "url": url})


@pytest.mark.parametrize("sig", ["", ".", "a", "a.", ".AAAAAAAAAAAAAAAA", "a.AAAA", "A.b.c"])
def test_a_signature_of_another_form_is_malformed(sig: str) -> None:
    with pytest.raises(BadLink):
        LINKS.read(Kind.BYTES, {**parts(LINKS.sign(LINK)), "sig": sig})


def test_the_longest_url_that_is_allowed_comes_back() -> None:
    link = replace(LINK, url="x" * 8192)
    assert LINKS.read(Kind.BYTES, parts(LINKS.sign(link))) == link


def test_errors_do_not_tell_the_url() -> None:
    query = parts(LINKS.sign(replace(LINK, url="https://user:secret@example.com/")))
    for broken in ({**query, "sig": "a." + "A" * 16}, {**query, "url": query["url"] + "="}):
        with pytest.raises(F1StreamError) as caught:
            LINKS.read(Kind.BYTES, broken)
        assert "secret" not in str(caught.value)
        assert query["url"] not in str(caught.value)
