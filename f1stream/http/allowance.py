"""How often something may be asked for: by one client, and by all together."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from f1stream.errors import TooSoon

_MOST_CLIENTS = 1024


@dataclass(slots=True)
class _Bucket:
    left: float
    at_s: float


class Allowance:
    """So many at once, of which one comes back every `each_s` and every `all_each_s` seconds.

    `clock` is monotonic, in seconds.
    """

    def __init__(
        self,
        *,
        most: int,
        each_s: float,
        all_most: int,
        all_each_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = most
        self._each_s = each_s
        self._all_most = all_most
        self._all_each_s = all_each_s
        self._clock = clock
        self._all = _Bucket(all_most, clock())
        self._clients: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, client: str | None) -> None:
        """Note one more; `client` is an address, None where it is not known.

        Raises `TooSoon`; who is refused uses up nothing of what others may.
        """
        now = self._clock()
        buckets = [(self._all, self._all_most, self._all_each_s)]
        if client:
            buckets.append((self._bucket(client, now), self._most, self._each_s))
        for bucket, most, each_s in buckets:
            bucket.left = min(bucket.left + (now - bucket.at_s) / each_s, most)
            bucket.at_s = now
        wait_s = max((1 - bucket.left) * each_s for bucket, _, each_s in buckets)
        if wait_s > 0:
            raise TooSoon("that is asked for too often; try again later", wait_s)
        for bucket, *_ in buckets:
            bucket.left -= 1

    def _bucket(self, client: str, now: float) -> _Bucket:
        bucket = self._clients.setdefault(client, _Bucket(self._most, now))
        self._clients.move_to_end(client)
        if len(self._clients) > _MOST_CLIENTS:
            self._clients.popitem(last=False)
        return bucket
