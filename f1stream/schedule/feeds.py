"""The feeds that were rendered, so that a subscriber's poll costs nothing."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from datetime import timedelta

from f1stream.schedule.sessions import Race, Schedule, Slot

DEFAULT_ALARM = timedelta(minutes=15)
MAX_FEEDS = 32


@dataclass(frozen=True, slots=True)
class CalendarOptions:
    """What a subscriber wants: when to be reminded (never, where zero), and of which sessions.

    No `types` means all of them.
    """

    alarm: timedelta = DEFAULT_ALARM
    types: frozenset[str] = frozenset()

    def wants(self, slot: Slot) -> bool:
        """Whether the sessions of this type are among those chosen."""
        return not self.types or slot.session.type in self.types


@dataclass(frozen=True, slots=True)
class Feed:
    """A rendered calendar and its entity tag."""

    body: bytes
    tag: str


class Feeds:
    """Renders feeds and keeps them for as long as the schedule says the same.

    A season takes a tenth of a second: it is rendered beside the loop, one at a time.
    """

    def __init__(self) -> None:
        self._said: tuple[str, tuple[Race, ...], tuple[Race, ...]] | None = None
        self._feeds: OrderedDict[CalendarOptions, Feed] = OrderedDict()
        self._turn = asyncio.Lock()

    async def of(self, schedule: Schedule, options: CalendarOptions) -> Feed:
        """The feed of `schedule` as `options` want it."""
        async with self._turn:
            said = (schedule.season, schedule.races, schedule.withdrawn)
            if said != self._said:
                self._said = said
                self._feeds.clear()
            if options not in self._feeds:
                self._feeds[options] = await asyncio.to_thread(_rendered, schedule, options)
            self._feeds.move_to_end(options)
            while len(self._feeds) > MAX_FEEDS:
                self._feeds.popitem(last=False)
            return self._feeds[options]


def _rendered(schedule: Schedule, options: CalendarOptions) -> Feed:
    # The library takes 8 MB and a quarter of a second: only a process that renders has it.
    from f1stream.schedule.calendar import feed

    return feed(schedule, options)
