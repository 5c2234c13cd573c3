"""An f1stream in a hurry, on a port, and what it holds: nothing more after a fault than before."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import ByteSize

from f1stream.app import Running, running
from f1stream.hls.links import Kind, Link
from f1stream.http import create_app
from f1stream.http.listening import answering
from f1stream.settings import (
    Cache,
    Data,
    LimitSettings,
    ScheduleSettings,
    Settings,
    UpstreamSettings,
    Verify,
)

# Short, but not so short that a busy machine is taken for a fault.
WAIT_S = 1.0
SEGMENT_BYTES = 3 << 20
LIMITS = LimitSettings(
    header_timeout=WAIT_S,
    body_timeout=WAIT_S,
    send_rate=ByteSize(50_000),
    send_grace=WAIT_S,
    segment_bytes=ByteSize(SEGMENT_BYTES),
)


@dataclass(frozen=True)
class Holding:
    """What of a process could leak."""

    tasks: int
    descriptors: int


@dataclass(frozen=True)
class Service:
    """It, and where it is."""

    run: Running
    port: int

    def link(self, kind: Kind, url: str) -> str:
        """The target that a player asks for."""
        return "/" + self.run.services.links.sign(Link(kind, url, "test"))

    async def holding(self) -> Holding:
        gc.collect()
        descriptors = await asyncio.to_thread(os.listdir, "/proc/self/fd")
        return Holding(len(asyncio.all_tasks()), len(descriptors))

    async def settles(self, at_most: Holding) -> Holding:
        """Wait until it holds no more than that and nothing is on its way."""
        async with asyncio.timeout(5):
            while True:
                holding = await self.holding()
                idle = "0 in flight" in repr(self.run.services.segments)
                if (
                    idle
                    and holding.tasks <= at_most.tasks
                    and holding.descriptors <= at_most.descriptors
                ):
                    return holding
                await asyncio.sleep(0.05)


@asynccontextmanager
async def a_service(
    folder: Path, *, requests: int = 1_000, **upstream: Any
) -> AsyncIterator[Service]:
    """With sockets to 127.0.0.1 only; it waits `WAIT_S` for whatever it waits for."""
    settings = Settings(
        data=Data(dir=folder),
        # It looks whether a file is there.
        upstream=await asyncio.to_thread(
            partial(
                UpstreamSettings,
                allow_private=["127.0.0.1/32"],
                connect_timeout=WAIT_S,
                read_timeout=WAIT_S,
                playlist_bytes=ByteSize(1 << 20),
                **upstream,
            )
        ),
        cache=Cache(segment_bytes=ByteSize(2 << 20)),
        verify=Verify(enabled=False),
        schedule=ScheduleSettings(enabled=False),
        limits=LIMITS.model_copy(update={"requests": requests}),
    )
    async with running(settings) as run:
        services = run.services
        async with answering(create_app(services), services, "127.0.0.1", 0) as port:
            yield Service(run, port)
