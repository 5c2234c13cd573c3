"""What the store of segments knows of one body it keeps."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import NamedTuple

from f1stream.proxy.ranges import Range
from f1stream.proxy.segment import Segment


class Key(NamedTuple):
    """What is fetched: on whose behalf, which URL, and which part (None for the whole)."""

    scope: str
    url: str
    part: Range | None = None


@dataclass(slots=True, eq=False)
class Kept:
    """A segment, its fetch, and how long it may be used again, on the store's clock.

    `lifetime_s` is None before the head has come. `ahead` is one that was fetched before anybody
    asked for it.
    """

    key: Key
    segment: Segment
    fetch: asyncio.Task[None] | None = None
    arrived_at: float = 0.0
    age_on_arrival_s: float = 0.0
    lifetime_s: float | None = None
    ahead: bool = False

    @property
    def was_of_use(self) -> bool:
        """Whether somebody was served who would else have waited for a fetch of their own."""
        return self.segment.reads > (0 if self.ahead else 1)

    def age_s(self, now: float) -> float:
        """How old the body is, its age on arrival included."""
        return self.age_on_arrival_s + now - self.arrived_at

    def is_stale(self, now: float) -> bool:
        """Whether it is complete and may not be used any more."""
        if self.lifetime_s is None or not self.segment.complete:
            return False
        return now - self.arrived_at >= self.lifetime_s
