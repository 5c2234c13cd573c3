"""Viewers by the thousand, in one process: idle ones, slow ones, fast ones, and those who check."""

from __future__ import annotations

import asyncio
import socket
import statistics
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from bench.load.aside import run_aside
from tests.faults.viewer import read
from tests.torture.service import Service

ADDRESSES = 100
SIPPERS = 200
# By turns, as a busy machine is never the same for long.
TURNS = 5
# Until those who have come are only there.
SETTLE_S = 3
MOST_RATIO = 1.2


async def crowd(
    service: Service, fast: str, large: str, number: int, seconds: float
) -> tuple[list[str], list[str]]:
    """Fast viewers alone, and beside idle and slow ones, by turns: rows, and what does not hold."""
    alone, beside, held = [], [], number
    rss_mib = most_mib = service.rss_mib()
    for _ in range(TURNS):
        alone.append(await p99_ms(service.port, fast, viewers=50, seconds=seconds))
        async with idle(service.port, number) as inside, slow(service.port, large, SIPPERS):
            await asyncio.sleep(SETTLE_S)
            beside.append(await p99_ms(service.port, fast, viewers=50, seconds=seconds))
            most_mib = max(most_mib, service.rss_mib())
            held = min(held, inside, service.descriptors())
        await asyncio.sleep(SETTLE_S)
    ratios = sorted(b / a for a, b in zip(alone, beside, strict=True))
    median = statistics.median(beside) / statistics.median(alone)
    rows = [
        f"| idle connections held, at least | {held} of {number} |",
        f"| fast viewers' p99 beside them and {SIPPERS} slow readers, to alone: of the medians | "
        f"{median:.2f} |",
        f"| the same in each turn | {_joined(ratios, 2)} |",
        f"| p99 alone, in ms | {_joined(alone, 1)} |",
        f"| p99 beside them, in ms | {_joined(beside, 1)} |",
        f"| memory that all of them take | {most_mib - rss_mib:.0f} MiB |",
    ]
    judged = {
        f"only {held} of {number} idle connections were let in": held < number,
        f"p99 was {median:.2f} times what it is alone": median > MOST_RATIO,
    }
    return rows, [what for what, so in judged.items() if so]


def _joined(figures: Iterable[float], digits: int) -> str:
    return " · ".join(f"{figure:.{digits}f}" for figure in figures)


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
                # The writer itself: one that is forgotten closes its connection.
                stack.callback(lambda: writer.transport.abort())
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
