"""Two hours to rewind: a long playlist of which little changes."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from bench.load.aside import run_aside
from bench.load.playing import path_of
from bench.meter import metered
from bench.origin import Origin
from bench.playlists import broadcast
from bench.scenarios.base import Figures, Served, Stage

SEGMENTS = 3600
DURATION_S = 2.0
CONNECTIONS = 8
REFRESHES_PER_LOAD_S = 1.5


class Dvr(Served):
    """Eight players poll a playlist of 3,600 segments, each once a refresh."""

    name: ClassVar[str] = "dvr"
    about: ClassVar[str] = "8 players polling a playlist of 3,600 segments that moves on every 2 s"
    peers: ClassVar[tuple[str, ...]] = ("f1stream", "nginx-cache", "hls-proxy", "old-relay")

    def playlists(self) -> tuple[str, ...]:
        return ("dvr.m3u8",)

    def published(self, origin: Origin) -> AbstractAsyncContextManager[None]:
        prefixes = {"dvr.m3u8": "segment/"}
        return broadcast(
            origin, prefixes, count=SEGMENTS, duration_s=DURATION_S, every_s=DURATION_S
        )

    async def load(self, stage: Stage) -> Figures:
        refreshes = max(2, round(REFRESHES_PER_LOAD_S * stage.options.load_s))
        request = {
            "port": stage.service.port,
            "path": path_of(stage.service.playlist_url("dvr.m3u8")),
            "viewers": CONNECTIONS,
            "every_s": DURATION_S,
            "duration_s": refreshes * DURATION_S,
            "least_bytes": SEGMENTS * len("segment/0.ts"),
        }
        async with metered(stage.service.pid, stage.origin) as meter:
            found = await run_aside("bench.load.paced", request)
        return {
            "cpu_ms_per_refresh": 1000 * meter.cpu_s / refreshes,
            "p50_ms": found["p50_ms"],
            "p99_ms": found["p99_ms"],
            "fetches_per_request": meter.fetches["/dvr.m3u8"] / found["requests"],
            "pss_mib": meter.pss_peak_bytes / (1 << 20),
        }
