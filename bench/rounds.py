"""Interleaved rounds: every peer of a scenario once a round, in another order each time."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

from bench import origin
from bench.load.wrk import Spoilt
from bench.peers import Peer
from bench.processes import ProgramFailed
from bench.scenarios import Figures, Options, Scenario

MEMORY = Path("/dev/shm")


@dataclass(frozen=True, slots=True)
class Sample:
    """One round of one scenario with one peer; `figures` are empty where `failure` says why."""

    scenario: str
    peer: str
    round: int
    figures: Figures
    failure: str | None = None


@contextmanager
def _scratch(parent: Path | None = None) -> Iterator[Path]:
    """A directory in memory: no disk, the origin's or a cache's, must be what is measured."""
    if parent is None and MEMORY.is_dir():
        parent = MEMORY
    with tempfile.TemporaryDirectory(prefix="f1stream-bench-", dir=parent) as name:
        # Varnish and nginx read their files as another user where they were started by root.
        Path(name).chmod(0o755)
        yield Path(name)


async def measured(
    scenario: Scenario, peers: Sequence[Peer], rounds: int, options: Options
) -> AsyncIterator[Sample]:
    """Samples of `scenario` as they are taken."""
    with _scratch() as directory:
        async with origin.serving(directory / "origin") as upstream:
            for number in range(rounds):
                for peer in _turned(peers, number):
                    with _scratch(directory) as scratch:
                        yield await _sample(scenario, peer, number, upstream, options, scratch)


def _turned(peers: Sequence[Peer], number: int) -> list[Peer]:
    """Another one goes first in each round."""
    first = number % len(peers) if peers else 0
    return [*peers[first:], *peers[:first]]


async def _sample(
    scenario: Scenario,
    peer: Peer,
    number: int,
    upstream: origin.Origin,
    options: Options,
    scratch: Path,
) -> Sample:
    try:
        figures = await scenario.run(peer, upstream, options, scratch)
    except (ProgramFailed, Spoilt, URLError, OSError) as error:
        return Sample(scenario.name, peer.name, number, {}, str(error))
    return Sample(scenario.name, peer.name, number, figures)
