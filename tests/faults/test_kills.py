"""Killed at any moment, under load: it is back within seconds, and knows what it knew.

`F1STREAM_KILLS=200` before pytest kills it that often, and `-s` shows how long the starts took.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import statistics
import time
from pathlib import Path

import aiohttp

from tests.origin import Origin
from tests.program import LOOPBACK, address, source, started

KILLS = int(os.environ.get("F1STREAM_KILLS", "10"))
SERVE = ("serve", "--host", "127.0.0.1", "--port", "0")
SEGMENT = random.Random(7).randbytes(300_000)
# Of a processor, so that a busy machine does not matter.
MOST_RESTART_S = 2.0
STREAMS = 20


def configured(origin: Origin) -> str:
    origin.route("/0.ts", SEGMENT)
    origin.route("/x.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n0.ts\n")
    sources = (source(f"S{number}", origin.at(f"/x.m3u8?{number}")) for number in range(STREAMS))
    return LOOPBACK + "".join(sources)


def processor_s(pid: int) -> float:
    """How long a process has worked, in itself and in the kernel: proc(5)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def listed(viewer: aiohttp.ClientSession) -> dict[str, str]:
    """The play URLs of all streams, by their ids."""
    answer = await (await viewer.get("/streams/all")).json()
    return {stream["id"]: stream["play_url"] for stream in answer["streams"]}


async def watch(viewer: aiohttp.ClientSession, play_url: str) -> None:
    """Play until the service is gone; what comes whole is right."""
    while True:
        try:
            playlist = await (await viewer.get(play_url)).text()
            async with viewer.get("/" + playlist.splitlines()[-1]) as response:
                assert await response.read() == SEGMENT
        except aiohttp.ClientError:
            return


async def test_killed_at_any_moment_it_is_back_at_once_and_knows_what_it_knew(
    tmp_path: Path, origin: Origin
) -> None:
    configuration = configured(origin)
    chance = random.Random(KILLS)
    known: dict[str, str] = {}
    took_s: list[float] = []
    waited_s: list[float] = []
    for _ in range(KILLS + 1):
        began_s = time.monotonic()
        async with started(tmp_path, *SERVE, configuration=configuration) as process:
            async with aiohttp.ClientSession(await address(process)) as viewer:
                async with viewer.get("/health") as response:
                    assert response.status == 200
                waited_s.append(time.monotonic() - began_s)
                took_s.append(await asyncio.to_thread(processor_s, process.pid))
                # Links that were handed out go on, and no stream that was listed is lost.
                now = await listed(viewer)
                assert known.items() <= now.items()
                async with asyncio.timeout(20):
                    while len(now) < STREAMS:
                        await asyncio.sleep(0.02)
                        now = await listed(viewer)
                kept = tmp_path / "data" / "catalogue.json"
                async with asyncio.TaskGroup() as load:
                    for play_url in list(now.values())[:5]:
                        load.create_task(watch(viewer, play_url))
                    await asyncio.sleep(chance.random() * 1.5)
                    if await asyncio.to_thread(kept.exists):
                        # Written at least once: from here on nothing of it may be lost.
                        known = now
                    process.send_signal(signal.SIGKILL)
                    await process.wait()
        folder = await asyncio.to_thread(os.listdir, tmp_path / "data")
        assert not [name for name in folder if "corrupt" in name or "aside" in name]
    print(
        f"\n| kills, each start until it serves, median and most | {KILLS}, "
        f"{statistics.median(waited_s):.2f} s and {max(waited_s):.2f} s; of a processor "
        f"{statistics.median(took_s):.2f} s and {max(took_s):.2f} s |"
    )
    assert max(took_s) < MOST_RESTART_S, took_s
