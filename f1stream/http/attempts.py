"""How often somebody may guess."""

from __future__ import annotations

import time
from collections.abc import Callable

from f1stream.http.allowance import Allowance

# Enough for a person with a bad memory; who guesses gets on by 12 an hour after that.
EACH_AT_ONCE = 5
EACH_EVERY_S = 300.0
# Of all together, so that many addresses are no way around it.
ALL_AT_ONCE = 60
ALL_EVERY_S = 5.0
_WHY = "too many wrong passwords; wait, then try again"
_ALL = ""


class Attempts:
    """Wrong guesses, counted by client and of all together. `clock` is monotonic."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._each = Allowance(most=EACH_AT_ONCE, each_s=EACH_EVERY_S, why=_WHY, clock=clock)
        self._all = Allowance(most=ALL_AT_ONCE, each_s=ALL_EVERY_S, why=_WHY, clock=clock)

    def check(self, client: str) -> None:
        """Raise `TooSoon` where this client, or all together, have guessed too often."""
        self._each.check(client)
        self._all.check(_ALL)

    def failed(self, client: str) -> None:
        """Count a wrong guess."""
        self._each.count(client)
        self._all.count(_ALL)

    def succeeded(self, client: str) -> None:
        """Forget the wrong guesses of one who knows the password after all."""
        self._each.forget(client)
