"""One stream of the catalogue and what is believed of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from f1stream.catalogue.ranking import UNKNOWN, Grade, Rank, rank
from f1stream.models import Stream, Verdict

# A stream that fails is looked at again soon: it may be about to start.
RECHECK_PLAYABLE = timedelta(minutes=5)
RECHECK_FAILING = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream and the last verdict on it; none yet where it is new.

    `stale` says that its source was not read since, or failed: the stream may be gone.
    `alternatives` are the same stream as later sources have it, best first.
    """

    stream: Stream
    verdict: Verdict | None = None
    stale: bool = False
    grade: Grade = UNKNOWN
    alternatives: tuple[Entry, ...] = ()

    @property
    def playable(self) -> bool:
        """Whether it, or an alternative to it, was proven to give a player something to play."""
        return any(entry.verdict and entry.verdict.playable for entry in self.ways)

    @property
    def ways(self) -> tuple[Entry, ...]:
        """Itself, as its own source has it, and its alternatives: what to try, in that order."""
        return (self, *self.alternatives)

    @property
    def best(self) -> Entry:
        """The way to play it: the first that is proven, itself where none is."""
        return next((way for way in self.ways if way.verdict and way.verdict.playable), self)

    @property
    def fallbacks(self) -> tuple[Entry, ...]:
        """The other ways, in the order in which to try them should `best` fail."""
        others = (way for way in self.ways if way is not self.best)
        return tuple(sorted(others, key=lambda way: rank(way.stream, way.verdict, way.grade)))

    @property
    def rank(self) -> Rank:
        """Its place among others, as the best way to play it has it."""
        best = self.best
        return rank(best.stream, best.verdict, best.grade)

    def due_at(self) -> datetime | None:
        """When it is to be looked at; `None` for what can't be, the distant past when it is new."""
        if self.stream.stream_type != "m3u8":
            return None
        if self.verdict is None:
            return datetime.min.replace(tzinfo=self.stream.extracted_at.tzinfo)
        return self.verdict.checked_at + _interval(self.verdict)


def _interval(verdict: Verdict) -> timedelta:
    health = verdict.health
    if not verdict.playable:
        return RECHECK_FAILING
    if health and not health.ended and health.advancing is None:
        # Only a second look tells whether it is live.
        return min(timedelta(seconds=max(health.target_duration_s, 1)), RECHECK_PLAYABLE)
    return RECHECK_PLAYABLE
