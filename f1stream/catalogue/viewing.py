"""Which streams are being watched, noticed from the requests that players make."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

# Players ask for a playlist at least this often, even with long segments and some patience.
ACTIVE_S = 30.0
# A worker tells what it saw a little later.
AFTER_S = 15.0


class Viewing:
    """Remembers when each stream was last asked for. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, float] = {}
        self._aside: dict[str, float] = {}

    def seen(self, stream_id: str) -> None:
        """Note a request on behalf of a stream."""
        now = self._clock()
        if self._aside and self._is_aside(stream_id, now):
            return
        self._seen[stream_id] = now

    def ended(self, stream_id: str) -> None:
        """Note that a viewer says it has stopped; another one's next request marks it again."""
        self._seen.pop(stream_id, None)

    @contextmanager
    def aside(self, stream_id: str) -> Iterator[None]:
        """Take the requests for a stream that nobody watches for a check's, not a viewer's.

        A viewer who begins during the block, or `AFTER_S` seconds after it, is noticed then.
        """
        if stream_id in self.active():
            yield
            return
        self._aside[stream_id] = math.inf
        try:
            yield
        finally:
            self._aside[stream_id] = self._clock() + AFTER_S

    def _is_aside(self, stream_id: str, now: float) -> bool:
        self._aside = {stream: until for stream, until in self._aside.items() if now < until}
        return stream_id in self._aside

    def active(self) -> list[str]:
        """The streams asked for within the last `ACTIVE_S` seconds."""
        since = self._clock() - ACTIVE_S
        self._seen = {stream: at for stream, at in self._seen.items() if at >= since}
        return sorted(self._seen)
