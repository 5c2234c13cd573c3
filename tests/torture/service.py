"""f1stream as a program under torture: where it is, and what it takes and holds."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from bench.processes import family
from tests.program import LOOPBACK, address, source, started
from tests.torture.inside import SAID, Inside

SERVE = ("serve", "--host", "127.0.0.1", "--port", "0")
QUICK = "connect_timeout = 2\nread_timeout = 2\n"
CACHE = "[cache]\nsegment_bytes = '16MiB'\n"
PROGRAM = ("-m", "tests.torture.inside")
MIB = 1 << 20


@dataclass(frozen=True)
class Service:
    """The program, what it has logged so far, and the play URLs of its streams by their titles."""

    pid: int
    url: str
    log: Sequence[str]
    streams: Mapping[str, str] = field(default_factory=dict)

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def rss_mib(self) -> float:
        """What it holds in memory, without the processes it has started."""
        return _rss_mib(self.pid)

    def family_mib(self) -> float:
        """The same with the processes it has started: the browser, and what drives it."""
        return sum(map(_rss_mib, family(self.pid)))

    def descriptors(self) -> int:
        return sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir())

    def unhandled(self) -> list[str]:
        """The lines of its log that tell of an exception that nobody expected."""
        signs = ("Traceback", "crashed", "never retrieved", "was destroyed but")
        return [line for line in self.log if any(sign in line for sign in signs)]

    async def inside(self) -> Inside:
        """What it holds inside. Raises `TimeoutError` where it does not say."""
        begun = len(self.log)
        os.kill(self.pid, signal.SIGUSR1)
        async with asyncio.timeout(30):
            while True:
                for line in self.log[begun:]:
                    if line.startswith(SAID):
                        return Inside(**json.loads(line.removeprefix(SAID)))
                await asyncio.sleep(0.05)


@asynccontextmanager
async def a_service(
    folder: Path, sources: Mapping[str, str], environment: Mapping[str, str] | None = None
) -> AsyncIterator[Service]:
    """It, once it has listed a stream of each of `sources`, upstream URLs by their names."""
    listed = "".join(source(name, url) for name, url in sources.items())
    configuration = LOOPBACK + QUICK + CACHE + listed
    log: list[str] = []
    async with started(
        folder,
        *SERVE,
        configuration=configuration,
        environment={"PYTHONPATH": str(Path.cwd()), **(environment or {})},
        program=PROGRAM,
    ) as process:
        assert process.stderr is not None
        async with asyncio.TaskGroup() as group:
            reading = group.create_task(_read(process.stderr, log))
            try:
                url = await address(process)
                yield Service(process.pid, url, log, await _streams(url, len(sources)))
                process.terminate()
                await process.wait()
                await reading
            finally:
                reading.cancel()


async def _streams(url: str, number: int) -> dict[str, str]:
    async with aiohttp.ClientSession(url) as operator, asyncio.timeout(60):
        while True:
            answer = await (await operator.get("/streams/all")).json()
            streams = {each["title"]: each["play_url"] for each in answer["streams"]}
            if len(streams) == number:
                return streams
            await asyncio.sleep(0.2)


async def _read(stream: asyncio.StreamReader, log: list[str]) -> None:
    async for line in stream:
        log.append(line.decode(errors="replace"))


def _rss_mib(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / MIB
