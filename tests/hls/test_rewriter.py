"""Only the bytes of URIs change, and each becomes a link to what it pointed to."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin

import m3u8
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1stream.hls.define import answered
from f1stream.hls.links import Kind, Link, Links
from f1stream.hls.rewriter import Rewriter
from f1stream.hls.signer import Below, Signer
from f1stream.hls.uris import references
from tests.hls.strategies import BASE, Draft, damaged, drafts

P, B = Kind.PLAYLIST, Kind.BYTES
LINKS = Links([b"0123456789abcdef"])
PLAYLISTS = sorted((Path(__file__).parent / "playlists").glob("*.m3u8"))
DIRECTORY = "https://origin.example.com/live/ch1/720p/"

_LINK = re.compile(
    rb"/?proxy\?url=[\w-]+(?:&def=[\w-]+)?&sig=garage\.[\w-]{16}(?:\.assets|\.steering)?"
    rb"|relay\?url=[\w-]+&sig=garage\.[\w-]{16}\.[a-z0-9]{2,6}"
)


def rewrite(body: bytes, base: str = BASE, imported: dict[str, str] | None = None) -> bytes:
    return Rewriter(LINKS, "garage").rewrite(body, base, imported or {})


def read(link: bytes) -> Link:
    route, _, query = link.decode().removeprefix("/").partition("?")
    return LINKS.read(route, dict(parse_qsl(query)))


def links(body: bytes, base: str = BASE, imported: dict[str, str] | None = None) -> list[Link]:
    return [read(link) for link in _LINK.findall(rewrite(body, base, imported))]


def where(body: bytes, base: str = BASE) -> list[tuple[Kind, str]]:
    return [(link.kind, link.url) for link in links(body, base)]


def relay(uri: str) -> bytes:
    return LINKS.sign(Link(B, uri, "garage")).encode()


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",URI="x"', P),
        ('#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="x"', P),
        ('#EXT-X-IMAGE-STREAM-INF:URI="x",BANDWIDTH=1', P),
        ('#EXT-X-RENDITION-REPORT:URI="x",LAST-MSN=1', P),
        ('#EXT-X-SESSION-KEY:METHOD=AES-128,URI="x"', B),
        ('#EXT-X-SESSION-DATA:DATA-ID="d",URI="x"', B),
        ('#EXT-X-CONTENT-STEERING:SERVER-URI="x",PATHWAY-ID="p"', Kind.STEERING),
        ('#EXT-X-KEY:METHOD=AES-128,URI="x",IV=0x1', B),
        ('#EXT-X-MAP:URI="x",BYTERANGE="1@0"', B),
        ('#EXT-X-PART:DURATION=1,URI="x"', B),
        ('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="x"', B),
        ('#EXT-X-DATERANGE:ID="i",X-ASSET-URI="x"', P),
        ('#EXT-X-DATERANGE:ID="i",X-ASSET-LIST="x"', Kind.ASSETS),
        ('#EXT-X-TILES:RESOLUTION=1x1,LAYOUT=1x1,DURATION=1,URI="x"', B),
        ("#EXT-X-PREFETCH:x", B),
        ("#EXT-X-TWITCH-PREFETCH:x", B),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1\nx", P),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1\n# comment\n\n#EXT-X-OTHER\nx", P),
        ("#EXTINF:6,\nx", B),
        ("#EXTINF:6,\nx.m3u8", B),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1\nx\nstray.M3U8?y", P),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1\nx\nstray.ts?y.m3u8", B),
    ],
)
def test_each_uri_becomes_a_link_of_the_kind_that_its_place_means(line: str, kind: Kind) -> None:
    found = where(f"#EXTM3U\n{line}\n".encode())
    assert found[-1][0] is kind
    assert found[-1][1].startswith(DIRECTORY)


@pytest.mark.parametrize(
    "line",
    [
        '#EXT-X-VENDOR:URI="x"',
        '#EXT-X-KEYS:URI="x"',
        '#EXT-X-KEY-URI="x"',
        '# URI="x"',
        "#",
        '#EXT-X-KEY:X-URI="x"',
        '#EXT-X-KEY:URIS="x"',
        '#EXT-X-KEY:uri="x"',
        "#EXT-X-KEY:METHOD=NONE",
        "#EXT-X-KEY:URI=x",
        '#EXT-X-KEY:URI="x',
        '#EXT-X-KEY:KEYFORMAT="a,URI="x',
        '#EXT-X-KEY:KEYFORMAT="a,URI=x,b"',
        '#EXT-X-KEY:URI=""',
        '#EXT-X-KEY:URI="data:text/plain,x"',
        '#EXT-X-KEY:URI="skd://x"',
        '#EXT-X-KEY:URI="SKD://x"',
        '#EXT-X-KEY:URI="{$undefined}/x"',
        '#EXT-X-KEY:URI="#x"',
        "#EXT-X-KEY",
        "#EXT-X-PREFETCH:",
        "#EXT-X-PREFETCH",
        '#EXTINF:6,URI="x"',
        '#EXTINF:6,tvg-logo="https://x"',
        "ftp://x/y",
        "https://[::1/x",
        "x" * 8200,
        "",
        "  \t",
    ],
)
def test_what_is_no_uri_that_a_proxy_can_fetch_is_left_alone(line: str) -> None:
    body = f"#EXTM3U\n{line}\n".encode()
    assert rewrite(body) == body
    assert references(body, BASE) == []


@pytest.mark.parametrize(
    ("line", "urls"),
    [
        ('#EXT-X-KEY:METHOD=AES-128, URI="x" ,IV=0x1', ["x"]),
        ('#EXT-X-KEY:URI="x",URI="y"', ["x", "y"]),
        ('#EXT-X-KEY:NAME="a "b" c",URI="x"', ["x"]),
        ('#EXT-X-KEY:,,junk,URI="x",KEYFORMAT="open', ["x"]),
        ('#EXT-X-MEDIA:NAME="URI=\'y\',z",URI="a,b=c"', ["a,b=c"]),
        ('  #EXT-X-KEY:URI="x"', ["x"]),
        ('#EXT-X-DATERANGE:X-ASSET-URI="x",X-ASSET-LIST="y"', ["x", "y"]),
        ('#EXT-X-PART:URI="a b"', ["a%20b"]),
    ],
)
def test_attribute_lists_are_read_as_players_read_them(line: str, urls: list[str]) -> None:
    assert [url for _, url in where(line.encode())] == [DIRECTORY + url for url in urls]


@pytest.mark.parametrize(
    ("body", "rewritten"),
    [
        (b"#EXTM3U\r\nx\r\n", b"#EXTM3U\r\n%b\r\n"),
        (b"#EXTM3U\rx\r#\r", b"#EXTM3U\r%b\r#\r"),
        (b"\xef\xbb\xbf#EXTM3U\nx", b"\xef\xbb\xbf#EXTM3U\n%b"),
        (b"\xef\xbb\xbfx\n", b"\xef\xbb\xbf%b\n"),
        (b"\xef\xbb\xbf  \n#\xff\x00\n  x\t \n", b"\xef\xbb\xbf  \n#\xff\x00\n  %b\t \n"),
        (b"x\n\n\nx", b"%b\n\n\n%b"),
        (b"#EXT-X-PREFETCH: x \n", b"#EXT-X-PREFETCH: %b \n"),
        (b'#EXT-X-MAP:URI="x"\xc3\n', b'#EXT-X-MAP:URI="x"\xc3\n'),
    ],
)
def test_bytes_around_a_uri_stay(body: bytes, rewritten: bytes) -> None:
    assert rewrite(body) == rewritten.replace(b"%b", relay(DIRECTORY + "x"))


@pytest.mark.parametrize("body", [b"", b"#EXTM3U\n", b"#EXTM3U\nx\n"])
def test_below_a_url_that_is_too_long_itself_nothing_is_rewritten(body: bytes) -> None:
    assert rewrite(body, "https://origin.example.com/" + "a/" * 5000) == body


def test_a_fragment_stays_with_the_player() -> None:
    assert rewrite(b"x#t=1") == relay(DIRECTORY + "x") + b"#t=1"
    assert rewrite(b"x#<\xff") == relay(DIRECTORY + "x") + b"#%3C%FF"


def test_credentials_in_a_uri_are_carried() -> None:
    assert where(b"https://u:p@h/x") == [(B, "https://u:p@h/x")]


@pytest.mark.parametrize("path", PLAYLISTS, ids=lambda path: path.stem)
def test_playlists_of_all_kinds_keep_all_bytes_but_those_of_uris(path: Path) -> None:
    base = BASE + "&token=42"
    body = answered(path.read_bytes(), base)
    found = references(body, base)
    around = _LINK.split(rewrite(body, base))
    rebuilt = around[0]
    for reference, after in zip(found, around[1:], strict=True):
        rebuilt += body[reference.start : reference.end] + after
    assert found
    assert rebuilt == body


@given(drafts())
@settings(deadline=None, max_examples=300)
def test_every_uri_is_replaced_and_every_other_byte_is_the_same(draft: Draft) -> None:
    rewritten = rewrite(draft.body)
    found = _LINK.findall(rewritten)
    assert rewritten == draft.with_uris(found)
    expected = [
        (kind, urljoin(BASE, uri)) for kind, uri in zip(draft.kinds, draft.uris, strict=True)
    ]
    assert [(read(link).kind, read(link).url) for link in found] == expected


def said(text: str) -> Any:
    """What m3u8 reads, with every URI and every link as the URL that it stands for."""

    def absolute(value: Any, key: str) -> Any:
        if isinstance(value, dict):
            return {name: absolute(inner, name) for name, inner in value.items()}
        if isinstance(value, list):
            return [absolute(inner, key) for inner in value]
        if key in ("uri", "server_uri", "x_asset_uri", "x_asset_list") and value:
            uri = value.strip('"')
            return read(uri.encode()).url if "&sig=" in uri else urljoin(BASE, uri)
        return value

    return absolute(m3u8.loads(text).data, "")


@given(drafts())
@settings(deadline=None, max_examples=150)
def test_m3u8_reads_the_same_in_what_was_rewritten(draft: Draft) -> None:
    original = draft.body.decode().removeprefix("\ufeff")
    assert said(rewrite(draft.body).decode().removeprefix("\ufeff")) == said(original)


@given(st.one_of(st.binary(max_size=200), damaged()), st.text(max_size=20))
@settings(deadline=None, max_examples=400)
def test_nothing_makes_it_fail_or_lose_a_byte(body: bytes, base: str) -> None:
    for start in (BASE, base):
        found = references(body, start)
        assert [(r.start, r.end) for r in found] == sorted({(r.start, r.end) for r in found})
        pieces, position = [], 0
        for reference in found:
            url, mark, fragment = reference.url.partition(b"#")
            pieces.append(body[position : reference.start])
            link = _LINK.match(rewrite(body, start), sum(map(len, pieces)))
            assert link
            assert read(link[0]).url == url.decode()
            pieces.append(link[0] + mark + fragment)
            position = reference.end
        assert rewrite(body, start) == b"".join((*pieces, body[position:]))


@given(st.lists(st.one_of(drafts().map(lambda draft: draft.body), damaged()), max_size=5))
@settings(deadline=None, max_examples=100)
def test_what_is_remembered_changes_no_answer(bodies: list[bytes]) -> None:
    rewriter = Rewriter(LINKS, "garage")
    for number, body in enumerate(bodies):
        base = f"{BASE}&_HLS_msn={number}" if number % 3 else "https://other.example/a/b.m3u8"
        assert rewriter.rewrite(body, base) == rewrite(body, base)


def test_a_sliding_window_is_rewritten_as_if_for_the_first_time() -> None:
    rewriter = Rewriter(LINKS, "garage")
    for first in range(0, 200, 3):
        lines = [f"#EXTINF:6.0,\nseg-{n}.ts?t={first // 50}\n" for n in range(first, first + 20)]
        body = f"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:{first}\n{''.join(lines)}".encode()
        assert rewriter.rewrite(body, BASE) == rewrite(body)


class CountingSigner(Signer):
    """A signer that counts what it signs."""

    def __init__(self, signer: Signer) -> None:
        vars(self).update(vars(signer))
        self.signed = 0

    def __call__(self, url: bytes) -> bytes:
        self.signed += 1
        return super().__call__(url)

    def below(self, base: str) -> Below:
        return CountingBelow(self, super().below(base).directory)


class CountingBelow(Below):
    """Signs many names, and lets its signer count them."""

    def __init__(self, signer: CountingSigner, directory: bytes) -> None:
        super().__init__(signer, directory)
        self._counting = signer

    def woven(self, around: Sequence[bytes], names: Sequence[bytes], text: bytes) -> bytes:
        self._counting.signed += len(names)
        return super().woven(around, names, text)


class Counting(Links):
    """Links whose signers of segments count."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        super().__init__(keys)
        self.counting = CountingSigner(super().signer(Kind.BYTES, "garage"))

    def signer(self, kind: Kind, scope: str, variables: Mapping[str, str] | None = None) -> Signer:
        return self.counting if kind is Kind.BYTES else super().signer(kind, scope, variables)


def test_a_line_is_signed_once_while_it_stays_and_forgotten_when_it_has_gone() -> None:
    counting = Counting([b"0123456789abcdef"])
    rewriter = Rewriter(counting, "garage")
    long, short = b"#EXTM3U\na\nb\nc\nd\n", b"#EXTM3U\na\n"
    for playlist, signed in [(long, 4), (long, 4), (short, 4), (long, 7), (long, 7)]:
        rewriter.rewrite(playlist, BASE)
        assert counting.counting.signed == signed
