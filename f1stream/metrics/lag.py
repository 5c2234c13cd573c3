"""How late the event loop is: what keeps it busy keeps every viewer waiting."""

from __future__ import annotations

import asyncio
import time

from f1stream.metrics.tally import Times

# Often enough to meet what blocks the loop, seldom enough to be no load.
LOOK_S = 0.5


async def watch_lag(lag: Times, *, look_s: float = LOOK_S) -> None:
    """Add to `lag`, each `look_s` seconds, how late this task was woken; ends by cancellation."""
    while True:
        due_s = time.monotonic() + look_s
        await asyncio.sleep(look_s)
        lag.add(max(time.monotonic() - due_s, 0.0))
