"""A crowd at an edge cache in front of two replicas, of which the leading one is killed."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from redis.asyncio import Redis

from bench.load.aside import run_aside
from bench.meter import metered
from bench.origin import SEGMENT_BYTES, Origin, serving
from bench.playlists import broadcast, multivariant_playlist
from bench.together.programs import Replica, edge, in_memory, redis, replica

RENDITIONS = 2
SEGMENTS = 6
DURATION_S = 4.0
# The work of a replica that is killed has moved by then.
MOVED_S = 15.0
START_S = 60.0


def main() -> None:
    """Measure; ends with 1 where a figure was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.together", description=__doc__)
    parser.add_argument("--viewers", type=int, default=200, metavar="N", help="200 by default")
    parser.add_argument("--seconds", type=float, default=20, metavar="S", help="20 by default")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=in_memory()) as folder:
        missed = asyncio.run(_measured(Path(folder), chosen.viewers, chosen.seconds))
    for what in missed:
        print(f"missed: {what}")
    sys.exit(1 if missed else 0)


async def _measured(folder: Path, viewers: int, seconds: float) -> list[str]:
    names = [f"live{number}" for number in range(RENDITIONS)]
    prefixes = {f"{name}.m3u8": f"segment/{name}/" for name in names}
    async with serving(folder / "origin") as origin, redis(folder / "redis") as port:
        origin.publish("live.m3u8", multivariant_playlist(f"{name}.m3u8" for name in names))
        async with (
            broadcast(origin, prefixes, count=SEGMENTS, duration_s=DURATION_S, every_s=DURATION_S),
            replica(folder / "1", port, origin) as first,
            replica(folder / "2", port, origin) as second,
            edge(folder / "edge", (first, second)) as address,
            Redis(port=port) as client,
        ):
            path = await _same_link((first, second))
            missed = await _crowd(address, path, origin, (first, second), client, viewers, seconds)
            return missed + await _killed((first, second))


async def _same_link(replicas: Sequence[Replica]) -> str:
    async with asyncio.timeout(START_S):
        while True:
            found = [await each.play_path() for each in replicas]
            if found[0] is not None and len(set(found)) == 1:
                # The second look, which tells that it is live, is a load, too.
                await asyncio.sleep(2 * DURATION_S)
                return found[0]
            await asyncio.sleep(0.2)


async def _crowd(
    address: str,
    path: str,
    origin: Origin,
    replicas: Sequence[Replica],
    client: Redis,
    viewers: int,
    seconds: float,
) -> list[str]:
    request = {
        "port": urlsplit(address).port,
        "path": path,
        "viewers": viewers,
        "renditions": RENDITIONS,
        "duration_s": DURATION_S,
        "segment_bytes": SEGMENT_BYTES,
        "join_s": min(10.0, seconds / 2),
        "watch_s": seconds,
    }
    before = await client.info()
    async with metered(replicas[0].pid, origin) as meter:
        found = await run_aside("bench.load.viewers", request)
    after = await client.info()
    fetches = [count for name, count in meter.fetches.items() if "/segment/" in name]
    print(f"{viewers} viewers for {seconds:g} s: {found}")
    print(f"upstream: {len(fetches)} segments, each fetched {min(fetches)} to {max(fetches)} times")
    for what in ("total_commands_processed", "total_net_input_bytes", "total_net_output_bytes"):
        print(f"redis: {what} {(after[what] - before[what]) / meter.wall_s:.0f} a second")
    missed = [f"a segment was fetched {max(fetches)} times"] if max(fetches) > 1 else []
    if found["failed_segments"]:
        missed.append(f"{found['failed_segments']} segments failed")
    return missed


async def _killed(replicas: Sequence[Replica]) -> list[str]:
    leader, other = sorted(replicas, key=lambda each: not each.leads)
    os.kill(leader.pid, signal.SIGKILL)
    killed_s = time.monotonic()
    took_s = 0.0
    while not other.leads and took_s < 2 * MOVED_S:
        await asyncio.sleep(0.05)
        took_s = time.monotonic() - killed_s
    print(f"the work of a killed replica moved within {took_s:.1f} s")
    return [f"that took longer than {MOVED_S:g} s"] if took_s > MOVED_S else []


if __name__ == "__main__":
    main()
