"""Programs under measurement: started alone, measured with their children, ended by their pid."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

START_S = 30
STOP_S = 12
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class ProgramFailed(Exception):
    """A program did not start, or ended too early; the text holds the end of its log."""


@asynccontextmanager
async def running(
    argv: Sequence[str],
    *,
    directory: Path,
    port: int,
    env: Mapping[str, str] | None = None,
) -> AsyncIterator[int]:
    """Run `argv` in `directory` while the block lasts; yields its pid once `port` answers.

    `env` is added to this process's environment.
    """
    log_path = directory / "log.txt"
    with log_path.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=directory,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    try:
        await _answering(process, port, log_path)
        yield process.pid
    finally:
        await _ended(process)


async def _answering(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    try:
        async with asyncio.timeout(START_S):
            while process.returncode is None:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)
    except TimeoutError:
        pass
    raise ProgramFailed(f"nothing answers on port {port}; the end of the log:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Ask the program to end; its session, which is its own, is killed where that is not enough."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_S):
            await process.wait()
    except TimeoutError:
        pass
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


def free_port() -> int:
    """A loopback port that nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def family(pid: int) -> list[int]:
    """`pid` and all that descend from it."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            for children in Path(f"/proc/{parent}/task").glob("*/children"):
                found += map(int, children.read_text().split())
    return found


def cpu_s(pid: int) -> float:
    """User and system seconds that `pid` and its descendants have used so far."""
    return sum(_own_cpu_s(member) for member in family(pid))


def _own_cpu_s(pid: int) -> float:
    """One process and the children it has already waited for.

    The process's CPU clock is the sum of utime and stime in /proc/<pid>/stat, in nanoseconds
    instead of ticks of 10 ms; the children that ended are in stat alone.
    """
    clock_id = (~pid << 3) | 2
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return time.clock_gettime(clock_id) + (int(fields[13]) + int(fields[14])) / _TICKS_PER_S
    except OSError:
        return 0.0


def pss_bytes(pid: int) -> int:
    """Resident memory of `pid` and its descendants; pages shared by several count once."""
    return sum(_own_pss_bytes(member) for member in family(pid))


def _own_pss_bytes(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    for line in rollup.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0
