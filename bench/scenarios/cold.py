"""Every request another segment: nothing that is kept is of any use."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import ClassVar

from bench.load.playing import paths
from bench.origin import SEGMENT_BYTES, Origin
from bench.playlists import media_playlist
from bench.scenarios.base import Figures, Served, Stage, cost, full_load, once_published

CONNECTIONS = 16
# More than any service sends in one run, and far more than it may keep.
OBJECTS = 3000


class Cold(Served):
    """Sixteen connections walk a list of segments; the cache holds ten of them."""

    name: ClassVar[str] = "cold"
    about: ClassVar[str] = "16 connections, every request another segment of 3.1 MB"
    peers: ClassVar[tuple[str, ...]] = (
        "f1stream",
        "nginx",
        "nginx-cache",
        "varnish",
        "mediaflow-proxy",
        "hls-proxy",
        "old-relay",
    )
    cache_bytes: ClassVar[int] = 32 << 20

    def playlists(self) -> tuple[str, ...]:
        return (f"{self.name}.m3u8",)

    def published(self, origin: Origin) -> AbstractAsyncContextManager[None]:
        uris = (f"segment/{number}.ts" for number in range(OBJECTS))
        playlist = media_playlist(uris, duration_s=4, ended=True)
        return once_published(origin, self.playlists()[0], playlist)

    async def load(self, stage: Stage) -> Figures:
        asked = await paths(stage.service.playlist_url(self.playlists()[0]))
        load, meter = await full_load(
            stage,
            asked,
            connections=CONNECTIONS,
            least_bytes=SEGMENT_BYTES,
            duration_s=stage.options.load_s,
        )
        return {**cost(load, meter), "fetches_per_request": meter.fetches.total() / load.requests}


class Tls(Cold):
    """The same from an upstream that speaks TLS, between those that do it well."""

    name: ClassVar[str] = "tls"
    about: ClassVar[str] = "cold, from an upstream that speaks TLS"
    peers: ClassVar[tuple[str, ...]] = ("f1stream", "nginx")

    def upstream_url(self, origin: Origin) -> str:
        return origin.https_url
