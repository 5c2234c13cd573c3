"""What a front hands to the owner arrives as it was asked, and comes back as it was told."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from aiohttp.typedefs import Handler
from pytest_aiohttp.plugin import AiohttpClient
from yarl import URL

from f1stream.http.errors import problems
from f1stream.http.listening import answering_fronts
from f1stream.http.onward import onward
from f1stream.net.owner import open_session

Viewer = TestClient[web.Request, web.Application]
Front = Callable[[Handler], Awaitable[Viewer]]


@pytest.fixture
async def front(tmp_path: Path, aiohttp_client: AiohttpClient) -> AsyncIterator[Front]:
    """A viewer of a front whose owner answers everything by one handler."""
    async with AsyncExitStack() as stack:

        async def viewer_of(handler: Handler) -> Viewer:
            owner = web.Application()
            owner.router.add_route("*", "/{path:.*}", handler)
            await stack.enter_async_context(answering_fronts(owner, tmp_path / "owner"))
            session = await stack.enter_async_context(open_session(tmp_path / "owner"))
            app = web.Application(middlewares=[problems])
            app.router.add_route("*", "/{path:.*}", onward(session))
            return await aiohttp_client(app)

        yield viewer_of


async def test_method_path_headers_and_body_arrive_as_they_were_sent(front: Front) -> None:
    async def echo(request: web.Request) -> web.Response:
        names = [name for name in request.headers if name not in ("Host", "Content-Length")]
        content = [request.method, request.raw_path, names, (await request.read()).decode()]
        return web.json_response(content, status=202, reason="Echoed", headers={"X-Own": "1"})

    viewer = await front(echo)
    path = "/a%20b/%C3%BC?q=1&q=%2F"
    async with viewer.session.request(
        "PUT",
        URL(f"http://{viewer.host}:{viewer.port}{path}", encoded=True),
        data=b"whole",
        headers={"Connection": "keep-alive, X-Hop", "X-Hop": "1", "X-Far": "2"},
        skip_auto_headers=["Accept", "Accept-Encoding", "User-Agent", "Content-Type"],
    ) as response:
        assert (response.status, response.reason) == (202, "Echoed")
        assert response.headers["X-Own"] == "1"
        assert await response.json() == ["PUT", path, ["X-Far", "X-Forwarded-For"], "whole"]


async def test_an_encoded_body_arrives_whole(front: Front) -> None:
    async def echo(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    viewer = await front(echo)
    whole = b'{"id": "' + b"y" * 2000 + b'"}'
    for _ in range(5):
        packed, headers = gzip.compress(whole), {"Content-Encoding": "gzip"}
        async with viewer.post("/streams/activate", data=packed, headers=headers) as response:
            assert (response.status, await response.read()) == (200, whole)


async def test_a_target_with_a_host_of_its_own_still_goes_to_the_owner(front: Front) -> None:
    async def path(request: web.Request) -> web.Response:
        return web.Response(text=request.raw_path, headers={"Connection": "close"})

    viewer = await front(path)
    reader, writer = await asyncio.open_connection(viewer.host, viewer.port)
    writer.write(
        b"GET http://else.example/a?b=%2F HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    answer = await reader.read()
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith(b"/a?b=%2F")
    writer.close()


async def test_an_answer_is_passed_on_while_it_arrives(front: Front) -> None:
    go_on = asyncio.Event()

    async def events(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"data: 1\n\n")
        await go_on.wait()
        await response.write(b"data: 2\n\n")
        return response

    viewer = await front(events)
    async with viewer.get("/events") as response:
        assert response.content_type == "text/event-stream"
        assert await response.content.readany() == b"data: 1\n\n"
        go_on.set()
        assert await response.content.read() == b"data: 2\n\n"


async def test_who_leaves_is_noticed_by_the_owner(front: Front) -> None:
    left = asyncio.Event()

    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"x")
        try:
            await asyncio.Event().wait()
        finally:
            left.set()
        return response

    viewer = await front(endless)
    response = await viewer.get("/events")
    await response.content.readany()
    response.close()
    async with asyncio.timeout(5):
        await left.wait()


async def test_an_encoded_body_stays_as_it_is(front: Front) -> None:
    packed = zlib.compress(b"x" * 1000)

    async def deflated(request: web.Request) -> web.Response:
        return web.Response(body=packed, headers={"Content-Encoding": "deflate"})

    viewer = await front(deflated)
    async with viewer.session.get(viewer.make_url("/"), auto_decompress=False) as response:
        assert response.headers["Content-Length"] == str(len(packed))
        assert await response.read() == packed


async def test_a_head_and_an_answer_without_body_have_none(front: Front) -> None:
    async def handler(request: web.Request) -> web.Response:
        if request.method == "HEAD":
            return web.Response(headers={"Content-Length": "1000"})
        return web.Response(status=304, headers={"ETag": '"1"'})

    viewer = await front(handler)
    async with viewer.head("/") as response:
        assert response.headers["Content-Length"] == "1000"
    async with viewer.get("/") as response:
        assert (response.status, response.headers["ETag"]) == (304, '"1"')


async def test_an_answer_that_breaks_off_is_cut_short(front: Front) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"begun")
        assert request.transport is not None
        request.transport.close()
        return response

    viewer = await front(broken)
    async with viewer.get("/") as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()


async def test_an_owner_that_is_gone_is_a_problem(
    tmp_path: Path, aiohttp_client: AiohttpClient
) -> None:
    async with open_session(tmp_path / "nobody") as session:
        app = web.Application(middlewares=[problems])
        app.router.add_route("*", "/{path:.*}", onward(session))
        viewer = await aiohttp_client(app)
        async with viewer.get("/health") as response:
            assert response.status == 502
            assert response.content_type == "application/problem+json"
