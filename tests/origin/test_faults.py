"""Each fault does on the wire what its name says."""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

import aiohttp
import pytest

from tests.origin import Fault, Origin
from tests.origin.faults import (
    BrokenChunk,
    Endless,
    Html,
    Late,
    Overlong,
    Redirect,
    Reset,
    ResetWhenReused,
    SlowBody,
    SlowHeaders,
    StallBeforeHeaders,
    StallInBody,
    Status,
    Truncate,
    WrongType,
)

BODY = bytes(range(256)) * 20


def bad(origin: Origin, fault: Fault) -> str:
    origin.fault("/seg", fault)
    return origin.route("/seg.ts", BODY)


async def raw(url: str, requests: int = 1) -> bytes:
    """All that the origin sends to so many requests on one connection, until it closes."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(f"GET {address.path} HTTP/1.1\r\nHost: test\r\n\r\n".encode() * requests)
    try:
        return await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()


async def test_stall_before_headers_sends_nothing_until_the_client_leaves(
    origin: Origin, web: aiohttp.ClientSession
) -> None:
    url = bad(origin, StallBeforeHeaders())
    with pytest.raises(TimeoutError):
        await web.get(url, timeout=aiohttp.ClientTimeout(total=0.1))
    await origin.gone("/seg.ts", timeout_s=1)


async def test_stall_in_body_sends_the_head_and_so_many_bytes(
    origin: Origin, web: aiohttp.ClientSession
) -> None:
    async with web.get(bad(origin, StallInBody(after_bytes=1000))) as response:
        assert response.content_length == len(BODY)
        assert await response.content.readexactly(1000) == BODY[:1000]
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(response.content.readany(), 0.1)
        assert origin.disconnects == []
    await origin.gone("/seg.ts", timeout_s=1)


async def test_truncate_closes_before_the_promised_length(origin: Origin) -> None:
    head, _, body = (await raw(bad(origin, Truncate(after_bytes=99)))).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(BODY)}".encode() in head
    assert body == BODY[:99]
    assert origin.disconnects == []


async def test_truncate_is_a_broken_payload_to_a_client(
    origin: Origin, web: aiohttp.ClientSession
) -> None:
    async with web.get(bad(origin, Truncate(after_bytes=99))) as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_overlong_sends_more_than_promised(origin: Origin) -> None:
    url = bad(origin, Overlong(extra_bytes=7))
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    writer.write(b"GET /seg.ts HTTP/1.1\r\n\r\n")
    assert await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(len(BODY) + 7) == BODY + b"!" * 7
    writer.close()
    await writer.wait_closed()


async def test_reset_at_once(origin: Origin) -> None:
    with pytest.raises(ConnectionResetError):
        await raw(bad(origin, Reset()))


async def test_reset_in_mid_body(origin: Origin, web: aiohttp.ClientSession) -> None:
    async with web.get(bad(origin, Reset(after_bytes=500))) as response:
        assert await response.content.readexactly(500) == BODY[:500]
        with pytest.raises(aiohttp.ClientError):
            await response.content.readany()


async def test_reset_when_reused_spares_the_first_request(origin: Origin) -> None:
    url = bad(origin, ResetWhenReused())
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    writer.write(b"GET /seg.ts HTTP/1.1\r\n\r\n")
    await reader.readuntil(b"\r\n\r\n")
    assert await reader.readexactly(len(BODY)) == BODY
    writer.write(b"GET /seg.ts HTTP/1.1\r\n\r\n")
    with pytest.raises(ConnectionResetError):
        await reader.read(1)
    writer.close()
    with pytest.raises(ConnectionResetError):
        await writer.wait_closed()
    assert [(request.connection, request.turn) for request in origin.requests] == [(0, 0), (0, 1)]


async def test_broken_chunk_begins_well(origin: Origin) -> None:
    head, _, body = (await raw(bad(origin, BrokenChunk(after_bytes=16)))).partition(b"\r\n\r\n")
    assert b"Content-Length" not in head
    assert body == b"10\r\n" + BODY[:16] + b"\r\nzz\r\nbroken\r\n"


async def test_endless_goes_on_until_the_client_leaves(
    origin: Origin, web: aiohttp.ClientSession
) -> None:
    async with web.get(bad(origin, Endless())) as response:
        assert len(await response.content.readexactly(1_000_000)) == 1_000_000
    await origin.gone("/seg.ts", timeout_s=1)


async def test_slow_headers_come_byte_by_byte(origin: Origin) -> None:
    url = bad(origin, SlowHeaders(interval_s=0.02))
    reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
    writer.write(b"GET /seg.ts HTTP/1.1\r\n\r\n")
    assert [await reader.read(100) for _ in range(5)] == [b"H", b"T", b"T", b"P", b"/"]
    writer.close()
    await writer.wait_closed()
    await origin.gone("/seg.ts", timeout_s=1)


@pytest.mark.parametrize("fault", [SlowBody(chunk_bytes=1024, interval_s=0.02), Late(0.1)])
async def test_slow_answers_are_right_in_the_end(
    origin: Origin, web: aiohttp.ClientSession, fault: Fault
) -> None:
    started_s = time.monotonic()
    async with web.get(bad(origin, fault)) as response:
        assert await response.read() == BODY
    assert time.monotonic() - started_s >= 0.09


async def test_redirect_leads_elsewhere(origin: Origin, web: aiohttp.ClientSession) -> None:
    url = bad(origin, Redirect("/other.ts", status=307))
    origin.route("/other.ts", b"other")
    async with web.get(url) as response:
        assert [hop.status for hop in response.history] == [307]
        assert await response.read() == b"other"


async def test_a_redirect_to_itself_is_a_loop(origin: Origin, web: aiohttp.ClientSession) -> None:
    with pytest.raises(aiohttp.TooManyRedirects):
        await web.get(bad(origin, Redirect("/seg.ts")))


@pytest.mark.parametrize(
    ("fault", "status", "content_type"),
    [
        (Status(503), 503, "text/plain"),
        (Status(410), 410, "text/plain"),
        (WrongType("image/png"), 200, "image/png"),
        (Html(), 200, "text/html"),
    ],
)
async def test_wrong_answers_are_whole_ones(
    origin: Origin, web: aiohttp.ClientSession, fault: Fault, status: int, content_type: str
) -> None:
    url = bad(origin, fault)
    for _ in range(2):
        async with web.get(url) as response:
            assert (response.status, response.content_type) == (status, content_type)
            assert await response.read()
    assert {request.connection for request in origin.requests} == {0}


async def test_a_fault_lasts_so_many_times_or_until_healed(
    origin: Origin, web: aiohttp.ClientSession
) -> None:
    url = bad(origin, Status(500))
    origin.fault("/seg.ts", Status(404), times=1)
    statuses = []
    for turn in range(3):
        if turn == 2:
            origin.heal("/seg")
        async with web.get(url) as response:
            statuses.append(response.status)
    assert statuses == [404, 500, 200]
