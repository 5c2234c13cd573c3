"""What Safari, ExoPlayer and Chromecast need of HTTP before they play anything."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest

from tests.clients.conftest import Proxied
from tests.origin import Origin
from tests.origin.manners import Says

PLAYLIST = "application/vnd.apple.mpegurl"
TS = (b"\x47" + bytes(187)) * 100
MP4 = b"\0\0\0\x18ftypiso5" + bytes(5000)
FRAGMENT = b"\0\0\0\x18stypmsdh" + bytes(5000)
ADTS = b"\xff\xf1\x50\x80" + bytes(5000)
TIMED_AAC = b"ID3\x04" + bytes(5000)
VTT = b"WEBVTT\n\n00:00.000 --> 00:01.000\nLights out\n"
KEY = bytes(range(16))

ADDRESS = re.compile(r'^(?:#.*URI="(?=relay)|(?=relay))([^"\n]+)', re.MULTILINE)
PLAYER = {"Origin": "https://player.example"}
PRIVATE = {
    "Set-Cookie": "session=1; Domain=127.0.0.1",
    "Server": "origin/1",
    "Strict-Transport-Security": "max-age=1",
    "Content-Security-Policy": "default-src 'self'",
    "Link": "</x>; rel=preload",
    "X-Frame-Options": "DENY",
    "Clear-Site-Data": '"*"',
    "Refresh": "0; url=/x",
    "Access-Control-Allow-Origin": "https://only.example",
    "Access-Control-Allow-Credentials": "true",
    "Alt-Svc": 'h3=":443"',
    "WWW-Authenticate": "Basic",
    "Via": "1.1 inner.example",
}
# f1stream says something of its own in these.
OWN = {"Server", "Content-Security-Policy", "Access-Control-Allow-Origin"}


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    """A viewer who takes what comes, encoded as it is."""
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        yield session


class Show:
    """A playlist of an origin, and everything it leads to, by the name it has there."""

    def __init__(self, web: aiohttp.ClientSession, play_url: str, names: list[str]) -> None:
        self._web = web
        self.play_url = play_url
        self._names = names
        self._links: list[str] = []

    async def link(self, name: str) -> str:
        """The link that players have for a file."""
        if not self._links:
            async with self._web.get(self.play_url) as response:
                playlist = await response.text()
            self._links = ADDRESS.findall(playlist)
        return urljoin(self.play_url, self._links[self._names.index(name)])


async def show(
    origin: Origin, proxied: Proxied, web: aiohttp.ClientSession, files: dict[str, bytes], as_: str
) -> Show:
    """One whose files are all called `as_` by the origin."""
    lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:4"]
    for name, body in files.items():
        origin.route(f"/{name}", body, content_type=as_)
        if name.endswith(".key"):
            lines.append(f'#EXT-X-KEY:METHOD=AES-128,URI="{name}"')
        elif name.startswith("init"):
            lines.append(f'#EXT-X-MAP:URI="{name}"')
        else:
            lines += ["#EXTINF:4,", name]
    url = origin.route("/index.m3u8", "\n".join([*lines, ""]), content_type=as_)
    return Show(web, await proxied(url), list(files))


FILES = {
    "a.key": KEY,
    "init.mp4": MP4,
    "1.ts": TS,
    "2.m4s": FRAGMENT,
    "3.aac": ADTS,
    "4.aac": TIMED_AAC,
    "5.vtt": VTT,
}
TYPES = {
    "a.key": "application/octet-stream",
    "init.mp4": "video/mp4",
    "1.ts": "video/mp2t",
    "2.m4s": "video/mp4",
    "3.aac": "audio/aac",
    "4.aac": "audio/aac",
    "5.vtt": "text/vtt",
}


@pytest.mark.parametrize("said", ["text/plain", "application/octet-stream", "text/html"])
async def test_each_kind_has_its_content_type_whatever_upstream_calls_it(
    origin: Origin, proxied: Proxied, web: aiohttp.ClientSession, said: str
) -> None:
    shown = await show(origin, proxied, web, FILES, said)
    async with web.get(shown.play_url) as response:
        assert response.headers["Content-Type"] == PLAYLIST
    for name, content_type in TYPES.items():
        # The second answer comes from memory.
        for _ in range(2):
            async with web.get(await shown.link(name)) as response:
                assert (response.status, response.headers["Content-Type"]) == (200, content_type)
                assert await response.read() == FILES[name]


async def test_head_tells_what_get_would(
    origin: Origin, proxied: Proxied, web: aiohttp.ClientSession
) -> None:
    shown = await show(origin, proxied, web, FILES, "application/octet-stream")
    for url in (shown.play_url, await shown.link("1.ts"), await shown.link("init.mp4")):
        heads = []
        for method in ("HEAD", "GET", "HEAD"):
            async with web.request(method, url) as response:
                body = await response.read()
                assert (response.status, bool(body)) == (200, method == "GET")
                heads.append(
                    {
                        name: response.headers.get(name)
                        for name in ("Content-Type", "Content-Length")
                    }
                )
        assert heads[0] == heads[1] == heads[2]


async def test_a_link_ends_as_its_file_does(
    origin: Origin, proxied: Proxied, web: aiohttp.ClientSession
) -> None:
    shown = await show(origin, proxied, web, FILES, "text/plain")
    for name in TYPES.keys() - {"a.key"}:
        link = await shown.link(name)
        assert urlsplit(link).path == "/relay"
        assert link.endswith("." + name.rpartition(".")[2])
    # Newer ffmpegs refuse what they do not know the ending of, keys as well.
    assert (await shown.link("a.key")).endswith(".ts")


@pytest.mark.parametrize(
    ("asked", "status", "part", "said"),
    [
        ("bytes=0-1", 206, slice(0, 2), "bytes 0-1/18800"),
        ("bytes=188-", 206, slice(188, None), "bytes 188-18799/18800"),
        ("bytes=-188", 206, slice(-188, None), "bytes 18612-18799/18800"),
        ("bytes=0-99999", 206, slice(None), "bytes 0-18799/18800"),
        ("bytes=18800-", 416, None, "bytes */18800"),
    ],
)
async def test_parts_of_a_segment_are_answered_before_and_after_the_whole(
    origin: Origin,
    proxied: Proxied,
    web: aiohttp.ClientSession,
    asked: str,
    status: int,
    part: slice | None,
    said: str,
) -> None:
    shown = await show(origin, proxied, web, {"1.ts": TS}, "video/mp2t")
    link = await shown.link("1.ts")
    for whole_first in (False, True):
        if whole_first:
            async with web.get(link) as response:
                assert await response.read() == TS
        async with web.get(link, headers={"Range": asked, **PLAYER}) as response:
            body = await response.read()
        assert (response.status, response.headers["Content-Range"]) == (status, said)
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        if part is not None:
            assert body == TS[part]
            assert response.headers["Accept-Ranges"] == "bytes"


async def test_a_part_of_a_playlist_is_the_whole_of_it(
    origin: Origin, proxied: Proxied, web: aiohttp.ClientSession
) -> None:
    """Safari asks for two bytes first; a server may answer with everything (RFC 9110, 14.2)."""
    shown = await show(origin, proxied, web, {"1.ts": TS}, PLAYLIST)
    async with web.get(shown.play_url, headers={"Range": "bytes=0-1"}) as response:
        assert response.status == 200
        assert (await response.text()).startswith("#EXTM3U")


async def test_who_does_not_ask_for_gzip_gets_a_plain_playlist(
    origin: Origin, proxied: Proxied, web: aiohttp.ClientSession
) -> None:
    files = {f"{number}.ts": TS for number in range(40)}
    shown = await show(origin, proxied, web, files, PLAYLIST)
    for accepted, coding in (("identity", None), ("gzip", "gzip"), ("identity", None)):
        async with web.get(shown.play_url, headers={"Accept-Encoding": accepted}) as response:
            assert response.headers.get("Content-Encoding") == coding
            assert (await response.read()).startswith(b"\x1f\x8b" if coding else b"#EXTM3U")


async def test_a_page_of_another_origin_may_ask_and_read(
    origin: Origin, proxied: Proxied, web: aiohttp.ClientSession
) -> None:
    shown = await show(origin, proxied, web, {"1.ts": TS}, "video/mp2t")
    asks = {
        **PLAYER,
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "range",
    }
    for url in (shown.play_url, await shown.link("1.ts")):
        async with web.options(url, headers=asks) as response:
            assert response.status in (200, 204)
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert "GET" in response.headers["Access-Control-Allow-Methods"]
            assert "range" in response.headers["Access-Control-Allow-Headers"].lower()
        for _ in range(2):
            async with web.get(url, headers=PLAYER) as response:
                assert response.headers["Access-Control-Allow-Origin"] == "*"
                assert "Access-Control-Allow-Credentials" not in response.headers
                exposed = response.headers["Access-Control-Expose-Headers"]
                assert {"Content-Length", "Content-Range", "Age"} <= set(exposed.split(", "))
                assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


async def test_a_page_of_another_origin_may_read_why_something_failed(
    origin: Origin, proxied: Proxied, web: aiohttp.ClientSession
) -> None:
    shown = await show(origin, proxied, web, {"1.ts": TS}, "video/mp2t")
    origin.route("/1.ts", b"", status=404)
    link = await shown.link("1.ts")
    for url, status in ((link, 404), (re.sub("sig=.", "sig=-", link), 403)):
        async with web.get(url, headers=PLAYER) as response:
            assert response.status == status
            assert response.headers["Access-Control-Allow-Origin"] == "*"


async def test_nothing_that_is_between_upstream_and_f1stream_reaches_a_viewer(
    origin: Origin, proxied: Proxied, web: aiohttp.ClientSession
) -> None:
    origin.behave("/", Says(PRIVATE))
    shown = await show(origin, proxied, web, FILES, "text/plain")
    for url in (shown.play_url, *[await shown.link(name) for name in FILES]):
        for asked in ({}, {}, {"Range": "bytes=0-3"}):
            async with web.get(url, headers=asked) as response:
                assert response.status in (200, 206)
                for name, value in PRIVATE.items():
                    assert name in OWN or name not in response.headers
                    assert response.headers.get(name) != value
