"""Players asking for a live playlist, which is most of what they ask for."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from bench.load.playing import path_of
from bench.origin import Origin
from bench.playlists import broadcast
from bench.scenarios.base import Figures, Served, Stage, full_load

CONNECTIONS = 64
SEGMENTS = 60
DURATION_S = 2.0


class Playlist(Served):
    """Sixty-four connections ask for one playlist, which changes every two seconds."""

    name: ClassVar[str] = "playlist"
    about: ClassVar[str] = "64 connections, one live playlist of 60 segments, new every 2 s"
    peers: ClassVar[tuple[str, ...]] = (
        "f1stream",
        "nginx",
        "nginx-cache",
        "varnish",
        "mediaflow-proxy",
        "hls-proxy",
        "old-relay",
    )

    def playlists(self) -> tuple[str, ...]:
        return ("playlist.m3u8",)

    def published(self, origin: Origin) -> AbstractAsyncContextManager[None]:
        return broadcast(
            origin,
            {self.playlists()[0]: "segment/"},
            count=SEGMENTS,
            duration_s=DURATION_S,
            every_s=DURATION_S,
        )

    async def load(self, stage: Stage) -> Figures:
        name = self.playlists()[0]
        load, meter = await full_load(
            stage,
            [path_of(stage.service.playlist_url(name))],
            connections=CONNECTIONS,
            least_bytes=SEGMENTS * len("segment/0.ts\n"),
            duration_s=stage.options.load_s,
        )
        return {
            "cpu_us_per_request": 1e6 * meter.cpu_s / load.requests,
            "requests_per_cpu_s": load.requests / meter.cpu_s,
            "p50_ms": load.p50_ms,
            "p99_ms": load.p99_ms,
            "fetches_per_request": meter.fetches[f"/{name}"] / load.requests,
            "pss_mib": meter.pss_peak_bytes / (1 << 20),
        }
