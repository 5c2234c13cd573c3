"""How far the work on all sources is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Self

from f1stream.catalogue.entry import Entry
from f1stream.catalogue.sources import SourceHealth


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the present work is: numbers of sources and of streams."""

    sources: int
    running: int
    failing: int
    streams: int
    unchecked: int

    @classmethod
    def of(cls, sources: Collection[SourceHealth], entries: Collection[Entry]) -> Self:
        """That of these sources and all that they have found."""
        return cls(
            sources=len(sources),
            running=sum(health.state == "running" for health in sources),
            failing=sum(health.failing for health in sources),
            streams=len(entries),
            unchecked=sum(entry.due_at() is not None and not entry.verdict for entry in entries),
        )
