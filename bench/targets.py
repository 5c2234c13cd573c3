"""What f1stream is held to, from `targets.toml`, and whether it is met."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bench.figures import TITLES, Spread, compared, spread
from bench.rounds import Sample

FILE = Path(__file__).with_name("targets.toml")


@dataclass(frozen=True, slots=True)
class Target:
    """One row of the table; see the head of `targets.toml`."""

    scenario: str
    figure: str
    peer: str | None = None
    compare: Literal["ratio", "difference"] = "ratio"
    at_most: float | None = None
    at_least: float | None = None
    goal: bool = False

    @property
    def what(self) -> str:
        """The figure, and what it is compared with."""
        title = TITLES[self.figure]
        if self.peer is None:
            return title
        return f"{title}, {'over' if self.compare == 'difference' else 'of'} {self.peer}'s"

    @property
    def limit(self) -> str:
        """The limit as people write it."""
        sign, value = ("≤", self.at_most) if self.at_most is not None else ("≥", self.at_least)
        return f"{sign} {value:g}"

    def measured(self, samples: Sequence[Sample]) -> Spread | None:
        """What the rounds say; None where they say nothing."""
        if self.peer is None:
            return spread(samples, self.scenario, "f1stream", self.figure)
        return compared(
            samples,
            self.scenario,
            self.figure,
            self.peer,
            difference=self.compare == "difference",
        )

    def met(self, found: Spread) -> bool:
        """Whether the median is within the limit."""
        if self.at_most is not None and found.median > self.at_most:
            return False
        return self.at_least is None or found.median >= self.at_least


def read(path: Path = FILE) -> tuple[Target, ...]:
    """The targets in the order of the file."""
    rows = tomllib.loads(path.read_text())["target"]
    return tuple(Target(**row) for row in rows)
