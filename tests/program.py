"""f1stream run as a program, and what the system knows of its processes."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

LOOPBACK = '[upstream]\nallow_private = ["127.0.0.0/8"]\n'


def source(name: str, url: str) -> str:
    return f'[[sources]]\ntype = "direct"\nname = "{name}"\nurl = "{url}"\n'


@asynccontextmanager
async def started(
    folder: Path,
    *arguments: str,
    configuration: str = "",
    environment: Mapping[str, str] | None = None,
    program: tuple[str, ...] = ("-m", "f1stream"),
) -> AsyncIterator[Process]:
    """The program, in a folder with that configuration; killed at the end of the block.

    `program` is what of Python's command line makes it.
    """
    file = folder / "f1stream.toml"
    file.write_text(configuration)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, *program, *arguments),
        stdout=PIPE,
        stderr=PIPE,
        cwd=folder,
        env={
            **os.environ,
            "F1STREAM_DATA__DIR": str(folder / "data"),
            "F1STREAM_SCHEDULE__ENABLED": "false",
            "F1STREAM_VERIFY__ENABLED": "false",
            **(environment or {}),
        },
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def address(process: Process) -> str:
    """Where it says it is, once it does."""
    assert process.stdout is not None
    async with asyncio.timeout(20):
        line = (await process.stdout.readline()).decode()
    found = re.search(r"http://\S+", line)
    assert found, line
    return found[0]


def children(pid: int) -> set[int]:
    """The processes that a process has started and that still run."""
    return {child for child, parent, state in _processes() if parent == pid and state != "Z"}


def alive(pids: set[int]) -> set[int]:
    """Those that still run."""
    return pids & {pid for pid, _, state in _processes() if state != "Z"}


def served_by(port: int, viewer_port: int, pids: set[int]) -> int:
    """Which process has accepted the connection of a viewer on loopback, by its local port."""
    inode = _inode(port, viewer_port)
    [pid] = [pid for pid in pids if f"socket:[{inode}]" in _open_files(pid)]
    return pid


def _processes() -> list[tuple[int, int, str]]:
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, parent = (folder / "stat").read_text().rpartition(") ")[2].split()[:2]
        except OSError:
            continue
        found.append((int(folder.name), int(parent), state))
    return found


def _inode(port: int, viewer_port: int) -> str:
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        local, remote = (int(fields[at].rpartition(":")[2], 16) for at in (1, 2))
        if (local, remote) == (port, viewer_port):
            return fields[9]
    raise AssertionError(f"no connection from port {viewer_port} is open")


def _open_files(pid: int) -> set[str]:
    found = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        # One may be closed meanwhile.
        with suppress(OSError):
            found.add(str(link.readlink()))
    return found
