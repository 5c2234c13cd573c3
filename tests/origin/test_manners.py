"""Manners change how things are sent, and not what arrives."""

from __future__ import annotations

import asyncio
import gzip
import sys
from urllib.parse import urljoin, urlsplit

import aiohttp
import brotli  # type: ignore[import-untyped]
import m3u8
import pytest

from tests.origin import Encoded, LiveWindow, Manner, ManualClock, Origin
from tests.origin.manners import (
    CORS,
    Chunked,
    Compressed,
    Disguises,
    Http10,
    NeedsCookie,
    NeedsHeader,
    Redirects,
    SetsCookie,
    Typed,
)
from tests.origin.tokens import Tokens
from tests.players.programs import frame_hashes

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PLAYLIST = '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:1,\n0.m4s?a=1\n#EXTINF:1,\n1.m4s\n'
DECODERS = {"gzip": gzip.decompress, "br": brotli.decompress, "zstd": zstd.decompress}


async def raw(url: str, *headers: str) -> tuple[bytes, bytes]:
    """The head and the body as they go over the wire, until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    lines = [f"GET {urlsplit(url).path} HTTP/1.1", *headers, "Connection: close", "", ""]
    writer.write("\r\n".join(lines).encode())
    async with asyncio.timeout(5):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head, body


async def status(web: aiohttp.ClientSession, url: str, **headers: str) -> int:
    async with web.get(url, headers=headers) as response:
        return response.status


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
async def test_playlists_are_compressed_for_who_accepts_it(origin: Origin, coding: str) -> None:
    url = origin.route("/index.m3u8", PLAYLIST)
    segment = origin.route("/0.m4s", b"media")
    origin.behave("/", Compressed(coding))  # type: ignore[arg-type]
    head, body = await raw(url, f"Accept-Encoding: gzip;q=0.5, br, {coding}")
    assert f"Content-Encoding: {coding}".encode() in head
    assert DECODERS[coding](body) == PLAYLIST.encode()
    assert (await raw(url))[1] == PLAYLIST.encode()
    assert (await raw(segment, f"Accept-Encoding: {coding}"))[1] == b"media"


async def test_some_compress_without_being_asked(origin: Origin) -> None:
    origin.behave("/", Compressed("gzip", unasked=True))
    _, body = await raw(origin.route("/index.m3u8", PLAYLIST))
    assert gzip.decompress(body) == PLAYLIST.encode()


async def test_http_1_0_says_no_length_and_closes(origin: Origin) -> None:
    origin.behave("/", Http10())
    head, body = await raw(origin.route("/0.ts", b"media"))
    assert head.startswith(b"HTTP/1.0 200 OK\r\n")
    assert b"Content-Length" not in head
    assert body == b"media"


async def test_chunked_bodies_end_with_their_last_chunk(origin: Origin) -> None:
    origin.behave("/", Chunked())
    head, body = await raw(origin.route("/0.ts", b"media"))
    assert b"Transfer-Encoding: chunked" in head
    assert body == b"5\r\nmedia\r\n0\r\n\r\n"


async def test_a_cookie_of_the_multivariant_playlist_opens_the_rest(origin: Origin) -> None:
    url = origin.route("/index.m3u8", PLAYLIST)
    segment = origin.route("/0.m4s", b"media")
    origin.behave("/", SetsCookie("/index.m3u8"))
    origin.behave("/", NeedsCookie(free="/index.m3u8"))
    # Cookies of addresses instead of names are kept only by a jar that is told to.
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as web:
        assert await status(web, segment) == 403
        assert await status(web, url) == 200
        assert await status(web, segment) == 200


async def test_a_key_that_needs_a_header(origin: Origin, web: aiohttp.ClientSession) -> None:
    url = origin.route("/a.key", bytes(16))
    origin.behave("/a.key", NeedsHeader("Authorization", "Bearer x"))
    assert await status(web, url) == 403
    assert await status(web, url, Authorization="Bearer x") == 200


@pytest.mark.parametrize("host", [None, "127.0.0.2"], ids=["relative", "another host"])
async def test_every_segment_is_redirected(
    origin: Origin, web: aiohttp.ClientSession, host: str | None
) -> None:
    async with Origin(host or "127.0.0.1") as other:
        url = origin.route("/deep/0.ts", b"here")
        other.route("/deep/0.ts", b"there")
        origin.behave("/", Redirects(".ts", to=other.url if host else ""))
        async with web.get(f"{url}?a=1") as response:
            assert [hop.status for hop in response.history] == [302]
            assert await response.read() == (b"there" if host else b"here")
            assert response.url.query == {"a": "1", "moved": "yes"}


async def test_a_type_can_be_wrong(origin: Origin, web: aiohttp.ClientSession) -> None:
    url = origin.route("/index.m3u8", PLAYLIST)
    origin.behave("/", Typed("text/plain; charset=utf-16", ".m3u8"))
    async with web.get(url) as response:
        assert (response.content_type, response.charset) == ("text/plain", "utf-16")


async def test_segments_in_disguise_are_the_same_bytes(
    origin: Origin, web: aiohttp.ClientSession
) -> None:
    url = origin.route("/index.m3u8", PLAYLIST)
    origin.route("/0.m4s", b"media")
    origin.behave("/", Disguises(instead=".html", content_type="text/html"))
    async with web.get(url) as response:
        playlist = m3u8.loads(await response.text(), uri=url)
    assert [segment.uri for segment in playlist.segments] == ["0.m4s.html?a=1", "1.m4s.html"]
    async with web.get(playlist.segments[0].absolute_uri) as response:
        assert (response.content_type, await response.read()) == ("text/html", b"media")


@pytest.mark.parametrize("place", ["query", "path"])
async def test_tokens_expire_and_the_entry_hands_out_new_ones(
    origin: Origin, web: aiohttp.ClientSession, place: str
) -> None:
    clock = ManualClock()
    entry = origin.route("/index.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nlow/index.m3u8\n")
    origin.route("/low/index.m3u8", PLAYLIST)
    origin.route("/low/0.m4s", b"media")
    origin.behave("/", Tokens(clock, "/index.m3u8", lifetime_s=5, place=place))  # type: ignore[arg-type]

    async def follow(url: str) -> str:
        async with web.get(url) as response:
            assert response.status == 200
            playlist = m3u8.loads(await response.text(), uri=url)
        [first, *_] = playlist.playlists or playlist.segments
        return str(first.absolute_uri)

    media = await follow(entry)
    segment = await follow(media)
    assert await status(web, segment) == 200
    assert await status(web, urljoin(entry, "low/0.m4s")) == 403
    clock.now_s = 5
    assert await status(web, media) == await status(web, segment) == 403
    assert await status(web, await follow(await follow(entry))) == 200


@pytest.mark.parametrize(
    "manners",
    [
        [Compressed("gzip"), Chunked()],
        [Http10()],
        [Redirects(".ts")],
        [Typed("application/octet-stream"), CORS],
        [Tokens(ManualClock(), "/live/index.m3u8")],
        [Tokens(ManualClock(), "/live/index.m3u8", place="path"), Chunked()],
    ],
    ids=["compressed and chunked", "http/1.0", "redirects", "types", "query", "path"],
)
async def test_ffmpeg_plays_the_same_frames_whatever_the_manners(
    origin: Origin, encoded: Encoded, manners: list[Manner]
) -> None:
    window = LiveWindow(encoded.ts, window=6, clock=ManualClock())
    window.ended = True
    url = window.mount(origin)
    for manner in manners:
        origin.behave("/live/", manner)
    assert await frame_hashes(url) == await frame_hashes(str(encoded.ts))
