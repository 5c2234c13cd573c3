"""f1stream, from the tree this file is in."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

from bench.load.playing import fetched
from bench.peers.base import Ground, Peer, Service
from bench.processes import ProgramFailed, free_port, running

TREE = Path(__file__).resolve().parents[2]
FOUND_S = 30

_CONFIGURATION = """
[server]
host = "127.0.0.1"
workers = {workers}

[data]
dir = "{directory}/data"

[upstream]
allow_private = ["127.0.0.0/8"]
ca_file = "{ca_file}"

[cache]
segment_bytes = "{cache_bytes}"
prefetch = {prefetch}
"""
_SOURCE = """
[[sources]]
type = "direct"
name = "{name}"
url = "{upstream_url}/{name}"
"""


class F1Stream(Peer):
    """`serve`, with one direct source for each playlist."""

    name: ClassVar[str] = "f1stream"
    prefetch: ClassVar[bool] = True

    def installed(self) -> bool:
        return True

    @asynccontextmanager
    async def serving(self, ground: Ground) -> AsyncIterator[Service]:
        port = free_port()
        (ground.directory / "data").mkdir()
        configuration = ground.directory / "f1stream.toml"
        configuration.write_text(_configuration(ground, prefetch=self.prefetch))
        argv = [sys.executable, "-m", "f1stream", "serve", "--config", str(configuration)]
        env = {
            "PYTHONPATH": str(TREE),
            "F1STREAM_SECRET": "a secret of this benchmark",
            "F1STREAM_SCHEDULE__ENABLED": "false",
            "F1STREAM_VERIFY__ENABLED": "false",
        }
        async with running(
            [*argv, "--port", str(port)], directory=ground.directory, port=port, env=env
        ) as pid:
            urls = await _play_urls(f"http://127.0.0.1:{port}", len(ground.playlists))
            yield Service(pid, port, urls.__getitem__)


class OnDemand(F1Stream):
    """The same without fetching anything before somebody asks."""

    name: ClassVar[str] = "f1stream-on-demand"
    prefetch: ClassVar[bool] = False


def _configuration(ground: Ground, *, prefetch: bool) -> str:
    head = _CONFIGURATION.format(
        directory=ground.directory,
        workers=ground.workers,
        ca_file=ground.ca_file,
        cache_bytes=ground.cache_bytes,
        prefetch=str(prefetch).lower(),
    )
    sources = (
        _SOURCE.format(name=name, upstream_url=ground.upstream_url) for name in ground.playlists
    )
    return head + "".join(sources)


async def _play_urls(base: str, count: int) -> dict[str, str]:
    """The players' URL of each source, once all are found and checked: a check is a load, too.

    A live stream is looked at twice, a target duration apart, before it is known to be live.
    """
    streams: list[dict[str, Any]] = []
    looks: dict[str, set[str]] = {}
    try:
        async with asyncio.timeout(FOUND_S):
            while len(streams) < count or not all(_is_known(one, looks) for one in streams):
                await asyncio.sleep(0.1)
                streams = json.loads(await fetched(f"{base}/streams/all"))["streams"]
                for one in streams:
                    looks.setdefault(one["id"], set()).add(one["checked_at"])
    except TimeoutError:
        raise ProgramFailed(f"found and checked {len(streams)} of {count} sources") from None
    unplayable = [one["title"] for one in streams if not one["verdict"]["playable"]]
    if unplayable:
        raise ProgramFailed(f"f1stream finds that these do not play: {unplayable}")
    return {one["title"]: base + one["play_url"] for one in streams}


def _is_known(stream: dict[str, Any], looks: dict[str, set[str]]) -> bool:
    checks = looks.get(stream["id"], set()) - {None}
    return len(checks) >= (2 if stream["is_live"] else 1)
