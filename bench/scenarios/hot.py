"""One segment that everybody wants."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from bench.load.playing import paths
from bench.load.wrk import drive
from bench.origin import PART_BYTES, SEGMENT_BYTES, Origin
from bench.playlists import media_playlist
from bench.scenarios.base import Figures, Served, Stage, cost, full_load, once_published

CONNECTIONS = 16
WARM_S = 1


class Hot(Served):
    """The most that one object can cost: sixteen connections ask for it over and over."""

    name: ClassVar[str] = "hot"
    about: ClassVar[str] = "16 connections, one segment of 3.1 MB, over and over"
    peers: ClassVar[tuple[str, ...]] = (
        "f1stream",
        "nginx",
        "nginx-cache",
        "nginx-sendfile",
        "varnish",
        "mediaflow-proxy",
        "hls-proxy",
        "old-relay",
    )
    uri: ClassVar[str] = "segment/0.ts"
    least_bytes: ClassVar[int] = SEGMENT_BYTES

    def playlists(self) -> tuple[str, ...]:
        return (f"{self.name}.m3u8",)

    def published(self, origin: Origin) -> AbstractAsyncContextManager[None]:
        playlist = media_playlist([self.uri], duration_s=4, ended=True)
        return once_published(origin, self.playlists()[0], playlist)

    async def load(self, stage: Stage) -> Figures:
        asked = await paths(stage.service.playlist_url(self.playlists()[0]))

        await drive(
            asked,
            port=stage.service.port,
            connections=CONNECTIONS,
            duration_s=WARM_S,
            directory=stage.directory,
            least_bytes=self.least_bytes,
        )
        load, meter = await full_load(
            stage,
            asked,
            connections=CONNECTIONS,
            least_bytes=self.least_bytes,
            duration_s=stage.options.load_s,
        )
        return {
            **cost(load, meter),
            "fetches_per_request": meter.fetches[f"/{self.uri}"] / load.requests,
        }


class Parts(Hot):
    """The same with small answers, where the head costs more than the body."""

    name: ClassVar[str] = "parts"
    about: ClassVar[str] = "16 connections, one part of 100 kB, over and over"
    uri: ClassVar[str] = "part/0.ts"
    least_bytes: ClassVar[int] = PART_BYTES
