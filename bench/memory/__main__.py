"""A thousand viewers, extraction and browser checks, all of f1stream within 256 MiB."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp

from bench.limits import raise_open_files
from bench.load.aside import run_aside
from bench.load.playing import path_of
from bench.memory.group import Group, NoGroup, limited
from bench.memory.service import Service, serving
from bench.memory.watch import Watch
from bench.origin import SEGMENT_BYTES, Origin
from bench.origin import serving as upstream
from bench.playlists import broadcast, multivariant_playlist
from tests.browser.chromium import remote
from tests.extractors.servers.ytdlp import videos
from tests.listener import Listener
from tests.origin.forty import FORTY, Stock, encode_stock, opened

NEEDED = ("nginx", "openssl", "ffmpeg")
MIB = 1 << 20
RENDITIONS = 2
SEGMENTS = 6
DURATION_S = 4.0
JOIN_S = 10.0
# Readings by libraries, each in a process of its own; so often all may be asked for.
LIBRARIES = ("ytdlp", "streamlink")
EXTRACT_EVERY_S = 31.0
FOUND_S = 120.0

Sources = dict[str, tuple[str, str]]


def main() -> None:
    """Measure; ends with 1 where a figure was missed, with 2 where there can be no limit."""
    parser = argparse.ArgumentParser(prog="python -m bench.memory", description=__doc__)
    parser.add_argument("--mib", type=int, default=256, metavar="N", help="the limit: 256")
    parser.add_argument("--viewers", type=int, default=1000, metavar="N", help="1,000 by default")
    parser.add_argument("--seconds", type=float, default=150, metavar="S", help="150 by default")
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="1 by default")
    chosen = parser.parse_args()
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        sys.exit(f"needed, and not there: {', '.join(missing)}")
    raise_open_files()
    with tempfile.TemporaryDirectory(prefix="f1stream-bench-") as folder:
        stock = encode_stock(Path(folder, "stock"))
        try:
            missed = asyncio.run(_measured(chosen, Path(folder), stock))
        except NoGroup as error:
            print(f"not measured: {error}", file=sys.stderr)
            sys.exit(2)
    for what in missed:
        print(f"missed: {what}")
    sys.exit(1 if missed else 0)


async def _measured(chosen: argparse.Namespace, folder: Path, stock: Stock) -> list[str]:
    async with AsyncExitStack() as stack:
        group = await stack.enter_async_context(limited(chosen.mib * MIB))
        origin = await stack.enter_async_context(upstream(folder / "origin"))
        sources = await stack.enter_async_context(_published(origin, stock))
        _, cdp_url = await stack.enter_async_context(remote(folder / "browser"))
        service = await stack.enter_async_context(
            serving(folder / "service", group, sources, cdp_url=cdp_url, workers=chosen.workers)
        )
        path = path_of(await _play_url(service))
        await _proving(service)
        async with asyncio.TaskGroup() as aside:
            watch = Watch(service)
            tasks = [aside.create_task(watch.run()), aside.create_task(_extracting(service))]
            found = await _crowd(service, path, chosen.viewers, chosen.seconds)
            for task in tasks:
                task.cancel()
        return await _told(service, watch, found)


@asynccontextmanager
async def _published(origin: Origin, stock: Stock) -> AsyncIterator[Sources]:
    """What the crowd watches, the forty for the browser, and pages for the libraries."""
    names = [f"live{number}" for number in range(RENDITIONS)]
    prefixes = {f"{name}.m3u8": f"segment/{name}/" for name in names}
    origin.publish("live.m3u8", multivariant_playlist(f"{name}.m3u8" for name in names))
    async with (
        broadcast(origin, prefixes, count=SEGMENTS, duration_s=DURATION_S, every_s=DURATION_S),
        opened(stock) as ground,
        Listener() as nobody,
        videos(nobody) as site,
    ):
        sources = {"live": ("direct", f"{origin.http_url}/live.m3u8")}
        for kind in FORTY:
            sources[kind.name] = ("direct", kind.mount(ground, f"/{kind.name}/"))
        for library in LIBRARIES:
            sources[library] = (library, site.at("/live/index.m3u8"))
            sources[f"{library} page"] = (library, site.at("/race"))
        yield sources


async def _play_url(service: Service) -> str:
    """The link of what the crowd watches, once it is known to be live."""
    async with asyncio.timeout(FOUND_S):
        while True:
            for stream in await service.streams():
                if stream["site_name"] == "live" and stream["is_live"] and stream["checked_at"]:
                    return str(stream["play_url"])
            await asyncio.sleep(0.5)


async def _proving(service: Service) -> None:
    """Until the browser has proven a stream: from then on its driver is in the group as well."""
    for _ in range(int(FOUND_S)):
        if any(map(_is_proven, await service.streams())):
            return
        await asyncio.sleep(1)
    print("too busy to prove streams: the browser's driver is not in the figures")


def _is_proven(stream: dict[str, Any]) -> bool:
    proof = (stream["verdict"] or {}).get("proof")
    return proof is not None and "browser" in proof["means"]


async def _crowd(service: Service, path: str, viewers: int, seconds: float) -> dict[str, float]:
    request = {
        "port": service.port,
        "path": path,
        "viewers": viewers,
        "renditions": RENDITIONS,
        "duration_s": DURATION_S,
        "segment_bytes": SEGMENT_BYTES,
        "join_s": JOIN_S,
        "watch_s": seconds,
    }
    return await run_aside("bench.load.viewers", request)


async def _extracting(service: Service) -> None:
    """Have every source read, over and over, until cancelled."""
    async with aiohttp.ClientSession(f"http://127.0.0.1:{service.port}") as operator:
        while True:
            with suppress(aiohttp.ClientError):
                (await operator.post("/extract")).release()
            await asyncio.sleep(EXTRACT_EVERY_S)


async def _told(service: Service, watch: Watch, found: dict[str, float]) -> list[str]:
    numbers, group = await service.numbers(), service.group
    print(f"viewers: {found}")
    print(watch.said())
    for name in ("extractions_total", "verifications_total", "upstream_errors_total"):
        for each, value in numbers.items():
            if each.startswith(f"f1stream_{name}"):
                print(f"{each} {value:.0f}")
    for line in service.log():
        if "memory" in line or "Traceback" in line or "crashed" in line:
            print(line)
    return _missed(group, found)


def _missed(group: Group, found: dict[str, float]) -> list[str]:
    figures = {
        "killed for want of memory": group.kills,
        "failed answers": found["failed_segments"],
        "viewers that had to wait": found["late_viewers"],
    }
    return [f"{what}: {count:.0f}" for what, count in figures.items() if count]


if __name__ == "__main__":
    main()
