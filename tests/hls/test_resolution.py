"""References resolve as RFC 3986 says, whatever their bytes are."""

from __future__ import annotations

from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1stream.hls.resolution import Base
from tests.hls.strategies import BASE, URIS


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("g", "http://a/b/c/g"),
        ("./g", "http://a/b/c/g"),
        ("g/", "http://a/b/c/g/"),
        ("/g", "http://a/g"),
        ("//g", "http://g"),
        ("?y", "http://a/b/c/d;p?y"),
        ("g?y", "http://a/b/c/g?y"),
        ("g#s", "http://a/b/c/g#s"),
        ("g?y#s", "http://a/b/c/g?y#s"),
        (";x", "http://a/b/c/;x"),
        ("g;x=1/./y", "http://a/b/c/g;x=1/y"),
        ("g;x=1/../y", "http://a/b/c/y"),
        (".", "http://a/b/c/"),
        ("..", "http://a/b/"),
        ("../", "http://a/b/"),
        ("../g", "http://a/b/g"),
        ("../..", "http://a/"),
        ("../../g", "http://a/g"),
        ("../../../g", "http://a/g"),
        ("/./g", "http://a/g"),
        ("/../g", "http://a/g"),
        ("g.", "http://a/b/c/g."),
        (".g", "http://a/b/c/.g"),
        ("..g", "http://a/b/c/..g"),
        ("./../g", "http://a/b/g"),
        ("g/./h", "http://a/b/c/g/h"),
        ("g/../h", "http://a/b/c/h"),
        ("g?y/../x", "http://a/b/c/g?y/../x"),
        ("g#s/../x", "http://a/b/c/g#s/../x"),
    ],
)
def test_the_examples_of_rfc_3986_section_5_4(reference: str, url: str) -> None:
    assert Base("http://a/b/c/d;p?q").resolve(reference.encode()) == url.encode()


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        (b"a//b", b"https://h/p/a//b"),
        (b"//cdn//x//y.ts", b"https://cdn//x//y.ts"),
        (b"https://h2", b"https://h2"),
        (b"HTTPS://H2/x", b"HTTPS://H2/x"),
        (b"http://h2/a/../b", b"http://h2/b"),
        (b"x?", b"https://h/p/x?"),
        (b"https://u:p@h2:8443/x", b"https://u:p@h2:8443/x"),
        (b"https://[2001:db8::1]:80/x", b"https://[2001:db8::1]:80/x"),
        (b"a b\t\"c'<>", b"https://h/p/a%20b%09%22c'%3C%3E"),
        (b"caf\xc3\xa9.ts", b"https://h/p/caf%C3%A9.ts"),
        (b"\xff\x00\r\n.ts", b"https://h/p/%FF%00%0D%0A.ts"),
        (b"a%2Fb%zz%", b"https://h/p/a%2Fb%zz%"),
        ("https://b\u00fccher.example/x".encode(), b"https://xn--bcher-kva.example/x"),
        (b"1:2.ts", b"https://h/p/1:2.ts"),
        (b"...", b"https://h/p/..."),
        (b".hidden/a..b", b"https://h/p/.hidden/a..b"),
        (b"x?u=//a/../b", b"https://h/p/x?u=//a/../b"),
    ],
)
def test_references_seen_in_the_wild(reference: bytes, url: bytes) -> None:
    assert Base("https://h/p/list.m3u8?q").resolve(reference) == url


@pytest.mark.parametrize(
    "reference",
    [
        b"data:text/plain;base64,AAAA",
        b"skd://key",
        b"file:///etc/passwd",
        b"javascript:alert(1)",
        b"http:relative",
        b"https:///no-host",
        b"https://[::1/x",
        b"https://::1]/x",
        b"https://h:port/x",
        b"https://h:123456/x",
        b"https://a b/x",
        b"https://\xff/x",
        b"//",
        b"#fragment",
        b"",
        b"x" * 8193,
        b"\xff" * 4000,
    ],
)
def test_what_no_proxy_can_fetch_has_no_url(reference: bytes) -> None:
    assert Base("https://h/p/list.m3u8?q").resolve(reference) is None


@given(URIS)
@settings(deadline=None)
def test_ordinary_references_resolve_as_the_standard_library_does(uri: str) -> None:
    resolved = Base(BASE).resolve(uri.encode())
    assert resolved == urljoin(BASE, uri).encode()


@given(st.text("ab./?:;=%~!$", max_size=12))
@settings(deadline=None, max_examples=400)
def test_the_shortcut_for_plain_references_is_the_rule(uri: str) -> None:
    fragment = Base(BASE).resolve(uri.encode() + b"#f")
    assert Base(BASE).resolve(uri.encode()) == (fragment and fragment[:-2] if uri else None)


@given(st.binary(max_size=40), st.text(max_size=40))
@settings(deadline=None)
def test_every_url_is_clean_ascii(reference: bytes, base: str) -> None:
    for start in (BASE, base):
        url = Base(start).resolve(reference)
        assert url is None or all(0x21 <= byte <= 0x7E for byte in url)
