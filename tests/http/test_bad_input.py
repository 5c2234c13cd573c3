"""Upstreams that send what is no playlist, or far too much of one: a clear answer, and soon."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import pytest

from f1stream.hls.links import Kind
from tests.conftest import House, OpenHouse
from tests.http.pulse import Pulse
from tests.origin import Origin, Request, Response

HEAD = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
MOST_MS = 50
PIECE_BYTES = 1 << 16
CONTROL = (
    b"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=24.0,CAN-SKIP-DATERANGES=YES\n"
)
DATE_RANGE = b'#EXT-X-DATERANGE:ID="%06d",START-DATE="2026-03-08T04:00:00Z"\n'


def streamed(origin: Origin, path: str, body: bytes, **headers: str) -> str:
    """Serve a body in pieces, as a network does."""

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), PIECE_BYTES):
            yield body[at : at + PIECE_BYTES]

    async def answer(request: Request) -> Response:
        response = Response(length_bytes=len(body), stream=pieces())
        return response.typed("application/vnd.apple.mpegurl").with_headers(headers)

    return origin.mount(path, answer)


async def refused(house: House, url: str, because: str, *, status: int = 502) -> None:
    async with Pulse.felt() as pulse:
        response = await house.client.get(house.link(Kind.PLAYLIST, url))
        problem = await response.json()
    assert (response.status, response.content_type) == (status, "application/problem+json")
    assert because in problem["detail"], problem
    assert pulse.longest_ms < MOST_MS


TOO_MUCH = {
    "50 MB": (HEAD + b"#EXTINF:4,\n1.ts\n" * 3_500_000, "more than"),
    "a million lines": (HEAD + b"1.ts\n" * 1_000_000, "lines"),
    "a line of 1 MB": (HEAD + b"x" * (1 << 20), "a line"),
    "a tag of 1 MB": (HEAD + b"#EXT-X-KEY:" + b"A=1," * (1 << 18), "a line"),
}


@pytest.mark.parametrize("what", TOO_MUCH)
async def test_what_is_too_large_is_refused_while_others_are_served(
    origin: Origin, house: OpenHouse, what: str
) -> None:
    body, because = TOO_MUCH[what]
    await refused(await house(), streamed(origin, "/x.m3u8", body), because)


async def test_a_small_body_that_unpacks_to_too_much_is_refused(
    origin: Origin, house: OpenHouse
) -> None:
    packed = gzip.compress(HEAD + b"#" * (50 << 20))
    url = streamed(origin, "/x.m3u8", packed, **{"Content-Encoding": "gzip"})
    await refused(await house(), url, "more than")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"<!doctype html><h1>Sign in</h1>", id="HTML"),
        pytest.param(b'{"error": "no such channel"}', id="JSON"),
        pytest.param(b"\xff\xd8\xff\xe0" + bytes(5000), id="JPEG"),
        pytest.param(b"", id="nothing"),
        pytest.param(bytes(5000), id="NULs"),
    ],
)
async def test_what_is_no_playlist_is_called_so(
    origin: Origin, house: OpenHouse, body: bytes
) -> None:
    await refused(await house(), streamed(origin, "/x.m3u8", body), "not an HLS playlist")


async def test_a_playlist_that_includes_itself_is_one_request_each_time(
    origin: Origin, house: OpenHouse
) -> None:
    f1stream = await house()
    url = origin.route("/x.m3u8", HEAD + b"#EXT-X-STREAM-INF:BANDWIDTH=1\nx.m3u8\n")
    link = f1stream.link(Kind.PLAYLIST, url)
    for _ in range(5):
        playlist = await (await f1stream.client.get(link)).text()
        link = urljoin(link, playlist.splitlines()[-1])
    assert origin.count("/x.m3u8") == 1


async def test_nul_bytes_reach_the_player_where_they_were(origin: Origin, house: OpenHouse) -> None:
    f1stream = await house()
    url = origin.route("/x.m3u8", HEAD + b"#EXT-X-\0:\0\n#EXTINF:4,\0\n1.ts\n")
    body = await (await f1stream.client.get(f1stream.link(Kind.PLAYLIST, url))).read()
    assert body.startswith(HEAD + b"#EXT-X-\0:\0\n#EXTINF:4,\0\nrelay?")


MOVES_ON = b"#EXTM3U\n#EXT-X-TARGETDURATION:0.1\n"
HOSTILE = {
    "segments": b"#EXTINF:4,\n1.ts\n" * 70_000,
    "gaps behind the last segment": b"1.ts\n" + b"#EXT-X-GAP\n" * 140_000,
    "tags that say half of it": b"#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL\n" * 140_000,
    "long lines": (b"#EXT-X-PART-INF:" + b"PART-TARGET" * 20_000 + b"\n") * 16,
    "parts": CONTROL + b'#EXT-X-PART:DURATION=0.3,URI="a.m4s"\n' * 40_000,
    "blank lines": b"\n" * 140_000,
}


@pytest.mark.parametrize("what", HOSTILE)
async def test_a_playlist_as_large_as_may_be_keeps_nobody_waiting(
    origin: Origin, house: OpenHouse, what: str
) -> None:
    f1stream = await house()
    link = f1stream.link(Kind.PLAYLIST, streamed(origin, "/x.m3u8", MOVES_ON + HOSTILE[what]))
    async with Pulse.felt() as pulse:
        assert (await f1stream.client.get(link)).status == 200
        # The next one takes the place of the first, and is looked at for what it adds.
        streamed(origin, "/x.m3u8", MOVES_ON + b"#again\n" + HOSTILE[what])
        asked = origin.count("/x.m3u8")
        await asyncio.sleep(0.1)
        for beside in ("&_HLS_skip=YES", "&quality=0"):
            assert (await f1stream.client.get(link + beside)).status == 200
    assert origin.count("/x.m3u8") == asked + 2
    assert pulse.longest_ms < MOST_MS


async def test_delta_updates_of_a_long_playlist_keep_nobody_waiting(
    origin: Origin, house: OpenHouse
) -> None:
    f1stream = await house()
    ranges = b"".join(DATE_RANGE % number for number in range(20_000))
    body = HEAD + CONTROL + ranges + b"#EXTINF:4,\n1.ts\n" * 20_000
    link = f1stream.link(Kind.PLAYLIST, streamed(origin, "/x.m3u8", body))
    whole = await (await f1stream.client.get(link)).read()
    async with Pulse.felt() as pulse:
        update = await (await f1stream.client.get(link + "&_HLS_skip=YES")).read()
    assert b"#EXT-X-SKIP:SKIPPED-SEGMENTS=19994" in update
    assert len(update) < len(whole)
    assert pulse.longest_ms < MOST_MS


INJECTED = "http://127.0.0.1:1/a%0d%0aSet-Cookie:%20a=b"


@pytest.mark.parametrize(
    "url", [INJECTED, "http://127.0.0.1:1/a\r\nSet-Cookie: a=b", "http://127.0.0.1:1\r\n/x"]
)
@pytest.mark.parametrize("kind", [Kind.PLAYLIST, Kind.BYTES])
async def test_no_header_is_put_in_through_a_url(house: OpenHouse, url: str, kind: Kind) -> None:
    f1stream = await house()
    response = await f1stream.client.get(f1stream.link(kind, url))
    assert response.status == 502
    assert "Set-Cookie" not in response.headers
    assert "Set-Cookie" not in await response.text()


async def test_no_header_is_put_in_through_a_redirect(origin: Origin, house: OpenHouse) -> None:
    f1stream = await house()
    origin.route("/x.ts", b"", status=302, headers={"Location": "/y\tSet-Cookie: a=b"})
    response = await f1stream.client.get(f1stream.link(Kind.BYTES, origin.at("/x.ts")))
    assert "Set-Cookie" not in response.headers
    assert all("Set-Cookie" not in request.headers for request in origin.requests)


@pytest.mark.parametrize(
    "query",
    ["url=%0d%0a&sig=x", "url=aHR0cDovL2E&sig=%0d%0aX:%20y", "url=aHR0cDovL2E&sig=", "", "url=%00"],
)
async def test_a_link_with_control_characters_is_a_bad_request(
    house: OpenHouse, query: str
) -> None:
    f1stream = await house()
    response = await f1stream.client.get(f"/proxy?{query}")
    assert (response.status, response.content_type) == (400, "application/problem+json")
