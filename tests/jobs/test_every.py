"""A job by the clock and at once on demand."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from f1stream.jobs import Every


@asynccontextmanager
async def looping(every: Every) -> AsyncIterator[None]:
    task = asyncio.create_task(every.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_round_runs_at_the_start_and_again_after_the_interval() -> None:
    rounds = asyncio.Queue[int]()

    async def job() -> None:
        rounds.put_nowait(1)

    async with looping(Every(job, interval_s=0.01, name="job")), asyncio.timeout(5):
        for _ in range(3):
            await rounds.get()


async def test_many_who_ask_while_a_round_runs_are_served_by_one_more() -> None:
    begun = 0
    gate = asyncio.Event()

    async def job() -> None:
        nonlocal begun
        begun += 1
        await gate.wait()

    every = Every(job, interval_s=3600, name="job")
    async with looping(every), asyncio.timeout(5):
        while not begun:
            await asyncio.sleep(0)
        waiting = [asyncio.create_task(every.now()) for _ in range(10)]
        await asyncio.sleep(0.01)
        gate.set()
        await asyncio.gather(*waiting)
    assert begun == 2


async def test_failures_are_logged_at_their_edges_and_do_not_end_the_loop(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "f1stream")
    outcomes = [ValueError("one"), ValueError("two"), None]

    async def job() -> None:
        outcome = outcomes.pop(0) if outcomes else None
        if outcome:
            raise outcome

    every = Every(job, interval_s=3600, name="the job")
    async with looping(every), asyncio.timeout(5):
        for _ in range(3):
            await every.now()
    messages = [record.getMessage() for record in caplog.records]
    assert messages == [
        "the job fails; further failures are silent until it works",
        "the job works again",
    ]
    assert caplog.records[0].exc_info is not None
