"""Joining in the middle: a segment that is still arriving when others ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from bench.load.aside import run_aside
from bench.load.playing import paths
from bench.origin import SEGMENT_BYTES, Origin
from bench.peers import Ground, Peer
from bench.playlists import media_playlist
from bench.scenarios.base import Figures, Options, Scenario
from bench.throttled import Throttled, throttling

PLAYLIST = "joiner.m3u8"
# The last of them is for those that look at a stream before they offer it.
SEGMENTS = 4
BYTES_PER_S = 1_000_000
JOINERS = 8
CACHE_BYTES = 128 << 20


class Joiner(Scenario):
    """The origin sends 1 MB a second; eight viewers join the first one on the way."""

    name: ClassVar[str] = "joiner"
    about: ClassVar[str] = (
        "8 viewers join while a segment arrives at 1 MB/s; lag is how much later than the first "
        "viewer they have each byte"
    )
    peers: ClassVar[tuple[str, ...]] = ("f1stream", "nginx-cache", "varnish")

    async def run(self, peer: Peer, origin: Origin, options: Options, directory: Path) -> Figures:
        async with throttling(_bodies(), BYTES_PER_S) as upstream:
            ground = Ground(
                directory=directory,
                upstream_url=upstream.url,
                ca_file=origin.ca_file,
                playlists=(PLAYLIST,),
                cache_bytes=CACHE_BYTES,
                workers=options.workers,
            )
            async with peer.serving(ground) as service:
                asked = (await paths(service.playlist_url(PLAYLIST)))[:-1]
                request = {
                    "port": service.port,
                    "paths": asked,
                    "joiners": JOINERS,
                    "spread_s": SEGMENT_BYTES / BYTES_PER_S - 0.3,
                    "seed": 1,
                }
                found = await run_aside("bench.load.joiners", request)
                return {**found, "fetches_per_segment": _fetches(upstream) / len(asked)}


def _fetches(upstream: Throttled) -> int:
    last = f"/segment/{SEGMENTS - 1}.ts"
    return (
        sum(count for path, count in upstream.fetches.items() if path.endswith(".ts"))
        - (upstream.fetches[last])
    )


def _bodies() -> dict[str, bytes]:
    segment = bytes(SEGMENT_BYTES)
    names = [f"segment/{number}.ts" for number in range(SEGMENTS)]
    playlist = media_playlist(names, duration_s=4, ended=True)
    return {f"/{PLAYLIST}": playlist, **{f"/{name}": segment for name in names}}
