"""Whether this machine is calm enough to judge a stream fairly."""

from __future__ import annotations

import asyncio
import os
import statistics
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

# How late the loop wakes up: from here on viewers feel it too.
MOST_LAG_S = 0.1
# For how much of the last ten seconds some task waited for a processor (Linux, PSI), and how many
# tasks there were for each. The first says whether now, the second how much: a processor that
# three tasks share all the time leaves each of them enough to play a video.
MOST_PRESSURE = 0.9
MOST_LOAD = 3.0
# For so long background work gives way; an overloaded machine still finds its streams.
MOST_WAY_S = 10.0
PAUSE_S = 0.25
LOOKS = 5
LOOK_S = 0.02
_PRESSURE = Path("/proc/pressure/cpu")


def strain(pressure: Path = _PRESSURE) -> float:
    """How much the processors have to do, as a part of what is too much. Blocks."""
    load = 0.0
    with suppress(OSError):
        load = os.getloadavg()[0] / (os.cpu_count() or 1) / MOST_LOAD
    with suppress(OSError, ValueError, IndexError):
        # "some avg10=1.53 avg60=…", in percent.
        some = pressure.read_text("ascii").split()[1]
        return min(float(some.removeprefix("avg10=")) / 100 / MOST_PRESSURE, load)
    return load


class Calm:
    """Looks at the loop and at the processors when it is asked."""

    def __init__(self, *, strain: Callable[[], float] = strain) -> None:
        self._strain = strain

    async def reigns(self) -> bool:
        """Whether a stream that does not play now is to blame for it; takes a moment."""
        if await asyncio.to_thread(self._strain) >= 1:
            return False
        return await _lag_s() < MOST_LAG_S


async def give_way(most_s: float = MOST_WAY_S) -> None:
    """Return when the loop has time to spare, or after `most_s`: viewers go first."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + most_s
    while True:
        due_s = loop.time() + LOOK_S
        await asyncio.sleep(LOOK_S)
        if loop.time() - due_s < MOST_LAG_S or loop.time() >= until_s:
            return
        await asyncio.sleep(PAUSE_S)


async def _lag_s() -> float:
    """How late this task typically wakes up."""
    loop = asyncio.get_running_loop()
    late = []
    for _ in range(LOOKS):
        due = loop.time() + LOOK_S
        await asyncio.sleep(LOOK_S)
        late.append(loop.time() - due)
    return statistics.median(late)
