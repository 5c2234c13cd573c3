"""f1stream in a control group with too little memory for what its cache may hold."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bench.memory.group import Group, NoGroup, limited
from bench.processes import free_port, running
from tests.image.build import REPOSITORY
from tests.origin import Origin
from tests.program import LOOPBACK, source

MIB = 1 << 20
CACHE_BYTES = 128 * MIB
# What each worker needs beside its cache, and a part of that cache.
LIMITS = {1: 160 * MIB, 3: 240 * MIB}
SEGMENTS = 60
SEGMENT_BYTES = 4 * MIB
# So often that a body is moved to a file in memory, and is there twice for a moment.
READS = 9


@pytest.fixture
async def group(workers: int) -> AsyncIterator[Group]:
    try:
        async with limited(LIMITS[workers]) as group:
            yield group
    except NoGroup as error:
        pytest.skip(str(error))


@asynccontextmanager
async def served(folder: Path, group: Group, workers: int, url: str) -> AsyncIterator[str]:
    """f1stream with one source, in the group from its first instruction on."""
    configuration = f"[server]\nworkers = {workers}\n[cache]\nsegment_bytes = {CACHE_BYTES}\n"
    (folder / "f1stream.toml").write_text(configuration + LOOPBACK + source("A", url))
    port = free_port()
    argv = [sys.executable, "-m", "f1stream", "serve", "--host", "127.0.0.1", "--port", str(port)]
    env = {
        "PYTHONPATH": str(REPOSITORY),
        "F1STREAM_DATA__DIR": str(folder / "data"),
        "F1STREAM_SCHEDULE__ENABLED": "false",
        "F1STREAM_VERIFY__ENABLED": "false",
        "F1STREAM_SERVER__LOG_FORMAT": "json",
    }
    async with running(group.entered(argv), directory=folder, port=port, env=env):
        yield f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("workers", [1, 3])
async def test_the_cache_gives_way_before_the_limit_is_met(
    tmp_path: Path, group: Group, workers: int
) -> None:
    async with Origin() as origin:
        async with served(tmp_path, group, workers, _film(origin)) as url:
            async with aiohttp.ClientSession() as viewer:
                for link in await _links(viewer, url):
                    sizes = await asyncio.gather(*(_read(f"{url}/{link}") for _ in range(READS)))
                    assert sizes == [SEGMENT_BYTES] * READS
                await asyncio.sleep(1.5)
                numbers = await _numbers(viewer, url)
            assert group.kills == 0
    assert numbers["f1stream_memory_limit_bytes"] == LIMITS[workers]
    assert 0 < numbers["f1stream_memory_used_bytes"] < LIMITS[workers]
    whole_bytes = CACHE_BYTES if workers == 1 else CACHE_BYTES / 2
    assert numbers["f1stream_segment_cache_limit_bytes"] < whole_bytes
    log = [json.loads(each) for each in (tmp_path / "log.txt").read_text().splitlines()[1:]]
    [told] = [each["message"] for each in log if "cache.segment_bytes" in each["message"]]
    assert f"of {LIMITS[workers] // MIB} MiB of memory are in use" in told
    assert "raise the memory limit" in told


def _film(origin: Origin) -> str:
    body = random.Random(1).randbytes(SEGMENT_BYTES)
    for number in range(SEGMENTS):
        origin.route(f"/{number}.ts", body)
    lines = "".join(f"#EXTINF:4,\n{number}.ts\n" for number in range(SEGMENTS))
    head = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PLAYLIST-TYPE:VOD\n"
    return origin.route("/x.m3u8", f"{head}{lines}#EXT-X-ENDLIST\n")


async def _links(viewer: aiohttp.ClientSession, url: str) -> list[str]:
    async with asyncio.timeout(30):
        while not (known := (await (await viewer.get(f"{url}/streams")).json())["streams"]):
            await asyncio.sleep(0.1)
    text = await (await viewer.get(url + known[0]["play_url"])).text()
    return [line for line in text.splitlines() if line and line[0] != "#"]


async def _read(url: str) -> int:
    """By a connection of its own, so that all workers get some."""
    async with aiohttp.ClientSession() as viewer, viewer.get(url) as answer:
        assert answer.status == 200
        return len(await answer.read())


async def _numbers(viewer: aiohttp.ClientSession, url: str) -> dict[str, float]:
    text = await (await viewer.get(f"{url}/metrics")).text()
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}
