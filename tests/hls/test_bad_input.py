"""Playlists that nobody should publish: never a failure, never a byte lost that was fine."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

import pytest

from f1stream.errors import TooLarge
from f1stream.hls.limits import MAX_LINE_BYTES, MAX_LINES
from f1stream.hls.links import Links
from f1stream.hls.rewriter import Rewriter

LINKS = Links([b"0123456789abcdef"])
BASE = "https://origin.example.com/live/index.m3u8?token=42"
HERE = "https://origin.example.com/live/"
_LINK = re.compile(rb'(?:proxy|relay)\?[^"\s#]+')


def rewrite(body: bytes, base: str = BASE) -> bytes:
    return Rewriter(LINKS, "garage").rewrite(body, base)


def urls(body: bytes, base: str = BASE) -> list[str]:
    queries = [link.decode().partition("?") for link in _LINK.findall(rewrite(body, base))]
    return [LINKS.read(route, dict(parse_qsl(query))).url for route, _, query in queries]


@pytest.mark.parametrize(
    "inert",
    [b"# caf\xe9 \xff\xfe\n", b"# \0\n", b"#\0\0\n", b"#EXT-X-\xff:URI=\n"],
)
def test_bytes_that_are_not_text_stay_in_place(inert: bytes) -> None:
    rewritten = rewrite(b"#EXTM3U\n" + inert + b"#EXTINF:1,\xff\0\nx.ts\n")
    assert rewritten.startswith(b"#EXTM3U\n" + inert + b"#EXTINF:1,\xff\0\nrelay?")


@pytest.mark.parametrize(
    ("uri", "url"),
    [
        (b"caf\xe9.ts", HERE + "caf%E9.ts"),
        (b"a\0b.ts", HERE + "a%00b.ts"),
        (b"a\x07b.ts", HERE + "a%07b.ts"),
        (b'a"b.ts', HERE + "a%22b.ts"),
        (b"a b.ts", HERE + "a%20b.ts"),
        (b"http://h:81/x", "http://h:81/x"),
        (b"http://h:/x", "http://h:/x"),
        (b"https://u:p@h/x", "https://u:p@h/x"),
        (b"https://[::1]:8/x", "https://[::1]:8/x"),
        (b"index.m3u8?token=42", BASE),
        (b"<script>.ts", HERE + "%3Cscript%3E.ts"),
        (b"a\x85b.ts", HERE + "a%85b.ts"),
        ("a\N{LINE SEPARATOR}b.ts".encode(), HERE + "a%E2%80%A8b.ts"),
    ],
)
def test_a_strange_uri_is_fetched_as_a_player_would(uri: bytes, url: str) -> None:
    assert urls(b"#EXTM3U\n#EXTINF:1,\n" + uri + b"\n") == [url]


def test_a_fragment_is_not_fetched() -> None:
    assert rewrite(b"x.ts#t=1").endswith(b"#t=1")
    assert urls(b"x.ts#t=1") == [HERE + "x.ts"]


@pytest.mark.parametrize(
    "uri",
    [b"javascript:alert(1)", b"JaVaScRiPt:x", b"data:,x", b"file:///etc/passwd", b"http://", b"#"],
)
def test_what_no_proxy_fetches_is_not_signed(uri: bytes) -> None:
    for body in (b"#EXTINF:1,\n%b\n" % uri, b'#EXT-X-MAP:URI="%b"\n' % uri):
        assert rewrite(body) == body


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (b'#EXT-X-KEY:METHOD=AES-128,URI="x', 0),
        (b'#EXT-X-KEY:URI="x",URI="y"', 2),
        (b'#EXT-X-KEY:NEW=1,URI="x",OTHER="z",,=,', 1),
        (b'#EXT-X-MAP:URI="x"BYTERANGE="1@0"', 1),
        (b"#EXT-X-MAP:URI=x", 0),
    ],
)
def test_attributes_unterminated_duplicated_or_unknown(line: bytes, count: int) -> None:
    rewritten = rewrite(line + b"\n#EXTINF:1,\nx.ts\n")
    assert rewritten.count(b"&sig=") == count + 1
    if not count:
        assert rewritten.startswith(line + b"\n")


@pytest.mark.parametrize("value", ["a%0D%0A#EXTINF:1,", "a%0Ab", 'a%22,URI="x', "a%00", "{$b}"])
def test_no_line_is_put_in_through_a_query_parameter(value: str) -> None:
    body = b'#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="q"\n#EXTINF:1,\nx.ts?{$q}\n'
    rewritten = rewrite(body, f"https://h/x.m3u8?q={value}")
    assert len(rewritten.splitlines()) == len(body.splitlines())
    assert rewritten.startswith(b'#EXTM3U\n#EXT-X-DEFINE:QUERYPARAM="q"\n')


@pytest.mark.parametrize(
    "uri", [b"a\x0bb", b"a\x0cb", b"a\x1cb", b"a\xe2\x80\xa8b", b'a"b', b"a,b"]
)
def test_no_line_and_no_attribute_is_put_in_through_a_uri(uri: bytes) -> None:
    for body in (b'#EXT-X-MAP:URI="%b"\n' % uri, b"#EXTINF:1,\n%b\n" % uri):
        rewritten = rewrite(body)
        assert len(rewritten.decode(errors="replace").split("\n")) == body.count(b"\n") + 1
        assert b"\r" not in rewritten
        assert rewritten.count(b'"') <= body.count(b'"')


def test_a_large_playlist_within_the_limits_is_rewritten() -> None:
    lines = b"#EXTINF:2,\ns.ts\n" * (MAX_LINES // 2)
    assert rewrite(lines).count(b"&sig=") == MAX_LINES // 2
    longest = b"#" + b"x" * (MAX_LINE_BYTES - 1) + b"\n"
    assert rewrite(longest * 3) == longest * 3


@pytest.mark.parametrize(
    "body",
    [
        b"# comment\n" * 1_000_000,
        b"\n" * (MAX_LINES + 1),
        b"\r" * (MAX_LINES + 1),
        b"\r\n" * (MAX_LINES + 1),
        b"#" + b"x" * 1_000_000,
        b"a" * (MAX_LINE_BYTES + 1),
    ],
    ids=["ten MB of comments", "newlines", "returns", "both", "a line of 1 MB", "a long URI"],
)
def test_what_is_too_large_is_a_clear_502(body: bytes) -> None:
    with pytest.raises(
        TooLarge, match=r"The playlist has (more than|a line of more than)"
    ) as caught:
        rewrite(b"#EXTM3U\n" + body)
    assert caught.value.status == 502
