"""Pauses that grow with each further reason for one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(slots=True)
class _Rest:
    until_s: float
    next_s: float


class Rests:
    """Remembers who rests, by name: for `first_s` seconds at first, twice as long each time.

    Times are seconds of a monotonic clock.
    """

    def __init__(self, *, first_s: float, longest_s: float) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._rests: dict[str, _Rest] = {}

    def begin(self, name: str, now_s: float) -> float:
        """Have `name` rest from now on; returns for how many seconds."""
        before = self._rests.get(name)
        pause_s = before.next_s if before else self._first_s
        self._rests[name] = _Rest(now_s + pause_s, min(2 * pause_s, self._longest_s))
        return pause_s

    def left_s(self, name: str, now_s: float) -> float:
        """For how long `name` still rests."""
        rest = self._rests.get(name)
        return max(rest.until_s - now_s, 0) if rest else 0

    def end(self, name: str) -> None:
        """Forget why `name` rested."""
        self._rests.pop(name, None)

    def keep_only(self, names: Collection[str]) -> None:
        """Forget all others."""
        for name in self._rests.keys() - set(names):
            del self._rests[name]
