"""f1stream within the limit, with all that its background does: sources, libraries, a browser."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.load.playing import fetched
from bench.memory.group import Group
from bench.processes import free_port, running

TREE = Path(__file__).resolve().parents[2]
_CONFIGURATION = """
[server]
host = "127.0.0.1"
workers = {workers}

[data]
dir = "{directory}/data"

[upstream]
allow_private = ["127.0.0.0/8"]

[verify]
cdp_url = "{cdp_url}"
"""
_SOURCE = """
[[sources]]
type = "{kind}"
name = "{name}"
url = "{url}"
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A running f1stream, by its process, its address and the group that it is in."""

    pid: int
    port: int
    group: Group
    directory: Path

    async def streams(self) -> list[dict[str, Any]]:
        """What is listed, playable or not."""
        answer = await fetched(f"http://127.0.0.1:{self.port}/streams/all")
        streams: list[dict[str, Any]] = json.loads(answer)["streams"]
        return streams

    async def numbers(self) -> dict[str, float]:
        """`/metrics`, each by its name and labels."""
        text = (await fetched(f"http://127.0.0.1:{self.port}/metrics")).decode()
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    def log(self) -> list[str]:
        """What it has said so far."""
        return (self.directory / "log.txt").read_text(errors="replace").splitlines()


@asynccontextmanager
async def serving(
    directory: Path,
    group: Group,
    sources: Mapping[str, tuple[str, str]],
    *,
    cdp_url: str,
    workers: int,
) -> AsyncIterator[Service]:
    """It, in `group` from its first instruction on; `sources` are kinds and URLs by name."""
    head = _CONFIGURATION.format(directory=directory, cdp_url=cdp_url, workers=workers)
    blocks = (
        _SOURCE.format(kind=kind, name=name, url=url) for name, (kind, url) in sources.items()
    )
    await asyncio.to_thread(directory.mkdir)
    configuration = directory / "f1stream.toml"
    configuration.write_text(head + "".join(blocks))
    port = free_port()
    argv = [sys.executable, "-m", "f1stream", "serve", "--config", str(configuration)]
    env = {
        "PYTHONPATH": str(TREE),
        "F1STREAM_SECRET": "a secret of this benchmark",
        "F1STREAM_SCHEDULE__ENABLED": "false",
        "F1STREAM_SERVER__LOG_FORMAT": "text",
    }
    async with running(
        group.entered([*argv, "--port", str(port)]), directory=directory, port=port, env=env
    ) as pid:
        yield Service(pid, port, group, directory)
