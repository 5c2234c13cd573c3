"""What the fronts have counted, as they report it to the owner."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from f1stream.metrics.tally import Tally, total

# One that has not reported for so long has ended: its counts stay, what it held is gone.
GONE_S = 60.0


@dataclass(frozen=True, slots=True)
class Report:
    """A front's numbers so far. `front` names one run of one process.

    `viewers` are those of each stream just now; the three sizes are what it holds just now.
    """

    front: str
    tally: Tally
    viewers: dict[str, int] = field(default_factory=dict)
    segment_bytes: int = 0
    playlist_bytes: int = 0
    resident_bytes: int = 0


class Reports:
    """The last report of each front. `clock` is monotonic."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._present: dict[str, tuple[float, Report]] = {}
        self._gone = Tally()

    def take(self, report: Report) -> None:
        """Put a front's report in the place of its last one."""
        self._present[report.front] = (self._clock(), report)
        self._retire()

    def present(self) -> list[Report]:
        """The last reports of those fronts that still run."""
        self._retire()
        return [report for _, report in self._present.values()]

    def tally(self) -> Tally:
        """What all fronts have counted, those that are gone too: it never becomes less."""
        return total([self._gone, *(report.tally for report in self.present())])

    def viewers(self) -> Counter[str]:
        """How many viewers of each stream the fronts serve."""
        viewers: Counter[str] = Counter()
        for report in self.present():
            viewers.update(report.viewers)
        return viewers

    def _retire(self) -> None:
        since = self._clock() - GONE_S
        for front, (at, report) in list(self._present.items()):
            if at < since:
                del self._present[front]
                self._gone = total([self._gone, report.tally])
