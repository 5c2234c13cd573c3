"""What one viewer waits for, when nobody else is there."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from bench.load.aside import run_aside
from bench.load.playing import path_of, paths
from bench.origin import PART_BYTES, Origin
from bench.playlists import broadcast
from bench.scenarios.base import Figures, Served, Stage

NAME = "latency.m3u8"
SEGMENTS = 6
DURATION_S = 2.0
# Low load: a request every two milliseconds.
EVERY_S = 0.002


class Latency(Served):
    """One connection asks for the same part, then for the playlist, at a low rate."""

    name: ClassVar[str] = "latency"
    about: ClassVar[str] = "one connection, 500 requests a second: a part of 100 kB, a playlist"
    peers: ClassVar[tuple[str, ...]] = ("f1stream", "nginx-cache", "nginx-sendfile")

    def playlists(self) -> tuple[str, ...]:
        return (NAME,)

    def published(self, origin: Origin) -> AbstractAsyncContextManager[None]:
        return broadcast(
            origin, {NAME: "part/"}, count=SEGMENTS, duration_s=DURATION_S, every_s=DURATION_S
        )

    async def load(self, stage: Stage) -> Figures:
        port = stage.service.port
        playlist_url = stage.service.playlist_url(NAME)
        newest = (await paths(playlist_url))[-1]
        request = {
            "port": port,
            "viewers": 1,
            "every_s": EVERY_S,
            "duration_s": stage.options.load_s,
        }
        part = {**request, "path": newest, "least_bytes": PART_BYTES}
        playlist = path_of(playlist_url)
        first = await run_aside("bench.load.paced", part)
        second = await run_aside(
            "bench.load.paced", {**request, "path": playlist, "least_bytes": 1}
        )
        return {
            "p50_ms": first["p50_ms"],
            "p99_ms": first["p99_ms"],
            "playlist_p50_ms": second["p50_ms"],
            "playlist_p99_ms": second["p99_ms"],
        }
