"""The judging service as seen from outside: orders, answers, and what it holds meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.processes import family
from bench.verify.service import ALL_JUDGED
from tests.verifier.judging import Judged

END_S = 30
LONGEST_LINE_BYTES = 1 << 20
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Held:
    """What the service holds between two rounds; `processes` are it and all below it."""

    rss_bytes: int
    descriptors: int
    browser_descriptors: int
    processes: int
    browser: str


class Service:
    """`judge` and `play` are orders, one at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._browser = ""

    async def judge(self, upstreams: Mapping[str, str]) -> dict[str, Judged]:
        """The verdicts on streams, by their names."""
        answer = await self._ordered({"judge": dict(upstreams)})
        self._browser = answer["browser"]
        return ALL_JUDGED.validate_python(answer["judged"])

    async def play_url(self, upstream: str) -> str:
        """What a viewer's player is given."""
        return str((await self._ordered({"play": upstream}))["play"])

    def held(self) -> Held:
        """What it holds now."""
        pid = self._process.pid
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
        browser = self.browser_pid()
        return Held(
            rss_bytes=int(pages) * PAGE_BYTES,
            descriptors=_descriptors(pid),
            browser_descriptors=_descriptors(browser) if browser else 0,
            processes=len(family(pid)),
            browser=self._browser,
        )

    def family(self) -> list[int]:
        """It, and all that descend from it."""
        return family(self._process.pid)

    def browser_pid(self) -> int | None:
        """The browser's own process, which those of its pages belong to."""
        return next(filter(_is_browser, self.family()), None)

    def kill_browser(self) -> None:
        """As the kernel does when memory is short."""
        if pid := self.browser_pid():
            os.kill(pid, signal.SIGKILL)

    async def _ordered(self, order: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the service ended; what it says is above")
        answer: dict[str, Any] = json.loads(line)
        return answer


@asynccontextmanager
async def started(folder: Path) -> AsyncIterator[Service]:
    """The service for the life of the block. Raises `RuntimeError` where a process survives it."""
    command = (sys.executable, "-m", "bench.verify.service", str(folder))
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE_BYTES
    )
    assert process.stdin is not None
    service = Service(process)
    members: list[int] = []
    try:
        yield service
        members = service.family()
    finally:
        process.stdin.close()
        try:
            async with asyncio.timeout(END_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
    if left := [pid for pid in members if _is_running(pid)]:
        raise RuntimeError(f"{len(left)} processes are left of the service")


def _descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _is_browser(pid: int) -> bool:
    with suppress(OSError):
        command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        return "--headless" in command and "--type=" not in command and "chrom" in command
    return False


def _is_running(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False
