"""How often somebody may guess."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from f1stream.errors import TooSoon

# Enough for a person with a bad memory; who guesses gets on by 12 an hour after that.
EACH_AT_ONCE = 5
EACH_EVERY_S = 300.0
# Of all together, so that many addresses are no way around it.
ALL_AT_ONCE = 60
ALL_EVERY_S = 5.0
_MAX_CLIENTS = 4096


class Attempts:
    """Wrong guesses, counted by client and of all together. `clock` is monotonic.

    A client is any text; the ones heard of least recently are forgotten where there are too many.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._of_all = 0.0
        self._each: OrderedDict[str, float] = OrderedDict()

    def check(self, client: str) -> None:
        """Raise `TooSoon` where this client, or all together, have guessed too often."""
        now = self._clock()
        wait_s = max(
            self._each.get(client, 0.0) - now - EACH_EVERY_S * (EACH_AT_ONCE - 1),
            self._of_all - now - ALL_EVERY_S * (ALL_AT_ONCE - 1),
        )
        if wait_s > 0:
            raise TooSoon("too many wrong passwords; wait, then try again", wait_s)

    def failed(self, client: str) -> None:
        """Count a wrong guess."""
        now = self._clock()
        self._of_all = max(self._of_all, now) + ALL_EVERY_S
        self._each[client] = max(self._each.pop(client, 0.0), now) + EACH_EVERY_S
        if len(self._each) > _MAX_CLIENTS:
            self._each.popitem(last=False)

    def succeeded(self, client: str) -> None:
        """Forget the wrong guesses of one who knows the password after all."""
        self._each.pop(client, None)
