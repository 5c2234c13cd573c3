"""What every scenario is: something published at the origin, and a load on one service."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.load.wrk import Load, Spoilt, drive
from bench.meter import Meter, metered
from bench.origin import Origin
from bench.peers import Ground, Peer, Service

Figures = dict[str, float]

LEAST_ANSWERS = 6
LONGEST = 5


@dataclass(frozen=True, slots=True)
class Options:
    """How long and how much. `load_s` is one run with a bounded processor, `live_s` one in real
    time with `viewers` watching.
    """

    load_s: float = 4.0
    live_s: float = 60.0
    viewers: int = 1000
    workers: int = 1


class Scenario(ABC):
    """One file each; the roster is in the package's `__init__`. `peers` are those it compares."""

    name: ClassVar[str]
    about: ClassVar[str]
    peers: ClassVar[tuple[str, ...]]

    @abstractmethod
    async def run(self, peer: Peer, origin: Origin, options: Options, directory: Path) -> Figures:
        """One round with one peer; `directory` is empty and lies in memory."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a load finds: a service in front of an origin, and a directory for its own files."""

    service: Service
    origin: Origin
    options: Options
    directory: Path


class Served(Scenario):
    """A scenario that starts the peer afresh, then loads it."""

    cache_bytes: ClassVar[int] = 128 << 20

    @abstractmethod
    def playlists(self) -> tuple[str, ...]:
        """The names that `published` puts at the origin and viewers start from."""

    @abstractmethod
    def published(self, origin: Origin) -> AbstractAsyncContextManager[None]:
        """Publish what the load asks for, while the block lasts."""

    @abstractmethod
    async def load(self, stage: Stage) -> Figures:
        """Drive the load and measure it."""

    def upstream_url(self, origin: Origin) -> str:
        """Where the peer is pointed at."""
        return origin.http_url

    async def run(self, peer: Peer, origin: Origin, options: Options, directory: Path) -> Figures:
        async with self._served(peer, origin, options, directory) as service:
            return await self.load(Stage(service, origin, options, directory))

    @asynccontextmanager
    async def _served(
        self, peer: Peer, origin: Origin, options: Options, directory: Path
    ) -> AsyncIterator[Service]:
        async with self.published(origin):
            ground = Ground(
                directory=directory,
                upstream_url=self.upstream_url(origin),
                ca_file=origin.ca_file,
                playlists=self.playlists(),
                cache_bytes=self.cache_bytes,
                workers=options.workers,
            )
            async with peer.serving(ground) as service:
                yield service


def once_published(origin: Origin, name: str, body: bytes) -> AbstractAsyncContextManager[None]:
    """For a playlist that stays as it is."""
    origin.publish(name, body)
    return nullcontext()


async def full_load(
    stage: Stage, paths: Sequence[str], *, connections: int, least_bytes: int, duration_s: float
) -> tuple[Load, Meter]:
    """What wrk got out of the service, and what that cost.

    A service so slow that each connection got a few answers only is asked for longer: what was
    under way at the end would count for too much.
    """
    longer = 1
    while True:
        async with metered(stage.service.pid, stage.origin) as meter:
            load = await drive(
                paths,
                port=stage.service.port,
                connections=connections,
                duration_s=duration_s * longer,
                directory=stage.directory,
                least_bytes=least_bytes,
            )
        if load.requests >= LEAST_ANSWERS * connections or longer == LONGEST:
            break
        longer = LONGEST
    if not load.requests:
        raise Spoilt("not one answer")
    return load, meter


def cost(load: Load, meter: Meter) -> Figures:
    """What every run under full load says."""
    return {
        "cpu_s_per_gb": meter.cpu_s / (load.received_bytes / 1e9),
        "requests_per_cpu_s": load.requests / meter.cpu_s,
        "mb_per_s": load.received_bytes / 1e6 / load.took_s,
        "pss_mib": meter.pss_peak_bytes / (1 << 20),
    }
