"""Viewers on bad lines, and whether the others notice."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from statistics import mean
from typing import ClassVar

from bench.load.aside import run_aside
from bench.load.playing import paths
from bench.meter import metered
from bench.origin import PART_BYTES, Origin
from bench.playlists import media_playlist
from bench.scenarios.base import Figures, Served, Stage, once_published

FAST = 100
SLOW = 200
EVERY_S = 0.2
SLOW_BYTES_PER_S = 20_000
SETTLE_S = 1.5
# By turns, as a p99 is a matter of a few answers.
TURNS = 2


class Slow(Served):
    """A hundred fast viewers ask for parts: first alone, then beside two hundred slow ones."""

    name: ClassVar[str] = "slow"
    about: ClassVar[str] = (
        "100 viewers taking 100 kB five times a second, alone and beside 200 that take a segment "
        "at 20 kB/s"
    )
    peers: ClassVar[tuple[str, ...]] = ("f1stream", "nginx-cache")

    def playlists(self) -> tuple[str, ...]:
        return ("slow.m3u8",)

    def published(self, origin: Origin) -> AbstractAsyncContextManager[None]:
        playlist = media_playlist(["segment/0.ts", "part/0.ts"], duration_s=4, ended=True)
        return once_published(origin, "slow.m3u8", playlist)

    async def load(self, stage: Stage) -> Figures:
        segment, part = await paths(stage.service.playlist_url("slow.m3u8"))
        fast = {
            "port": stage.service.port,
            "path": part,
            "viewers": FAST,
            "every_s": EVERY_S,
            "duration_s": stage.options.load_s,
            "least_bytes": PART_BYTES,
        }
        slow = {
            "port": stage.service.port,
            "path": segment,
            "viewers": SLOW,
            "bytes_per_s": SLOW_BYTES_PER_S,
            "duration_s": SETTLE_S + stage.options.load_s,
        }
        alone_ms, beside_ms = [], []
        async with metered(stage.service.pid, stage.origin) as meter:
            for _ in range(TURNS):
                alone_ms.append((await run_aside("bench.load.paced", fast))["p99_ms"])
                beside_ms.append(await _beside(fast, slow))
        return {
            "alone_p99_ms": mean(alone_ms),
            "beside_p99_ms": mean(beside_ms),
            "p99_ratio": mean(beside_ms) / mean(alone_ms),
            "pss_mib": meter.pss_peak_bytes / (1 << 20),
        }


async def _beside(fast: Mapping[str, object], slow: Mapping[str, object]) -> float:
    """The p99 of the fast ones, in milliseconds, while the slow ones are at it."""
    sipping = asyncio.create_task(run_aside("bench.load.sippers", slow))
    try:
        await asyncio.sleep(SETTLE_S)
        p99_ms: float = (await run_aside("bench.load.paced", fast))["p99_ms"]
    finally:
        await sipping
    return p99_ms
