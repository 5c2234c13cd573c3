"""Which streams are being watched, noticed from the requests that players make."""

from __future__ import annotations

import time
from collections.abc import Callable

# Players ask for a playlist at least this often, even with long segments and some patience.
ACTIVE_S = 30.0


class Viewing:
    """Remembers when each stream was last asked for. `clock` is monotonic, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[str, float] = {}

    def seen(self, stream_id: str) -> None:
        """Note a request on behalf of a stream."""
        self._seen[stream_id] = self._clock()

    def ended(self, stream_id: str) -> None:
        """Note that a viewer says it has stopped; another one's next request marks it again."""
        self._seen.pop(stream_id, None)

    def active(self) -> list[str]:
        """The streams asked for within the last `ACTIVE_S` seconds."""
        since = self._clock() - ACTIVE_S
        self._seen = {stream: at for stream, at in self._seen.items() if at >= since}
        return sorted(self._seen)
