"""Time that counts for a source, and time spent in a queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, ClassVar, TypeVar

import pytest
from playwright.async_api import BrowserContext
from pydantic import BaseModel

from f1stream.catalogue import Catalogue
from f1stream.extractors import Extractor, Web
from f1stream.isolated import Job
from f1stream.jobs import Refresh
from f1stream.jobs.limit import Limit
from f1stream.models import Found
from tests.jobs.sources import Judge, NoWeb

A = TypeVar("A", bound=BaseModel)


async def test_without_waits_it_is_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        async with Limit(0.01):
            await asyncio.sleep(5)
    async with Limit(5):
        await asyncio.sleep(0)


async def test_waiting_does_not_count() -> None:
    async with Limit(0.05) as limit:
        for _ in range(3):
            with limit.waiting():
                await asyncio.sleep(0.04)


async def test_what_follows_a_wait_counts_again() -> None:
    limit = Limit(0.02)

    async def work() -> None:
        async with limit:
            with limit.waiting() as running:
                await asyncio.sleep(0.03)
                running()
                await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        await work()


async def test_waiting_has_a_bound_of_its_own() -> None:
    limit = Limit(0.01, most_wait_s=0.02)

    async def work() -> None:
        async with limit:
            with limit.waiting():
                await asyncio.sleep(5)

    with pytest.raises(TimeoutError):
        await work()


async def test_two_that_wait_at_a_time_are_one_wait() -> None:
    async def wait(limit: Limit, seconds: float) -> None:
        with limit.waiting():
            await asyncio.sleep(seconds)

    async with Limit(0.04, most_wait_s=5) as limit, asyncio.TaskGroup() as group:
        group.create_task(wait(limit, 0.06))
        group.create_task(wait(limit, 0.08))


class Queue(NoWeb):
    """One process and one browser context for all; a turn takes `TURN_S`."""

    TURN_S = 0.05

    def __init__(self) -> None:
        self._slot = asyncio.Semaphore(1)

    async def isolated(
        self, job: Job[A], *, timeout_s: float, begun: Callable[[], None] = lambda: None
    ) -> A:
        async with self._slot:
            begun()
            await asyncio.sleep(self.TURN_S)
        return job.answer()

    @asynccontextmanager
    async def context(self) -> AsyncIterator[BrowserContext]:
        async with self._slot, AsyncExitStack() as nothing:
            context: Any = nothing
            yield context
            await asyncio.sleep(self.TURN_S)


class Empty(BaseModel):
    pass


class Asking(Extractor):
    key: ClassVar[str] = "asking"
    browser: bool = False

    async def find(self, web: Web) -> AsyncIterator[Found]:
        if self.browser:
            async with web.context():
                pass
        else:
            job: Any = Job("none", question=Empty(), answer=Empty, library="none", host="a.example")  # type: ignore[arg-type]
            await web.isolated(job, timeout_s=self.timeout_s)
        yield Found(key="", title="", url="http://a.example/")


@pytest.mark.parametrize("browser", [False, True])
async def test_a_queue_of_sources_is_no_fault_of_the_last_one(browser: bool) -> None:
    sources = [Asking(name=f"{n}", timeout_s=0.2, browser=browser) for n in range(8)]
    catalogue = Catalogue((source.key, source.name) for source in sources)
    await Refresh(sources, Queue(), catalogue, Judge()).round()
    assert [health.error for health in catalogue.sources()] == [None] * 8
