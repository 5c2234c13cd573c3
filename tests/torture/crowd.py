"""Viewers by the thousand, in one process: idle ones, slow ones, fast ones, and those who check."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from bench.load.aside import run_aside
from tests.faults.viewer import get, read

ADDRESSES = 100


@asynccontextmanager
async def idle(port: int, number: int) -> AsyncIterator[int]:
    """So many connections that have asked once and rest; yields how many were let in."""
    async with AsyncExitStack() as stack:
        slots = asyncio.Semaphore(200)

        async def rest(index: int) -> bool:
            async with slots:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", port, local_addr=(f"127.0.1.{index % ADDRESSES + 1}", 0)
                )
                stack.callback(writer.transport.abort)
                writer.write(b"GET /health HTTP/1.1\r\nHost: a\r\n\r\n")
                return (await read(reader)).status == 200

        yield sum(await asyncio.gather(*(rest(index) for index in range(number))))


@asynccontextmanager
async def slow(port: int, target: str, number: int) -> AsyncIterator[None]:
    """So many that take a segment at 1 kB/s, and ask again when they are cut."""

    async def sip() -> None:
        loop = asyncio.get_running_loop()
        while True:
            with socket.socket() as plain:
                plain.setblocking(False)
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                try:
                    await loop.sock_connect(plain, ("127.0.0.1", port))
                    await loop.sock_sendall(
                        plain, f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
                    )
                    while await loop.sock_recv(plain, 1_000):
                        await asyncio.sleep(1)
                except OSError:
                    pass
            await asyncio.sleep(1)

    tasks = [asyncio.create_task(sip()) for _ in range(number)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def p99_ms(port: int, target: str, *, viewers: int, seconds: float) -> float:
    """The 99th percentile of how long answers take, of viewers who ask five times a second.

    They are in a process of their own, which the crowd does not slow down.
    """
    load = {"port": port, "path": target, "viewers": viewers, "every_s": 0.2}
    told = await run_aside("bench.load.paced", {**load, "duration_s": seconds, "least_bytes": 1})
    return float(told["p99_ms"])


@dataclass
class Checked:
    """What those who check have seen: statuses, and bodies that are whole, cut or wrong."""

    statuses: dict[int, int] = field(default_factory=dict)
    whole: int = 0
    short: int = 0
    wrong: int = 0


async def checking(port: int, targets: dict[str, bytes], seen: Checked) -> None:
    """Join, watch for a while and leave, over and over, comparing each byte; until cancelled."""
    while True:
        for _ in range(random.randint(1, 20)):
            target, body = random.choice(list(targets.items()))
            try:
                async with asyncio.timeout(random.choice((0.05, 30, 30, 30, 30, 30))):
                    got = await get(port, target)
            except TimeoutError:
                continue
            seen.statuses[got.status] = seen.statuses.get(got.status, 0) + 1
            if got.status == 200:
                seen.whole += got.body == body and got.whole
                seen.short += body.startswith(got.body) and not got.whole
                seen.wrong += not body.startswith(got.body) or (got.whole and got.body != body)
            await asyncio.sleep(random.random() / 2)
        await asyncio.sleep(random.random())
