"""What is told at one moment: read by the event loop, written by a thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from f1stream.metrics.cgroup import Memory
from f1stream.metrics.tally import Tally
from f1stream.models import Verdict


@dataclass(frozen=True, slots=True)
class Held:
    """What a process holds in memory for its viewers."""

    segment_bytes: int = 0
    playlist_bytes: int = 0


class Listed(Protocol):
    """A stream, as far as it is counted."""

    @property
    def playable(self) -> bool: ...
    @property
    def verdict(self) -> Verdict | None: ...


class Source(Protocol):
    """A source, as far as it is counted."""

    @property
    def state(self) -> str: ...
    @property
    def failing(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Part:
    """Which part a replica has among several: whether it leads, and whether it reaches Redis."""

    leads: bool
    connected: bool


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The numbers of all processes of an f1stream; none of its values changes any more.

    `busiest` are the streams with the most viewers, by id. `fronts` is how many of them run. `part`
    is None for one that is alone.
    """

    tally: Tally
    viewers: int = 0
    busiest: Mapping[str, int] = field(default_factory=dict)
    held: Held = Held()
    fronts_held: Held = Held()
    segment_limit_bytes: int = 0
    memory: Memory = field(default_factory=Memory)
    fronts: int = 0
    fronts_resident_bytes: int = 0
    streams: Sequence[Listed] = ()
    sources: Sequence[Source] = ()
    schedule_fetched_at: datetime | None = None
    ready: bool = True
    part: Part | None = None
