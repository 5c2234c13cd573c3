"""What one measurement cost the service: CPU, memory, and requests to the origin."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from bench.origin import Origin
from bench.processes import cpu_s, pss_bytes

PSS_INTERVAL_S = 0.5


class Meter:
    """Filled in when the measured block ends."""

    def __init__(self) -> None:
        self.cpu_s = 0.0
        self.wall_s = 0.0
        self.pss_peak_bytes = 0
        self.fetches: Counter[str] = Counter()

    async def watch_memory(self, pid: int) -> None:
        """Keep the highest of a reading every half second, until cancelled."""
        while True:
            self.look_at_memory(pid)
            await asyncio.sleep(PSS_INTERVAL_S)

    def look_at_memory(self, pid: int) -> None:
        self.pss_peak_bytes = max(self.pss_peak_bytes, pss_bytes(pid))


@asynccontextmanager
async def metered(pid: int, origin: Origin) -> AsyncIterator[Meter]:
    """Measure the processes of `pid`, and what reaches `origin`, while the block lasts."""
    meter = Meter()
    seen = origin.log_position()
    watching = asyncio.create_task(meter.watch_memory(pid))
    cpu_before_s, started_s = cpu_s(pid), time.perf_counter()
    try:
        yield meter
    finally:
        meter.cpu_s = cpu_s(pid) - cpu_before_s
        meter.wall_s = time.perf_counter() - started_s
        meter.look_at_memory(pid)
        meter.fetches = origin.requests_since(seen)
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
