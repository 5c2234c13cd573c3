"""Sockets that requests come in by, and how they are closed again."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from f1stream.http import requests
from f1stream.http.door import Door
from f1stream.http.hits import Hits
from f1stream.http.requests import Requests
from f1stream.http.services import Playing

# What is being sent when the process ends is finished, within so many seconds.
DRAIN_S = 10
# Of these, so many are left for what came in while the rest was finished.
LAST_S = 1
KEEPALIVE_S = 75
# So many connections may wait to be taken in: a loop that is busy for a moment refuses nobody.
BACKLOG = 1024
# A link carries an upstream URL of at most 8 KiB, a third longer in base64.
MAX_REQUEST_LINE_BYTES = 16 * 1024
_OPTIONS: dict[str, Any] = {
    "access_log": None,
    "max_line_size": MAX_REQUEST_LINE_BYTES,
    "keepalive_timeout": KEEPALIVE_S,
}


@asynccontextmanager
async def answering(
    app: web.Application, playing: Playing, host: str, port: int, *, shared: bool = False
) -> AsyncIterator[int]:
    """Answer viewers on `host` and `port`; yields the port, of which 0 takes a free one.

    `shared` lets other processes of this user listen there too; the kernel then divides the
    connections among them. At the end of the block what is being sent is finished first. Until
    then requests are still answered, so that whoever asks learns that this process is stopping.
    """
    async with _running(app) as runner:
        if runner.server is None:
            raise AssertionError("setup makes the server")
        every = Requests(playing, runner.server.request_handler)
        # What memory answers goes past it, unless each request is wanted in the log.
        verbose = requests.log.isEnabledFor(logging.DEBUG)
        runner.server.request_handler = every if verbose else Hits(playing, every)
        door = Door(playing.limits, short=lambda: playing.short())
        server = await asyncio.get_running_loop().create_server(
            partial(door.visitor, runner.server, _OPTIONS),
            host,
            port,
            backlog=BACKLOG,
            reuse_address=True,
            reuse_port=shared,
        )
        door.open()
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            ends_s = time.monotonic() + DRAIN_S
            await every.under_way.finished(DRAIN_S - LAST_S)
            door.close()
            server.close()
            runner.server.pre_shutdown()
            await runner.server.shutdown(max(ends_s - time.monotonic(), LAST_S))


@asynccontextmanager
async def answering_fronts(app: web.Application, socket: Path) -> AsyncIterator[None]:
    """Answer the fronts on a unix socket."""
    async with _running(app) as runner:
        await web.UnixSite(runner, str(socket)).start()
        yield


@asynccontextmanager
async def _running(app: web.Application) -> AsyncIterator[web.AppRunner]:
    runner = web.AppRunner(
        app,
        handler_cancellation=True,
        shutdown_timeout=LAST_S,
        **_OPTIONS,
    )
    await runner.setup()
    try:
        yield runner
    finally:
        await runner.cleanup()
