"""The programs: a Redis, replicas that share it, and an nginx in front of them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.load.playing import fetched
from bench.origin import Origin
from bench.processes import free_port, running
from tests.deploy.edges import in_front, nginx

TREE = Path(__file__).resolve().parents[2]
LEASE_S = 9
_CONFIGURATION = """
[upstream]
allow_private = ["127.0.0.0/8"]

[[sources]]
type = "direct"
name = "live"
url = "{url}/live.m3u8"
"""


@dataclass(frozen=True, slots=True)
class Replica:
    """A running f1stream, by its process and its port."""

    pid: int
    port: int
    directory: Path

    @property
    def leads(self) -> bool:
        """Whether it has said so, and nothing else since."""
        roles = [
            line
            for line in (self.directory / "log.txt").read_text().splitlines()
            if "one of several replicas" in line
        ]
        return bool(roles) and "leads and works" in roles[-1]

    async def play_path(self) -> str | None:
        """What plays the stream, once this replica knows that it plays."""
        listed = json.loads(await fetched(f"http://127.0.0.1:{self.port}/streams"))["streams"]
        return listed[0]["play_url"] if listed else None


@asynccontextmanager
async def redis(directory: Path) -> AsyncIterator[int]:
    """A Redis that keeps nothing on disk; yields its port."""
    port = free_port()
    options = ("--port", str(port), "--bind", "127.0.0.1", "--save", "")
    async with running(["redis-server", *options], directory=_made(directory), port=port):
        yield port


@asynccontextmanager
async def replica(directory: Path, redis_port: int, origin: Origin) -> AsyncIterator[Replica]:
    """An f1stream with one live stream."""
    (_made(directory) / "f1stream.toml").write_text(_CONFIGURATION.format(url=origin.http_url))
    port = free_port()
    env = {
        "PYTHONPATH": str(TREE),
        "F1STREAM_DATA__DIR": str(directory / "data"),
        "F1STREAM_REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "F1STREAM_DATA__REDIS_LEASE": str(LEASE_S),
        "F1STREAM_SCHEDULE__ENABLED": "false",
        "F1STREAM_VERIFY__ENABLED": "false",
    }
    argv = [sys.executable, "-m", "f1stream", "serve", "--host", "127.0.0.1", "--port", str(port)]
    async with running(argv, directory=directory, port=port, env=env) as pid:
        yield Replica(pid, port, directory)


@asynccontextmanager
async def edge(directory: Path, replicas: Sequence[Replica]) -> AsyncIterator[str]:
    """The nginx of docs/deploy in front of them; yields its address."""
    first, *others = (each.port for each in replicas)

    def several(folder: Path, port: int, behind: int) -> list[str]:
        argv = nginx(folder, port, behind)
        conf = folder / "nginx.conf"
        servers = "\n".join(f"server 127.0.0.1:{each};" for each in (behind, *others))
        conf.write_text(conf.read_text().replace(f"server 127.0.0.1:{behind};", servers))
        return argv

    async with in_front(several, _made(directory), first) as address:
        yield address


def in_memory() -> Path | None:
    """Where files are memory."""
    memory = Path("/dev/shm")
    return memory if os.access(memory, os.W_OK) else None


def _made(directory: Path) -> Path:
    directory.mkdir()
    return directory
