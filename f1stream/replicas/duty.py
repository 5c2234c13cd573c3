"""Work that is this replica's at one time and another one's at another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Duty:
    """Runs `work` in `group` from when it is taken up until it is laid down."""

    def __init__(self, work: Callable[[], Awaitable[None]], group: asyncio.TaskGroup) -> None:
        self._work = work
        self._group = group
        self._task: asyncio.Task[None] | None = None
        self._last: asyncio.Task[None] | None = None

    @property
    def taken_up(self) -> bool:
        """Whether the work is this replica's."""
        return self._task is not None

    def take_up(self) -> None:
        """Begin to work, unless that is done already."""
        if self._task is None:
            self._task = self._group.create_task(self._done(self._last))

    def lay_down(self) -> None:
        """Stop working at once."""
        if self._task is not None:
            self._task.cancel()
            self._last, self._task = self._task, None

    async def _done(self, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            # What was stopped may still be tidying up.
            await asyncio.wait({before})
        await self._work()
