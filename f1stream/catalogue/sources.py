"""How each source does: its state, its circuit, and what was left out of what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal, Self

SourceState = Literal["pending", "running", "ok", "failing"]
Circuit = Literal["closed", "open", "half-open"]

# A fault that lasts as long is no hiccup: the source is then only tried now and then.
FAILURES_TO_OPEN = 3


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source does.

    `failing_since` is when its present run of `failures` began. While the `circuit` is open the
    source is left alone until `next_run`, when one attempt decides. `streams` are what it has in
    the catalogue, `kept` those of them that it found before it failed, `found` what the running
    attempt has so far. `left_out` counts what was refused at the door, by reason.
    """

    key: str
    name: str
    state: SourceState = "pending"
    last_run: datetime | None = None
    next_run: datetime | None = None
    failing_since: datetime | None = None
    error: str | None = None
    streams: int = 0
    kept: int = 0
    found: int = 0
    took_s: float | None = None
    circuit: Circuit = "closed"
    failures: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)

    @property
    def failing(self) -> bool:
        """Whether the last attempt that ended failed."""
        return self.failures > 0

    def started(self) -> Self:
        """An attempt runs."""
        circuit: Circuit = "half-open" if self.circuit == "open" else self.circuit
        return replace(self, state="running", circuit=circuit, found=0)

    def interrupted(self) -> Self:
        """The attempt came to nothing, through no fault of the source."""
        ended: SourceState = "ok" if self.last_run else "pending"
        return replace(self, state="failing" if self.failing else ended, found=0)

    def succeeded(self, at: datetime, took: timedelta, left_out: Mapping[str, int]) -> Self:
        """The attempt has found what there is."""
        return replace(
            self,
            state="ok",
            last_run=at,
            failing_since=None,
            error=None,
            took_s=took.total_seconds(),
            circuit="closed",
            failures=0,
            left_out=dict(left_out),
        )

    def failed(self, error: str, at: datetime, took: timedelta) -> Self:
        """The attempt has failed."""
        failures = self.failures + 1
        return replace(
            self,
            state="failing",
            last_run=at,
            failing_since=self.failing_since or at,
            error=error,
            took_s=took.total_seconds(),
            circuit="open" if failures >= FAILURES_TO_OPEN else "closed",
            failures=failures,
        )
