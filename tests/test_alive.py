"""The health check of a container, against a real server."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpServer

from f1stream import alive


async def checked(port: int) -> int | None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-S", alive.__file__), env={"F1STREAM_SERVER__PORT": str(port)}
    )
    async with asyncio.timeout(20):
        return await process.wait()


@pytest.mark.parametrize(("status", "code"), [(200, 0), (503, 1)])
async def test_it_ends_with_what_health_says(
    aiohttp_server: AiohttpServer, status: int, code: int
) -> None:
    async def health(request: web.Request) -> web.Response:
        return web.json_response({}, status=status)

    app = web.Application()
    app.router.add_get("/health", health)
    server = await aiohttp_server(app)
    assert await checked(server.port or 0) == code


async def test_where_nothing_listens_it_is_not_alive() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        assert await checked(reserved.getsockname()[1]) == 1


def test_it_imports_nothing_of_f1stream() -> None:
    assert "f1stream" not in Path(alive.__file__).read_text().split('"""', 2)[2]
