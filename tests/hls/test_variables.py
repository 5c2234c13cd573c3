"""EXT-X-DEFINE: what stands in a URI is replaced before it is resolved (RFC 8216bis 4.3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from f1stream.hls.links import Kind
from f1stream.hls.uris import references
from tests.hls.strategies import BASE
from tests.hls.test_rewriter import DIRECTORY, links, rewrite

PLAYLISTS = Path(__file__).parent / "playlists"


def urls(body: str, base: str = BASE, imported: dict[str, str] | None = None) -> list[str]:
    return [link.url for link in links(body.encode(), base, imported)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('#EXT-X-DEFINE:NAME="a",VALUE="x/y"\n{$a}.ts', ["x/y.ts"]),
        ('#EXT-X-DEFINE:NAME="a",VALUE="x"\n{$a}{$a}.ts', ["xx.ts"]),
        ('#EXT-X-DEFINE:NAME="a",VALUE=""\nx{$a}.ts', ["x.ts"]),
        ('#EXT-X-DEFINE:NAME="a",VALUE="a b"\n{$a}.ts', ["a%20b.ts"]),
        ('#EXT-X-DEFINE:NAME="a",VALUE="x"\n#EXT-X-KEY:URI="{$a}.key"', ["x.key"]),
        ('{$a}.ts\n#EXT-X-DEFINE:NAME="a",VALUE="x"\n{$a}.ts', ["x.ts"]),
        ('#EXT-X-DEFINE:NAME="a",VALUE="x"\n{$a}{$b}.ts', []),
        ('#EXT-X-DEFINE:NAME="a",VALUE="{$b}"\n{$a}.ts', []),
        ('#EXT-X-DEFINE:NAME="a",VALUE="x"\n#EXT-X-DEFINE:NAME="b",VALUE="{$a}y"\n{$b}', ["xy"]),
        ('#EXT-X-DEFINE:NAME="a",VALUE="{$a}"\n{$a}.ts', []),
        ('#EXT-X-DEFINE:IMPORT="given"\n{$given}.ts', ["from-above.ts"]),
        ('#EXT-X-DEFINE:IMPORT="other"\n{$other}.ts', []),
        ("{$given}.ts", []),
        ('#EXT-X-DEFINE:QUERYPARAM="t"\nx?{$t}', ["x?a+b/c"]),
        ('#EXT-X-DEFINE:QUERYPARAM="empty"\nx?{$empty}', []),
        ('#EXT-X-DEFINE:QUERYPARAM="none"\nx?{$none}', []),
        ("#EXT-X-DEFINE:\nx", ["x"]),
        ("#EXT-X-DEFINE\nx", ["x"]),
        ('#EXT-X-DEFINE:NAME="a"\n{$a}x', ["x"]),
        ('#EXT-X-DEFINE:VALUE="a"\nx', ["x"]),
        ("x{$}y", ["x%7B$%7Dy"]),
    ],
)
def test_a_variable_stands_for_its_value_from_its_line_on(body: str, expected: list[str]) -> None:
    base = DIRECTORY + "index.m3u8?t=a+b%2Fc&t=second&empty="
    assert urls(body, base, {"given": "from-above"}) == [DIRECTORY + url for url in expected]


def test_define_lines_and_uris_with_an_undefined_variable_stay() -> None:
    body = b'#EXT-X-DEFINE:NAME="a",VALUE="https://h/"\n{$b}/x.ts\n'
    assert rewrite(body) == body


def test_playlist_links_carry_what_media_playlists_may_import() -> None:
    body = (PLAYLISTS / "variables_multivariant.m3u8").read_bytes()
    found = links(body, DIRECTORY + "main.m3u8?token=42")
    defined = {"host": "https://edge.example.net", "token": "42", "auth": "t=42"}
    assert [(link.kind, link.url, link.variables) for link in found] == [
        (Kind.PLAYLIST, "https://edge.example.net/audio.m3u8?t=42", defined),
        (Kind.PLAYLIST, "https://edge.example.net/720p.m3u8?t=42", defined),
    ]


def test_a_media_playlist_imports_what_its_link_carried() -> None:
    body = (PLAYLISTS / "variables_media.m3u8").read_bytes()
    found = links(body, BASE, {"host": "https://edge.example.net"})
    assert [(link.url, link.variables) for link in found] == [
        ("https://edge.example.net/seg-1.ts", {}),
        (DIRECTORY + "seg-2.ts", {}),
    ]


def test_a_rendition_report_has_the_link_that_the_multivariant_playlist_gave() -> None:
    report = b'#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=1\n'
    rendition = b'#EXT-X-MEDIA:TYPE=AUDIO,URI="audio.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n'
    define = b'#EXT-X-DEFINE:NAME="a",VALUE="x"\n'
    (offered, _) = links(define + rendition)
    for media in (report, b'#EXT-X-DEFINE:IMPORT="a"\n' + report):
        assert links(media, BASE, {"a": "x"}) == [offered]


def test_values_that_are_not_utf_8_are_carried() -> None:
    body = b'#EXT-X-DEFINE:NAME="a",VALUE="\xff"\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{$a}\n'
    (link,) = links(body)
    assert link.url == DIRECTORY + "%FF"
    (media,) = references(b'#EXT-X-DEFINE:IMPORT="a"\n{$a}.ts', BASE, link.variables)
    assert media.url == (DIRECTORY + "%FF.ts").encode()


def test_variables_made_of_variables_do_not_grow_without_end() -> None:
    body = '#EXT-X-DEFINE:NAME="a0",VALUE="xxxxxxxxxxxxxxxx"\n'
    for n in range(1, 40):
        body += f'#EXT-X-DEFINE:NAME="a{n}",VALUE="{{$a{n - 1}}}{{$a{n - 1}}}"\n'
    assert urls(body + "{$a3}.ts\n{$a39}.ts\n") == [DIRECTORY + "x" * 128 + ".ts"]


def test_more_variables_than_a_link_can_hold_are_not_carried() -> None:
    body = f'#EXT-X-DEFINE:NAME="a",VALUE="{"x" * 2048}"\n#EXT-X-STREAM-INF:BANDWIDTH=1\nv.m3u8\n'
    (link,) = links(body.encode())
    assert link.variables == {}
