"""A time limit for work that sometimes has to wait for its turn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

from pydantic import BaseModel

from f1stream.extractors import Web
from f1stream.isolated import Job

if TYPE_CHECKING:
    from playwright.async_api import BrowserContext

A = TypeVar("A", bound=BaseModel)

# So long in all may one reading wait for processes and browser contexts that others use.
MOST_WAIT_S = 300.0


class Limit:
    """`async with` as `asyncio.timeout`: raises `TimeoutError` after `seconds`.

    Time spent inside `waiting` does not count, `most_wait_s` of it at most.
    """

    def __init__(self, seconds: float, *, most_wait_s: float = MOST_WAIT_S) -> None:
        self._timeout = asyncio.timeout(seconds)
        self._left_s = seconds
        self._wait_left_s = most_wait_s
        self._waiting = 0
        self._since = 0.0
        self._entered = False

    async def __aenter__(self) -> Self:
        await self._timeout.__aenter__()
        self._since = asyncio.get_running_loop().time()
        self._entered = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._entered = False
        await self._timeout.__aexit__(kind, error, at)

    @contextmanager
    def waiting(self) -> Iterator[Callable[[], None]]:
        """Stop the clock until the block ends, or until what it yields is called."""
        running = False

        def begun() -> None:
            nonlocal running
            if not running:
                running = True
                self._turn(-1)

        self._turn(1)
        try:
            yield begun
        finally:
            begun()

    def _turn(self, change: int) -> None:
        """One more waits, or one fewer: who works for the limit waits while any of them does."""
        now = asyncio.get_running_loop().time()
        if self._waiting:
            self._wait_left_s -= now - self._since
        else:
            self._left_s -= now - self._since
        self._since = now
        self._waiting += change
        if self._entered and not self._timeout.expired():
            patience_s = max(self._wait_left_s, 0) if self._waiting else 0
            self._timeout.reschedule(now + self._left_s + patience_s)


class Patient:
    """A `Web` whose waits for a process or a browser context don't count for `limit`."""

    def __init__(self, web: Web, limit: Limit) -> None:
        self._web = web
        self._limit = limit
        self.get = web.get

    async def isolated(
        self, job: Job[A], *, timeout_s: float, begun: Callable[[], None] = lambda: None
    ) -> A:
        with self._limit.waiting() as running:

            def told() -> None:
                running()
                begun()

            return await self._web.isolated(job, timeout_s=timeout_s, begun=told)

    @asynccontextmanager
    async def context(self) -> AsyncIterator[BrowserContext]:
        with self._limit.waiting() as running:
            async with self._web.context() as context:
                running()
                yield context
