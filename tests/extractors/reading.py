"""Reading a source as a round of the background does, through the real client."""

from __future__ import annotations

import asyncio
import gc
import ipaddress
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import aiohttp

from f1stream.extractors import Extractor
from f1stream.models import Found, Upstream
from f1stream.net.chunks import read_bounded
from f1stream.net.client import Client, Timeouts, checked, connect
from f1stream.net.guard import Guard
from tests.jobs.sources import NoWeb

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


@asynccontextmanager
async def a_client(guard: Guard | None = None, *, patience_s: float = 10) -> AsyncIterator[Client]:
    """The real client, which may reach loopback unless `guard` says otherwise."""
    timeouts = Timeouts(connect_s=patience_s, head_s=patience_s, read_s=patience_s)
    async with connect(guard or Guard([LOOPBACK]), timeouts=timeouts, user_agent="test") as client:
        yield client


class Fetching(NoWeb):
    """A web that fetches, and offers neither libraries nor a browser."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(
        self,
        upstream: Upstream,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        return self._client.get(upstream, method=method, headers=headers, body=body)


async def found_by(source: Extractor, client: Client | None = None) -> list[Found]:
    """All that a source finds."""
    if client is not None:
        return [found async for found in source.find(Fetching(client)) if isinstance(found, Found)]
    async with a_client() as new:
        return await found_by(source, new)


async def counted(source: Extractor, client: Client | None = None) -> int:
    """How many streams a source finds; none is kept, as of most that a long list has."""
    count = 0
    async for _ in source.find(Fetching(client) if client else NoWeb()):
        count += 1
    return count


async def wanted_by(source: Extractor) -> list[Found]:
    """What of it is listed."""
    return [found for found in await found_by(source) if source.wants(found.title, found.about)]


async def plays(found: Found) -> bool:
    """Whether the stream's URL and headers get a playlist."""
    async with a_client() as client, client.get(Upstream(found.url, found.headers)) as response:
        body = await read_bounded(checked(response), 1 << 20, 10)
        return body.startswith(b"#EXTM3U")


class Watch:
    """Notes how long the loop was held up.

    `worst_s` is the most work that was done between two of its turns, in seconds of this thread's
    processor time: neither what else runs on the machine counts, nor what was in memory before
    and is looked through for garbage.
    """

    worst_s = 0.0

    async def __aenter__(self) -> Watch:
        gc.collect()
        gc.freeze()
        self._task = asyncio.create_task(self._watch())
        await asyncio.sleep(0)
        return self

    async def __aexit__(self, *_: Any) -> None:
        await asyncio.sleep(0.002)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        gc.unfreeze()

    async def _watch(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0)
            self.worst_s = max(self.worst_s, time.thread_time() - before)
