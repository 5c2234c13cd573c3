"""`/proxy` and `/relay` over real sockets on both sides."""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin

import aiohttp
import m3u8
import pytest

from f1stream.hls.links import Kind
from tests.conftest import House, OpenHouse
from tests.origin import Fault, Origin
from tests.origin.faults import (
    Endless,
    Html,
    Overlong,
    Redirect,
    Reset,
    StallBeforeHeaders,
    StallInBody,
    Status,
    Truncate,
    WrongType,
)

MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\nseg/1.ts\n#EXTINF:4,\nseg/2.ts\n"
MULTIVARIANT = (
    "#EXTM3U\n"
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="audio.m3u8"\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=100,AUDIO="a"\nlow.m3u8\n'
    '#EXT-X-STREAM-INF:BANDWIDTH=300,AUDIO="a"\nhigh.m3u8\n'
)
TS = (b"\x47" + bytes(187)) * 1000


async def get(house: House, url: str, **more: str) -> aiohttp.ClientResponse:
    response = await house.client.get(url, headers=more)
    await response.read()
    return response


async def test_a_playlist_leads_to_its_segments(origin: Origin, house: OpenHouse) -> None:
    url = origin.route("/live/media.m3u8", MEDIA)
    origin.route("/live/seg/2.ts", TS)
    f1stream = await house(url)
    play_url = await f1stream.play_url()
    playlist = await get(f1stream, play_url)
    assert playlist.status == 200
    assert playlist.content_type == "application/vnd.apple.mpegurl"
    segments = m3u8.loads(await playlist.text()).segments
    assert len(segments) == 2
    segment = await get(f1stream, urljoin(play_url, segments[1].uri))
    assert segment.content_type == "video/mp2t"
    assert segment.content_length == len(TS)
    assert await segment.read() == TS


async def test_uris_are_relative_to_where_a_redirect_ended(
    origin: Origin, house: OpenHouse
) -> None:
    origin.route("/cdn/7/media.m3u8", MEDIA)
    origin.route("/cdn/7/seg/1.ts", TS)
    origin.fault("/start.m3u8", Redirect("/cdn/7/media.m3u8"))
    f1stream = await house(origin.at("/start.m3u8"))
    playlist = await get(f1stream, f1stream.link(Kind.PLAYLIST, origin.at("/start.m3u8")))
    segment = m3u8.loads(await playlist.text()).segments[0]
    assert (await get(f1stream, "/" + segment.uri)).status == 200


@pytest.mark.parametrize(("quality", "kept"), [("0", 300), ("1", 100)])
async def test_quality_keeps_one_variant_and_its_sound(
    origin: Origin, house: OpenHouse, quality: str, kept: int
) -> None:
    url = origin.route("/x.m3u8", MULTIVARIANT)
    f1stream = await house(url)
    link = f1stream.link(Kind.PLAYLIST, url)
    response = await get(f1stream, f"{link}&quality={quality}")
    playlist = m3u8.loads(await response.text())
    assert [variant.stream_info.bandwidth for variant in playlist.playlists] == [kept]
    assert len(playlist.media) == 1


@pytest.mark.parametrize(
    ("quality", "status"), [("2", 404), ("999999999999", 400), ("x", 400), ("-1", 400), ("²", 400)]
)
async def test_a_quality_that_is_not_there_is_an_error(
    origin: Origin, house: OpenHouse, quality: str, status: int
) -> None:
    url = origin.route("/x.m3u8", MULTIVARIANT)
    f1stream = await house(url)
    link = f1stream.link(Kind.PLAYLIST, url)
    assert (await get(f1stream, f"{link}&quality={quality}")).status == status


async def test_links_that_are_malformed_or_foreign_reach_nothing(
    origin: Origin, house: OpenHouse
) -> None:
    url = origin.route("/x.m3u8", MEDIA)
    f1stream = await house(url)
    link = f1stream.link(Kind.PLAYLIST, url)
    other = f1stream.link(Kind.PLAYLIST, origin.at("/other"))
    signature = link.partition("&sig=")[2]
    flipped = link[:-1] + ("A" if link[-1] != "A" else "B")
    expected = {
        flipped: 403,
        other.partition("&sig=")[0] + "&sig=" + signature: 403,
        link.replace("sig=test.", "sig=toast."): 403,
        link.replace("/proxy?", "/relay?"): 403,
        "/proxy?url=!!!&sig=" + signature: 400,
        link.replace("&sig=", "=&sig="): 400,
        "/proxy?sig=" + signature: 400,
        link.partition("&sig=")[0]: 400,
        "/relay": 400,
    }
    for tried, status in expected.items():
        response = await get(f1stream, tried)
        assert response.status == status, tried
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.content_type == "application/problem+json"
    assert origin.requests == []


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        (Reset(), 502, "unreachable"),
        (Status(500), 502, "http status"),
        (Status(401), 502, "http status"),
        (Status(403), 403, "http status"),
        (Status(404), 404, "http status"),
        (Status(410), 410, "http status"),
        (Html(), 502, "not a playlist"),
        (Truncate(10), 502, "stalled"),
        (Redirect("/x.m3u8"), 502, "unreachable"),
        (Redirect("http://169.254.169.254/"), 502, "refused"),
        (Endless(), 502, "not a playlist"),
        (StallBeforeHeaders(), 504, "timeout"),
        (StallInBody(10), 504, "timeout"),
    ],
    ids=str,
)
async def test_a_playlist_that_fails_is_a_clear_problem(
    origin: Origin, house: OpenHouse, fault: Fault, status: int, reason: str
) -> None:
    url = origin.route("/x.m3u8", MEDIA) + "?token=hunter2"
    origin.fault("/x.m3u8", fault)
    f1stream = await house(url, read_timeout=0.3, connect_timeout=0.3, playlist_bytes=100_000)
    response = await get(f1stream, f1stream.link(Kind.PLAYLIST, url))
    assert response.status == status
    assert response.content_type == "application/problem+json"
    problem = await response.json(content_type=None)
    assert (problem["status"], problem["reason"]) == (status, reason)
    assert problem["detail"]
    assert "hunter2" not in await response.text()


@pytest.mark.parametrize(
    ("fault", "status"),
    [(Reset(), 502), (Status(404), 404), (Status(503), 502), (StallBeforeHeaders(), 504)],
    ids=str,
)
async def test_a_segment_that_fails_at_once_is_a_clear_problem(
    origin: Origin, house: OpenHouse, fault: Fault, status: int
) -> None:
    url = origin.route("/1.ts", TS)
    origin.fault("/1.ts", fault)
    f1stream = await house(read_timeout=0.3, connect_timeout=0.3)
    response = await get(f1stream, f1stream.link(Kind.BYTES, url))
    assert response.status == status
    assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "fault", [Truncate(100_000), Reset(after_bytes=100_000), StallInBody(100_000)], ids=str
)
async def test_a_segment_that_breaks_off_never_passes_for_a_whole_one(
    origin: Origin, house: OpenHouse, fault: Fault
) -> None:
    url = origin.route("/1.ts", TS)
    origin.fault("/1.ts", fault)
    f1stream = await house(read_timeout=0.3)
    response = await f1stream.client.get(f1stream.link(Kind.BYTES, url))
    assert response.status == 200
    with pytest.raises(aiohttp.ClientPayloadError):
        await response.read()


async def test_what_an_upstream_sends_beyond_its_length_is_dropped(
    origin: Origin, house: OpenHouse
) -> None:
    url = origin.route("/1.ts", TS)
    origin.fault("/1.ts", Overlong())
    f1stream = await house()
    for _ in range(3):
        response = await get(f1stream, f1stream.link(Kind.BYTES, url))
        assert await response.read() == TS


async def test_a_chunked_body_of_unknown_length_is_relayed(
    origin: Origin, house: OpenHouse
) -> None:
    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(TS), TS))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        f1stream = await house()
        link = f1stream.link(Kind.BYTES, f"http://127.0.0.1:{port}/1.ts")
        assert await (await get(f1stream, link)).read() == TS


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-99", 206, 0, 100),
        ("bytes=100-", 206, 100, None),
        ("bytes=-188", 206, -188, None),
        ("bytes=0-99999999", 206, 0, None),
        ("bytes=99999999-", 416, 0, 0),
        ("lines=1-2", 200, 0, None),
    ],
)
async def test_ranges(
    origin: Origin, house: OpenHouse, asked: str, status: int, start: int, end: int | None
) -> None:
    url = origin.route("/1.ts", TS)
    f1stream = await house()
    response = await get(f1stream, f1stream.link(Kind.BYTES, url), Range=asked)
    assert response.status == status
    if status != 416:
        assert await response.read() == TS[start:end]
    else:
        assert response.headers["Content-Range"] == f"bytes */{len(TS)}"


async def test_head_tells_the_length_and_sends_nothing(origin: Origin, house: OpenHouse) -> None:
    url = origin.route("/1.ts", TS)
    f1stream = await house()
    response = await f1stream.client.head(f1stream.link(Kind.BYTES, url))
    assert response.status == 200
    assert response.headers["Content-Length"] == str(len(TS))
    assert await response.read() == b""
    assert origin.requests[-1].method == "HEAD"


async def test_a_viewer_who_leaves_ends_the_fetch(origin: Origin, house: OpenHouse) -> None:
    url = origin.route("/1.ts", TS)
    origin.fault("/1.ts", StallInBody(1000))
    f1stream = await house()
    response = await f1stream.client.get(f1stream.link(Kind.BYTES, url))
    await response.content.read(100)
    response.close()
    await origin.gone("/1.ts", timeout_s=1)


async def test_a_viewer_who_leaves_before_the_answer_ends_the_fetch(
    origin: Origin, house: OpenHouse
) -> None:
    url = origin.route("/x.m3u8", MEDIA)
    origin.fault("/x.m3u8", StallBeforeHeaders())
    f1stream = await house()
    viewer = asyncio.create_task(get(f1stream, f1stream.link(Kind.PLAYLIST, url)))
    await origin.asked("/x.m3u8")
    viewer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await viewer
    await origin.gone("/x.m3u8", timeout_s=1)


async def test_a_source_s_headers_go_with_every_request_made_for_it(
    origin: Origin, house: OpenHouse
) -> None:
    url = origin.route("/live/media.m3u8", MEDIA)
    origin.route("/live/seg/1.ts", TS)
    origin.route("/live/seg/2.ts", TS)
    f1stream = await house(url, headers={"Authorization": "Bearer s3cret"})
    play_url = await f1stream.play_url()
    playlist = await get(f1stream, play_url)
    segment = m3u8.loads(await playlist.text()).segments[0]
    await get(f1stream, urljoin(play_url, segment.uri))
    assert {request.path for request in origin.requests} >= {"/live/media.m3u8", "/live/seg/1.ts"}
    for request in origin.requests:
        assert request.headers["Authorization"] == "Bearer s3cret"


async def test_nothing_private_of_the_upstream_reaches_a_viewer(
    origin: Origin, house: OpenHouse
) -> None:
    headers = {"Set-Cookie": "a=b", "Server": "x", "Link": "<x>", "ETag": '"v1"', "Age": "3"}
    url = origin.route("/1.ts", TS, headers=headers)
    f1stream = await house()
    response = await get(f1stream, f1stream.link(Kind.BYTES, url))
    assert response.headers["ETag"] == '"v1"'
    assert response.headers["Age"] == "3"
    for name in ("Set-Cookie", "Link", "Server"):
        assert name not in response.headers


async def test_a_page_behind_a_link_cannot_run_here(origin: Origin, house: OpenHouse) -> None:
    url = origin.route("/x.html", "<script>alert(1)</script>")
    origin.fault("/x.html", WrongType("text/html"))
    f1stream = await house()
    response = await get(f1stream, f1stream.link(Kind.BYTES, url))
    assert response.content_type == "application/octet-stream"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]


@pytest.mark.parametrize("route", ["/proxy", "/relay"])
async def test_players_on_other_origins_may_ask(house: OpenHouse, route: str) -> None:
    f1stream = await house()
    response = await f1stream.client.options(route)
    assert response.status == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Range" in response.headers["Access-Control-Allow-Headers"]
