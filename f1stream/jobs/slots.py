"""How many checks run at a time: so many in all, and so many at one host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Slots:
    """Limits that are known by the place a check goes to, a host and its port."""

    def __init__(self, total: int, per_place: int) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_place = per_place
        self._places: dict[str, asyncio.Semaphore] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def at(self, place: str) -> AsyncIterator[None]:
        """Hold one slot of `place` for the block.

        The place's slot is waited for first: a slow host keeps none from the others.
        """
        slots = self._places.setdefault(place, asyncio.Semaphore(self._per_place))
        self._users[place] = self._users.get(place, 0) + 1
        try:
            async with slots, self._total:
                yield
        finally:
            self._users[place] -= 1
            if not self._users[place]:
                del self._places[place], self._users[place]
