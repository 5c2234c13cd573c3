"""The origin does well what it is not told to do badly."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import pytest

from tests.origin import (
    Origin,
    Request,
    Response,
)

BODY = bytes(range(100))


async def read(web: aiohttp.ClientSession, url: str, status: int = 200) -> bytes:
    async with web.get(url) as response:
        assert response.status == status
        return await response.read()


async def test_requests_are_recorded(origin: Origin, web: aiohttp.ClientSession) -> None:
    url = origin.route("/a.m3u8", "#EXTM3U\n", headers={"ETag": '"x"'})
    async with web.get(f"{url}?token=a%20b&n=1", headers={"Referer": "here"}) as response:
        assert response.content_type == "application/vnd.apple.mpegurl"
        assert response.headers["ETag"] == '"x"'
    [request] = origin.requests
    assert (request.method, request.path) == ("GET", "/a.m3u8")
    assert request.query == {"token": "a b", "n": "1"}
    assert request.headers["referer"] == "here"
    assert request.at_s <= asyncio.get_running_loop().time()


async def test_connections_are_kept_alive(origin: Origin, web: aiohttp.ClientSession) -> None:
    url = origin.route("/a.ts", BODY)
    for _ in range(3):
        assert await read(web, url) == BODY
    assert [(request.connection, request.turn) for request in origin.requests] == [
        (0, 0),
        (0, 1),
        (0, 2),
    ]


async def test_head_has_the_length_and_no_body(origin: Origin, web: aiohttp.ClientSession) -> None:
    url = origin.route("/a.ts", BODY)
    async with web.head(url) as response:
        assert response.headers["Content-Length"] == "100"
    assert await read(web, url) == BODY


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("bytes=0-9", 206, BODY[:10], "bytes 0-9/100"),
        ("bytes=90-", 206, BODY[90:], "bytes 90-99/100"),
        ("bytes=-5", 206, BODY[95:], "bytes 95-99/100"),
        ("bytes=-500", 206, BODY, "bytes 0-99/100"),
        ("bytes=90-900", 206, BODY[90:], "bytes 90-99/100"),
        ("bytes=100-", 416, b"", "bytes */100"),
        ("bytes=-0", 416, b"", "bytes */100"),
        ("bytes=0-1,5-6", 200, BODY, None),
        ("lines=0-1", 200, BODY, None),
        ("bytes=-", 200, BODY, None),
    ],
)
async def test_ranges(
    origin: Origin,
    web: aiohttp.ClientSession,
    asked: str,
    status: int,
    body: bytes,
    told: str | None,
) -> None:
    url = origin.route("/a.ts", BODY)
    async with web.get(url, headers={"Range": asked}) as response:
        assert response.status == status
        assert await response.read() == body
        assert response.headers.get("Content-Range") == told


async def test_what_is_not_there_is_404(
    origin: Origin, web: aiohttp.ClientSession, tmp_path: Path
) -> None:
    await read(web, origin.at("/none"), 404)
    folder = origin.files(tmp_path, "/files/")
    await read(web, urljoin(folder, "none.ts"), 404)


async def test_a_client_that_leaves_a_large_body_is_noticed(
    origin: Origin, web: aiohttp.ClientSession
) -> None:
    url = origin.route("/large.ts", bytes(30_000_000))
    async with web.get(url) as response:
        await response.content.readany()
    await origin.gone("/large.ts", timeout_s=1)
    await read(web, url)
    assert origin.disconnects == ["/large.ts"]


async def test_waiting_for_a_request(origin: Origin, web: aiohttp.ClientSession) -> None:
    url = origin.route("/a.ts", BODY)
    with pytest.raises(TimeoutError):
        await origin.asked("/a.ts", timeout_s=0.01)
    async with asyncio.TaskGroup() as group:
        group.create_task(origin.asked("/a.ts", times=2))
        group.create_task(read(web, url))
        group.create_task(read(web, url))
    assert origin.count("/a.ts") == 2


async def test_an_error_in_a_handler_comes_up_when_the_origin_closes(
    web: aiohttp.ClientSession,
) -> None:
    async def broken(request: Request) -> Response:
        raise LookupError("broken")

    async def use() -> None:
        async with Origin() as origin:
            with pytest.raises(aiohttp.ServerDisconnectedError):
                await web.get(origin.mount("/", broken))

    with pytest.raises(ExceptionGroup) as failure:
        await use()
    assert failure.group_contains(LookupError)
