"""What is counted while it happens: plain numbers, so that counting costs next to nothing.

Nothing here knows Prometheus: the numbers are read when somebody asks for them. A front hands its
own over as JSON, and the owner adds them up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal, TypeVar

T = TypeVar("T")

Kind = Literal["playlist", "media", "api", "app"]

# From what memory answers to what a person gives up on.
BOUNDS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


@dataclass(slots=True)
class Times:
    """How long something took, by the first of `BOUNDS_S` that it did not exceed; last, by none."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_S) + 1))
    sum_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BOUNDS_S, seconds)] += 1
        self.sum_s += seconds


@dataclass(slots=True)
class Answers:
    """What viewers were answered with, of one kind of request.

    `at_once` are those that memory answered, with 200: their first byte was written in the same
    turn of the loop, too soon to be worth a look at the clock. All others are in `statuses` and
    `first_byte`.
    """

    statuses: dict[int, int] = field(default_factory=dict)
    sent_bytes: int = 0
    at_once: int = 0
    first_byte: Times = field(default_factory=Times)

    def hit(self, status: int, sent_bytes: int) -> None:
        """Count an answer that memory gave."""
        if status == 200:
            self.at_once += 1
            self.sent_bytes += sent_bytes
        else:
            self.add(status, sent_bytes, 0.0)

    def by_status(self) -> dict[int, int]:
        """All of them."""
        if not self.at_once:
            return self.statuses
        return {**self.statuses, 200: self.statuses.get(200, 0) + self.at_once}

    def add(self, status: int, sent_bytes: int, first_byte_s: float | None) -> None:
        """Count any other answer; `first_byte_s` is None where none was ever sent."""
        self.statuses[status] = self.statuses.get(status, 0) + 1
        self.sent_bytes += sent_bytes
        if first_byte_s is not None:
            self.first_byte.add(first_byte_s)


@dataclass(slots=True)
class Lookups:
    """How a store answered: with what it had, with what was under way, or by a fetch."""

    hits: int = 0
    joined: int = 0
    misses: int = 0


@dataclass(slots=True)
class Asked:
    """What upstreams were asked for one purpose, what came, and the reasons why not."""

    requests: int = 0
    received_bytes: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    def failed(self, reason: str) -> None:
        """Count a request that gave no usable answer."""
        self.errors[reason] = self.errors.get(reason, 0) + 1


@dataclass(slots=True)
class Done:
    """Pieces of work: what came of them, and how long they took."""

    outcomes: dict[str, int] = field(default_factory=dict)
    took: Times = field(default_factory=Times)

    def add(self, outcome: str, seconds: float) -> None:
        """Count one."""
        self.outcomes[outcome] = self.outcomes.get(outcome, 0) + 1
        self.took.add(seconds)


@dataclass(slots=True)
class Tally:
    """All that one process counts.

    `upstreams` are by purpose, `extractions` by extractor; every other key is of a closed list.
    `probes` are checks of streams by HTTP alone, `proofs` those in a browser.
    `lag` is how late the event loop is for what it had planned.
    """

    playlist: Answers = field(default_factory=Answers)
    media: Answers = field(default_factory=Answers)
    api: Answers = field(default_factory=Answers)
    app: Answers = field(default_factory=Answers)
    playlists: Lookups = field(default_factory=Lookups)
    segments: Lookups = field(default_factory=Lookups)
    lag: Times = field(default_factory=Times)
    upstreams: dict[str, Asked] = field(default_factory=dict)
    extractions: dict[str, Done] = field(default_factory=dict)
    probes: Done = field(default_factory=Done)
    proofs: Done = field(default_factory=Done)

    def answers(self, kind: Kind) -> Answers:
        """What requests of that kind were answered with."""
        found: Answers = getattr(self, kind)
        return found

    def upstream(self, purpose: str) -> Asked:
        """What upstreams are asked for that purpose."""
        return self.upstreams.setdefault(purpose, Asked())

    def extraction(self, extractor: str) -> Done:
        """The readings of that extractor's sources."""
        return self.extractions.setdefault(extractor, Done())


def total(parts: Iterable[T]) -> T:
    """The sum of tallies, or of parts of them, as a new one. Raises `ValueError` for none."""
    summed: Any = None
    for part in parts:
        summed = _copied(part) if summed is None else _sum(summed, part)
    if summed is None:
        raise ValueError("there is nothing to add up")
    return summed  # type: ignore[no-any-return]


def _sum(one: Any, other: Any) -> Any:
    if is_dataclass(one):
        for each in fields(one):
            mine = getattr(one, each.name)
            setattr(one, each.name, _sum(mine, getattr(other, each.name)))
        return one
    if isinstance(one, dict):
        for key, value in other.items():
            one[key] = _sum(one[key], value) if key in one else _copied(value)
        return one
    if isinstance(one, list):
        return [_sum(mine, yours) for mine, yours in zip(one, other, strict=True)]
    return one + other


def _copied(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return type(value)(
            **{each.name: _copied(getattr(value, each.name)) for each in fields(value)}
        )
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return list(value) if isinstance(value, list) else value
