"""How often something may be asked for: the one rule of all that is limited so."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from f1stream.errors import TooSoon

_MOST_CLIENTS = 4096


class Allowance:
    """So many at once for each client, of which one comes back every `each_s` seconds.

    A client is any text; the ones heard of least recently are forgotten where there are too many.
    `why` is told to one who is refused. `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        *,
        most: int,
        each_s: float,
        why: str = "that is asked for too often; try again later",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spare_s = each_s * (most - 1)
        self._each_s = each_s
        self._why = why
        self._clock = clock
        # Until when a client would have to wait for all that it has had to come back.
        self._until_s: OrderedDict[str, float] = OrderedDict()

    def check(self, client: str) -> None:
        """Raise `TooSoon` where this client has nothing left."""
        wait_s = self._until_s.get(client, 0.0) - self._clock() - self._spare_s
        if wait_s > 0:
            raise TooSoon(self._why, wait_s)

    def count(self, client: str) -> None:
        """Note one more of this client."""
        since_s = max(self._until_s.pop(client, 0.0), self._clock())
        self._until_s[client] = since_s + self._each_s
        if len(self._until_s) > _MOST_CLIENTS:
            self._until_s.popitem(last=False)

    def take(self, client: str) -> None:
        """Note one more, unless that is one too many. Raises `TooSoon`, which uses up nothing."""
        self.check(client)
        self.count(client)

    def forget(self, client: str) -> None:
        """Give this client back all that it has had."""
        self._until_s.pop(client, None)
