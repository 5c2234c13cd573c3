"""What browsers are told as it changes: the present state of a few topics, each with a number.

A topic is state, not a history: who missed ten changes is told the last one. So there is nothing
to queue for a slow client, and nothing that it can miss.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import orjson


class News:
    """Topics by name, each with what gives its present state as JSON.

    Numbers begin anew with each process; `epoch` tells them apart.
    """

    def __init__(self, topics: Mapping[str, Callable[[], Any]]) -> None:
        self.epoch = secrets.token_hex(4)
        self._closed = False
        self._topics = topics
        self._state: dict[str, bytes] = {}
        self._numbers: dict[str, int] = dict.fromkeys(topics, 0)
        self._number = 0
        self._stale: set[str] = set(topics)
        self._changed = asyncio.Event()

    def tell(self, *topics: str) -> None:
        """Note that these topics have changed."""
        self._stale.update(topics)
        self._wake()

    def close(self) -> None:
        """End every client's stream."""
        self._closed = True
        self._wake()

    def ended(self) -> bool:
        """Whether nothing is told any more."""
        return self._closed

    def since(self, number: int) -> tuple[int, dict[str, bytes]]:
        """The present number, and the state of the topics that have changed after `number`."""
        for topic in sorted(self._stale):
            state = orjson.dumps(self._topics[topic]())
            if state != self._state.get(topic):
                self._number += 1
                self._state[topic], self._numbers[topic] = state, self._number
        self._stale.clear()
        newer = [topic for topic, at in self._numbers.items() if at > number]
        return self._number, {topic: self._state[topic] for topic in newer}

    async def changed(self, number: int) -> None:
        """Return when something may have changed after `number`, or the news are closed."""
        if self._number <= number and not self._stale and not self._closed:
            await self._changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
