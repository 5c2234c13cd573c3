"""Which streams are being watched, and by how many, noticed from the requests that players make."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

# Players ask for a playlist at least this often, even with long segments and some patience.
ACTIVE_S = 30.0
# A worker tells what it saw a little later.
AFTER_S = 15.0
# More viewers than that are not told apart: numbers of viewers then stay below the truth.
MOST_VIEWERS = 20_000


class Viewing:
    """Remembers when each stream was last asked for, and by whom. `clock` is monotonic, in seconds.

    A viewer is whatever name they are given; it is forgotten with their last request.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[tuple[str, str], float] = {}
        self._aside: dict[str, float] = {}
        self._elsewhere: frozenset[str] = frozenset()

    def seen(self, stream_id: str, viewer: str = "") -> None:
        """Note a request on behalf of a stream; without a `viewer` nobody is counted for it."""
        now = self._clock()
        if self._aside and self._is_aside(stream_id, now):
            return
        self._seen[stream_id, viewer] = now
        if len(self._seen) > MOST_VIEWERS:
            self._make_room(stream_id, viewer)

    def ended(self, stream_id: str) -> None:
        """Note that a viewer says it has stopped; another one's next request marks it again."""
        self._seen = {who: at for who, at in self._seen.items() if who[0] != stream_id}

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
        """The streams that are being watched, of this process or another replica."""
        return sorted(self._elsewhere.union(self.here()))

    def here(self) -> list[str]:
        """The streams that this process was asked for within the last `ACTIVE_S` seconds."""
        self._forget_idle()
        return sorted({stream_id for stream_id, _ in self._seen})

    def elsewhere(self, stream_ids: Iterable[str]) -> None:
        """Note what is watched through other replicas, in place of what was noted before."""
        self._elsewhere = frozenset(stream_ids)

    def viewers(self) -> Counter[str]:
        """How many viewers asked for each stream within the last `ACTIVE_S` seconds."""
        self._forget_idle()
        return Counter(stream_id for stream_id, viewer in self._seen if viewer)

    def _make_room(self, stream_id: str, viewer: str) -> None:
        self._forget_idle()
        if len(self._seen) > MOST_VIEWERS:
            at = self._seen.pop((stream_id, viewer))
            # The stream itself stays known, whoever watches it.
            self._seen[stream_id, ""] = at

    def _forget_idle(self) -> None:
        since = self._clock() - ACTIVE_S
        self._seen = {who: at for who, at in self._seen.items() if at >= since}
