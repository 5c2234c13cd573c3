"""What is being sent, for whoever has to wait for its end."""

from __future__ import annotations

import asyncio
from contextlib import suppress


class UnderWay:
    """A set of answers under way, whatever each of them is."""

    def __init__(self) -> None:
        self._all: set[object] = set()
        self._awaited: set[object] = set()
        self._ended = asyncio.Event()

    def __len__(self) -> int:
        return len(self._all)

    def add(self, one: object) -> None:
        """Count one in."""
        self._all.add(one)

    def discard(self, one: object) -> None:
        """Count one out."""
        self._all.discard(one)
        if one in self._awaited:
            self._awaited.discard(one)
            if not self._awaited:
                self._ended.set()

    async def finished(self, within_s: float) -> None:
        """Return when all that is under way now has ended, or the time is up.

        What begins meanwhile is not waited for: viewers who stay would never let it end.
        """
        self._awaited = set(self._all)
        if self._awaited:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    await self._ended.wait()
