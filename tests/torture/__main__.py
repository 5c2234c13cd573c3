"""`python -m tests.torture [--soak SECONDS] [--viewers N] [--idle N] [--report FILE]`."""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from f1stream.net import descriptors
from tests.origin import Origin
from tests.origin.faults import (
    BrokenChunk,
    Late,
    Reset,
    SlowBody,
    StallInBody,
    Status,
    Truncate,
)
from tests.program import LOOPBACK, address, source, started
from tests.torture.crowd import Checked, checking, idle, p99_ms, slow

SERVE = ("serve", "--host", "127.0.0.1", "--port", "0")
QUICK = "connect_timeout = 2\nread_timeout = 2\n"
FAULTS = (
    Status(500),
    Status(503),
    Reset(),
    Reset(1_000),
    Truncate(5_000),
    BrokenChunk(3_000),
    StallInBody(2_000),
    Late(0.5),
    SlowBody(20_000, 0.05),
)
SEGMENTS = 40
# By turns, as a busy machine is never the same for long.
TURNS = 3
# Until those who have come are only there.
SETTLE_S = 3


@dataclass(frozen=True)
class Service:
    """f1stream as a program, with targets by what they lead to."""

    pid: int
    url: str
    playlist: str
    targets: dict[str, bytes]

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def rss_mib(self) -> float:
        pages = int(Path(f"/proc/{self.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)

    def descriptors(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())


@asynccontextmanager
async def a_service(folder: Path, origin: Origin, log: list[str]) -> AsyncIterator[Service]:
    bodies = [random.Random(number).randbytes(20_000 * (number + 1)) for number in range(SEGMENTS)]
    for number, body in enumerate(bodies):
        origin.route(f"/{number}.ts", body)
    lines = "".join(f"#EXTINF:4,\n{number}.ts\n" for number in range(SEGMENTS))
    playlist = origin.route("/x.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n{lines}")
    configuration = LOOPBACK + QUICK + "[cache]\nsegment_bytes = '16MiB'\n" + source("A", playlist)
    async with started(folder, *SERVE, configuration=configuration) as process:
        assert process.stderr is not None
        reading = asyncio.create_task(_read(process.stderr, log))
        url = await address(process)
        async with aiohttp.ClientSession(url) as viewer:
            async with asyncio.timeout(30):
                while not (known := (await (await viewer.get("/streams")).json())["streams"]):
                    await asyncio.sleep(0.1)
            text = await (await viewer.get(known[0]["play_url"])).text()
        paths = ["/" + line for line in text.splitlines() if line and line[0] != "#"]
        targets = dict(zip(paths, bodies, strict=True))
        yield Service(process.pid, url, known[0]["play_url"], targets)
        process.terminate()
        await process.wait()
        await reading


async def _read(stream: asyncio.StreamReader, log: list[str]) -> None:
    async for line in stream:
        log.append(line.decode(errors="replace"))


async def crowd(service: Service, number: int, seconds: float) -> list[str]:
    """Fast viewers alone, and beside idle and slow ones, by turns."""
    fast, large = list(service.targets)[4], list(service.targets)[-1]
    alone, beside, held = [], [], 0
    rss_mib = service.rss_mib()
    for _ in range(TURNS):
        alone.append(await p99_ms(service.port, fast, viewers=50, seconds=seconds))
        async with idle(service.port, number) as inside, slow(service.port, large, 200):
            await asyncio.sleep(SETTLE_S)
            beside.append(await p99_ms(service.port, fast, viewers=50, seconds=seconds))
            most_mib, held = service.rss_mib(), inside
    ratios = sorted(b / a for a, b in zip(alone, beside, strict=True))
    return [
        f"| idle connections held | {held} of {number} |",
        f"| fast viewers' p99 beside them and 200 slow readers, to alone (each turn) | "
        f"{' · '.join(f'{ratio:.2f}' for ratio in ratios)} |",
        f"| p99 alone, in ms | {' · '.join(f'{ms:.1f}' for ms in alone)} |",
        f"| memory that all of them take | {most_mib - rss_mib:.0f} MiB |",
    ]


async def soak(service: Service, origin: Origin, viewers: int, seconds: float) -> list[str]:
    """Viewers who join and leave while the upstream fails at random."""
    seen = Checked()
    rss: list[tuple[float, float]] = []
    open_before = service.descriptors()
    began_s = time.monotonic()
    targets = dict(service.targets)
    async with aiohttp.ClientSession(service.url) as operator:
        tasks = [asyncio.create_task(checking(service.port, targets, seen)) for _ in range(viewers)]
        while (now_s := time.monotonic() - began_s) < seconds:
            origin.heal()
            for _ in range(random.randint(0, 5)):
                path = f"/{random.randrange(SEGMENTS)}.ts"
                origin.fault(path, random.choice(FAULTS), times=random.randint(1, 3))
            if random.random() < 0.1:
                (await operator.post("/extract")).release()
            rss.append((now_s, service.rss_mib()))
            await asyncio.sleep(1)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        origin.heal()
    bodies = f"{seen.whole} · {seen.short} · {seen.wrong}"
    faults = [each for each in ended if not isinstance(each, asyncio.CancelledError)]
    with suppress(TimeoutError):
        async with asyncio.timeout(60):
            while service.descriptors() > open_before + 40:
                await asyncio.sleep(1)
    settled = [mib for at_s, mib in rss if at_s >= min(300, seconds / 2)]
    return [
        f"| soak | {seconds:.0f} s, {viewers} viewers |",
        f"| answers by status | {dict(sorted(seen.statuses.items()))} |",
        f"| bodies whole and right · cut short · wrong | {bodies} |",
        f"| viewers that failed | {len(faults)} |",
        f"| memory after half, or five minutes | {min(settled):.0f} to {max(settled):.0f} MiB |",
        f"| descriptors before · after | {open_before} · {service.descriptors()} |",
    ]


async def main(options: argparse.Namespace) -> int:
    log: list[str] = []
    with tempfile.TemporaryDirectory() as name:
        async with Origin() as origin, a_service(Path(name), origin, log) as service:
            rows = await crowd(service, options.idle, options.turn)
            print("\n".join(rows), flush=True)
            rows += await soak(service, origin, options.viewers, options.soak)
    unhandled = sum("Traceback" in line or "crashed" in line for line in log)
    rows.append(f"| unhandled exceptions logged | {unhandled} |")
    report = "\n".join(["# Torture", "", "| what | figure |", "| --- | --- |", *rows, ""])
    print(report)
    if options.report:
        options.report.write_text(report)
    return 1 if unhandled else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("--soak", type=float, default=1800, help="seconds of the soak")
    parser.add_argument("--turn", type=float, default=10, help="seconds of each turn of the crowd")
    parser.add_argument("--viewers", type=int, default=300)
    parser.add_argument("--idle", type=int, default=10_000)
    parser.add_argument("--report", type=Path, help="write the figures there as well")
    descriptors.raise_limit()
    sys.exit(asyncio.run(main(parser.parse_args())))
