"""Viewers of a live stream: each polls its playlist and fetches each new segment as it comes."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

from bench.load.aside import answer_with
from bench.load.connection import Connection, Reply, connected, new_sink
from bench.load.percentiles import percentile
from bench.load.playing import path_of, uris

_SEQUENCE = re.compile(r"#EXT-X-MEDIA-SEQUENCE:(\d+)")


@dataclass(frozen=True, slots=True)
class Show:
    """What is watched. `path` is of the multivariant playlist; a segment is `duration_s` long.

    `think_s` is what lies between a player's having a playlist and its asking for what is new in
    it: reading it, and the way to a service that is not on the same machine.
    """

    port: int
    path: str
    renditions: int
    duration_s: float
    segment_bytes: int
    join_s: float
    watch_s: float
    think_s: float = 0.0


@dataclass(slots=True)
class Viewer:
    """One viewer, and what it went through."""

    show: Show
    rendition: int
    took_ms: list[float] = field(default_factory=list)
    late: int = 0
    failed: int = 0
    _last: int | None = None

    async def watch(self, joins_s: float, sink: memoryview) -> None:
        """Join after `joins_s`, stay until the show ends; a lost connection is opened anew."""
        ends_s = time.perf_counter() + self.show.watch_s
        await asyncio.sleep(joins_s)
        while time.perf_counter() < ends_s:
            try:
                async with connected(self.show.port, sink) as connection:
                    await self._play(connection, ends_s)
            except OSError:
                self.failed += 1
                await asyncio.sleep(self.show.duration_s / 2)

    async def _play(self, connection: Connection, ends_s: float) -> None:
        master = _text(await connection.ask(self.show.path, keep=True))
        media = _resolved(self.show.path, uris(master)[self.rendition])
        polls_s = time.perf_counter()
        while polls_s < ends_s:
            fresh = self._fresh(media, _text(await connection.ask(media, keep=True)))
            if fresh and self.show.think_s:
                await asyncio.sleep(self.show.think_s)
            for path in fresh:
                await self._fetch(connection, path)
            # RFC 8216, 6.3.4: the target duration, or half of it where nothing was new.
            polls_s += self.show.duration_s * (1 if fresh else 0.5)
            await asyncio.sleep(max(0.0, polls_s - time.perf_counter()))

    def _fresh(self, media: str, playlist: bytes) -> list[str]:
        """The paths of the segments since the last look; the newest only at the first one."""
        listed = uris(playlist)
        found = _SEQUENCE.search(playlist.decode())
        first = int(found[1]) if found else 0
        newest = first + len(listed) - 1
        since = newest - 1 if self._last is None else self._last
        self._last = newest
        return [_resolved(media, uri) for uri in listed[max(0, since + 1 - first) :]]

    async def _fetch(self, connection: Connection, path: str) -> None:
        reply = await connection.ask(path)
        if reply.status != 200 or reply.received_bytes != self.show.segment_bytes:
            self.failed += 1
            return
        self.took_ms.append(reply.took_s * 1000)
        self.late += reply.took_s > self.show.duration_s / 2


def _resolved(base: str, uri: str) -> str:
    return path_of(urljoin(base, uri))


def _text(reply: Reply) -> bytes:
    if reply.status != 200:
        raise ConnectionError(f"a playlist was answered with {reply.status}")
    return bytes(reply.body)


async def watched(request: dict[str, Any]) -> Mapping[str, float]:
    """All viewers at once, joining at even distances; neighbours watch different renditions."""
    count = int(request.pop("viewers"))
    show = Show(**request)
    sink = new_sink()
    viewers = [Viewer(show, number % show.renditions) for number in range(count)]
    jitter = random.Random(1)
    async with asyncio.TaskGroup() as group:
        for number, viewer in enumerate(viewers):
            joins_s = show.join_s * (number + jitter.random()) / count
            group.create_task(viewer.watch(joins_s, sink))
    took_ms = [ms for viewer in viewers for ms in viewer.took_ms]
    return {
        "segments": len(took_ms),
        "p50_ms": percentile(took_ms, 0.5) if took_ms else 0.0,
        "p99_ms": percentile(took_ms, 0.99) if took_ms else 0.0,
        "late_segments": sum(viewer.late for viewer in viewers),
        "late_viewers": sum(viewer.late > 0 for viewer in viewers),
        "failed_segments": sum(viewer.failed for viewer in viewers),
    }


if __name__ == "__main__":
    answer_with(watched)
