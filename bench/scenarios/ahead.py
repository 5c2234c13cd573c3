"""Whether it is of use to fetch a segment before a viewer asks for it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from bench.load.aside import run_aside
from bench.load.playing import path_of
from bench.origin import Origin
from bench.peers import Ground, Peer
from bench.playlists import broadcast, multivariant_playlist
from bench.scenarios.base import Figures, Options, Scenario
from bench.throttled import throttling

PLAYLIST, MEDIA = "ahead.m3u8", "ahead0.m3u8"
SEGMENT_BYTES = 750_000
DURATION_S = 2.0
# Three times the pace of time, as from a server on another continent on a good day.
BYTES_PER_S = 1_125_000
VIEWERS = 4
THINK_S = 0.05
WATCH_S = 12.0
LISTED = 6
CACHE_BYTES = 128 << 20


class Ahead(Scenario):
    """A few viewers far from the origin, and the time that each new segment takes them."""

    name: ClassVar[str] = "ahead"
    about: ClassVar[str] = (
        "4 viewers of a live stream that arrives at three times the pace of time; each asks for a "
        "new segment 50 ms after the playlist that names it"
    )
    peers: ClassVar[tuple[str, ...]] = ("f1stream", "f1stream-on-demand")

    async def run(self, peer: Peer, origin: Origin, options: Options, directory: Path) -> Figures:
        segment = bytes(SEGMENT_BYTES)
        # As many as the show can come to, with its start and some delay.
        numbers = range(LISTED + 60)
        bodies = {f"/segment/{number}.ts": segment for number in numbers}
        async with throttling(bodies, BYTES_PER_S) as upstream:
            upstream.publish(PLAYLIST, multivariant_playlist([MEDIA]))
            prefixes = {MEDIA: "segment/"}
            ground = Ground(
                directory=directory,
                upstream_url=upstream.url,
                ca_file=origin.ca_file,
                playlists=(PLAYLIST,),
                cache_bytes=CACHE_BYTES,
                workers=options.workers,
            )
            async with (
                broadcast(
                    upstream, prefixes, count=LISTED, duration_s=DURATION_S, every_s=DURATION_S
                ),
                peer.serving(ground) as service,
            ):
                found = await run_aside(
                    "bench.load.viewers",
                    {
                        "port": service.port,
                        "path": path_of(service.playlist_url(PLAYLIST)),
                        "viewers": VIEWERS,
                        "renditions": 1,
                        "duration_s": DURATION_S,
                        "segment_bytes": SEGMENT_BYTES,
                        "join_s": DURATION_S,
                        "watch_s": WATCH_S,
                        "think_s": THINK_S,
                    },
                )
        fetches = [count for path, count in upstream.fetches.items() if path in bodies]
        return {**found, "fetches_per_segment": sum(fetches) / max(1, len(fetches))}
