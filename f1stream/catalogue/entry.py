"""One stream of the catalogue and what is believed of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from f1stream.catalogue.belief import accepted, combined
from f1stream.catalogue.ranking import UNKNOWN, Grade, Rank, graded, rank
from f1stream.models import Proof, Reason, Stream, Verdict

# A stream that fails is looked at again soon: it may be about to start.
RECHECK_PLAYABLE = timedelta(minutes=5)
RECHECK_FAILING = timedelta(minutes=1)
# However many viewers report trouble, a stream is not looked at more often for that.
RECHECK_REPORTED = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream and the last verdict on it; none yet where it is new.

    `stale` says that its source was not read since, or failed: the stream may be gone.
    `alternatives` are the same stream as later sources have it, best first. `verdict` follows from
    `probed`, the last one by HTTP alone, and `proof`, the one by a browser that counts. `tried_at`
    is when a browser last judged it, `failures` how often in a row it did not play there,
    `reported_at` when a viewer last said that it does not play.
    """

    stream: Stream
    verdict: Verdict | None = None
    stale: bool = False
    grade: Grade = UNKNOWN
    alternatives: tuple[Entry, ...] = ()
    probed: Verdict | None = None
    proof: Proof | None = None
    tried_at: datetime | None = None
    failures: int = 0
    reported_at: datetime | None = None

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

    @property
    def provable(self) -> bool:
        """Whether it is worth a browser: what the probe finds broken is not."""
        if self.stream.stream_type == "embed":
            return True
        return self.probed is not None and self.probed.playable

    def found(self, stream: Stream) -> Self:
        """As its source has it now: that one address did not play says nothing of another one."""
        found = replace(self, stream=stream, stale=False)
        same = stream.upstream.url == self.stream.upstream.url
        if same or self.verdict is None or self.verdict.playable:
            return found
        return replace(found, verdict=None, probed=None, proof=None, tried_at=None, failures=0)

    def judged(self, probed: Verdict) -> Self:
        """With a new verdict of the probe."""
        return self._believed(replace(self, probed=probed))

    def proven(self, proof: Proof, *, watched: bool) -> Self:
        """With what a browser has just found.

        The first failure of a stream that is `watched`, and of which no viewer reports trouble, is
        doubted: the viewers see it play, which is the better proof. Only the next one counts.
        """
        if proof.reason is Reason.BROWSER_LOST:
            return self._believed(replace(self, proof=accepted(self.proof, proof, doubted=False)))
        failures = self.failures + 1 if proof.level is None else 0
        doubted = failures == 1 and watched and not self.reported
        counts = accepted(self.proof, proof, doubted=doubted)
        return self._believed(
            replace(self, proof=counts, failures=failures, tried_at=proof.proven_at)
        )

    def unproven(self) -> Self:
        """With what the probe found, and nothing of a browser's."""
        return self._believed(replace(self, proof=None, tried_at=None, failures=0))

    @property
    def reported(self) -> bool:
        """Whether a viewer has reported trouble since a browser last judged it."""
        if self.reported_at is None:
            return False
        return self.tried_at is None or self.reported_at > self.tried_at

    def _believed(self, entry: Self) -> Self:
        verdict = combined(entry.probed, entry.proof)
        grade = graded(verdict, self.grade) if verdict else self.grade
        return replace(entry, verdict=verdict, grade=grade)

    def due_at(self) -> datetime | None:
        """When the probe is to look; `None` for what it can't, the distant past when it is new."""
        if self.stream.stream_type != "m3u8":
            return None
        probed = self.probed or self.verdict
        if probed is None:
            return datetime.min.replace(tzinfo=self.stream.extracted_at.tzinfo)
        due = probed.checked_at + _interval(probed)
        if self.reported_at and self.reported_at > probed.checked_at:
            due = min(due, max(self.reported_at, probed.checked_at + RECHECK_REPORTED))
        return due


def _interval(verdict: Verdict) -> timedelta:
    health = verdict.health
    if not verdict.playable:
        return RECHECK_FAILING
    if health and not health.ended and health.advancing is None:
        # Only a second look tells whether it is live.
        return min(timedelta(seconds=max(health.target_duration_s, 1)), RECHECK_PLAYABLE)
    return RECHECK_PLAYABLE
