"""The evening itself: many viewers, one stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar

from bench.load.aside import run_aside
from bench.load.playing import path_of
from bench.meter import metered
from bench.origin import SEGMENT_BYTES, Origin
from bench.playlists import broadcast, multivariant_playlist
from bench.scenarios.base import Figures, Served, Stage

RENDITIONS = 2
SEGMENTS = 6
DURATION_S = 4.0
JOIN_S = 10.0


class Live(Served):
    """Viewers join within ten seconds and play at the pace of time, half on each rendition."""

    name: ClassVar[str] = "live"
    about: ClassVar[str] = (
        "viewers of one stream of 6.2 Mbit/s in two renditions, joining within 10 s; late is what "
        "took more than half its duration"
    )
    peers: ClassVar[tuple[str, ...]] = ("f1stream", "nginx-cache")

    def playlists(self) -> tuple[str, ...]:
        return ("live.m3u8",)

    @asynccontextmanager
    async def published(self, origin: Origin) -> AsyncIterator[None]:
        names = [f"live{number}" for number in range(RENDITIONS)]
        origin.publish("live.m3u8", multivariant_playlist(f"{name}.m3u8" for name in names))
        prefixes = {f"{name}.m3u8": f"segment/{name}/" for name in names}
        async with broadcast(
            origin, prefixes, count=SEGMENTS, duration_s=DURATION_S, every_s=DURATION_S
        ):
            yield

    async def load(self, stage: Stage) -> Figures:
        request = {
            "port": stage.service.port,
            "path": path_of(stage.service.playlist_url("live.m3u8")),
            "viewers": stage.options.viewers,
            "renditions": RENDITIONS,
            "duration_s": DURATION_S,
            "segment_bytes": SEGMENT_BYTES,
            "join_s": JOIN_S,
            "watch_s": stage.options.live_s,
        }
        async with metered(stage.service.pid, stage.origin) as meter:
            found = await run_aside("bench.load.viewers", request)
        fetches = [count for path, count in meter.fetches.items() if "/segment/" in path]
        sent_gb = found["segments"] * SEGMENT_BYTES / 1e9
        return {
            **found,
            "mb_per_s": 1000 * sent_gb / meter.wall_s,
            "cpu_s_per_gb": meter.cpu_s / max(sent_gb, 1e-9),
            "fetches_per_segment": sum(fetches) / max(1, len(fetches)),
            "pss_mib": meter.pss_peak_bytes / (1 << 20),
        }
