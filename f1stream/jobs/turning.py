"""When the schedule reads differently though nobody has changed it: sessions begin and end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from f1stream.schedule import Timetable

# A clock that is set, or a machine that slept, is noticed after so long.
LONGEST_S = 60.0
# A timer may end a moment early by the wall clock.
SHORTEST_S = 0.05


class Turning:
    """Calls `tell` whenever the clock has changed what `timetable` says."""

    def __init__(
        self,
        timetable: Timetable,
        tell: Callable[[], None],
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._timetable = timetable
        self._tell = tell
        self._sleep = sleep

    async def run(self) -> None:
        """The loop; ends only by cancellation."""
        while True:
            self._tell()
            await self._sleep(self._pause_s())

    def _pause_s(self) -> float:
        now = self._timetable.now()
        change = self._timetable.next_change(now)
        until_s = LONGEST_S if change is None else (change - now).total_seconds()
        return min(max(until_s, SHORTEST_S), LONGEST_S)
