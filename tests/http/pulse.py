"""How long the loop was kept from others, by CPU time: a busy machine does not matter."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Pulse:
    """`longest_ms` is the most that the loop's thread has worked in one turn of the loop."""

    def __init__(self) -> None:
        self.longest_ms = 0.0

    @classmethod
    @asynccontextmanager
    async def felt(cls) -> AsyncIterator[Pulse]:
        """Measures until the end of the block."""
        pulse = cls()
        # Else the collector looks at all that hundreds of tests have left.
        gc.collect()
        gc.freeze()
        beating = asyncio.create_task(pulse._beat())
        try:
            yield pulse
        finally:
            beating.cancel()
            await asyncio.wait([beating])
            gc.unfreeze()

    async def _beat(self) -> None:
        at_s = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now_s = time.thread_time()
            self.longest_ms = max(self.longest_ms, (now_s - at_s) * 1000)
            at_s = now_s
