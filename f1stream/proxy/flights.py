"""Work that is done once for all who ask for it at the same time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

from f1stream.errors import F1StreamError, UpstreamDown

log = logging.getLogger(__name__)

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(slots=True, eq=False)
class _Flight(Generic[V]):
    task: asyncio.Task[V | F1StreamError]
    waiting: int = 0


class Flights(Generic[K, V]):
    """An async context manager that owns the tasks. Work nobody waits for any more is cancelled."""

    def __init__(self) -> None:
        self._flights: dict[K, _Flight[V]] = {}
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for flight in self._flights.values():
            flight.task.cancel()
        # Without the error: a task group would wrap what is none of its tasks' doing.
        await self._tasks.__aexit__(None, None, None)

    def has(self, key: K) -> bool:
        """Whether work is under way for `key`."""
        return key in self._flights

    async def share(self, key: K, work: Callable[[], Awaitable[V]]) -> V:
        """The result of `work`, or of the work that is under way for `key`.

        Raises the `F1StreamError` that the work raised.
        """
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(self._tasks.create_task(_outcome(work)))
            flight.task.add_done_callback(lambda _: self._landed(key, flight))
        flight.waiting += 1
        try:
            outcome = await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if not flight.waiting and not flight.task.done():
                flight.task.cancel()
                self._landed(key, flight)
        if isinstance(outcome, F1StreamError):
            raise outcome
        return outcome

    def _landed(self, key: K, flight: _Flight[V]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


async def _outcome(work: Callable[[], Awaitable[V]]) -> V | F1StreamError:
    """The result or the error as a value: an exception would end the whole task group."""
    try:
        return await work()
    except F1StreamError as error:
        return error
    except Exception:
        log.exception("shared work crashed")
        return UpstreamDown("the request failed here; the fault is logged")
