"""The loops of the background, and everything at once on demand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from f1stream.catalogue import Catalogue
from f1stream.errors import TooSoon
from f1stream.extractors import Extractor, Web
from f1stream.jobs import Refresh, Rounds
from f1stream.models import Found
from tests.jobs.sources import NOW, Failing, Good, Hanging, Judge, NoWeb


class Gated(Good):
    """Counts its readings, each of which waits at a gate."""

    async def find(self, web: Web) -> AsyncIterator[Found]:
        READINGS.append(self.name)
        await GATES[0].wait()
        yield Found(key="", title="F1", url=f"http://{self.name}.example/")


READINGS: list[str] = []
GATES: list[asyncio.Event] = []


@pytest.fixture(autouse=True)
def gate() -> asyncio.Event:
    READINGS.clear()
    GATES[:] = [asyncio.Event()]
    return GATES[0]


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@asynccontextmanager
async def rounds_of(*sources: Extractor) -> AsyncIterator[tuple[Rounds, Catalogue, Clock]]:
    catalogue = Catalogue((source.key, source.name) for source in sources)
    refresh = Refresh(sources, NoWeb(), catalogue, Judge(), clock=lambda: NOW)
    clock = Clock()
    rounds = Rounds(refresh, clock=clock)
    task = asyncio.create_task(rounds.run())
    try:
        async with asyncio.timeout(10):
            yield rounds, catalogue, clock
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def until(true: object) -> None:
    assert callable(true)
    while not true():
        await asyncio.sleep(0.001)


async def test_all_sources_are_read_and_judged_at_the_start_whatever_one_does() -> None:
    sources = (Hanging(name="hangs"), Failing(name="fails"), Good(name="works"))
    async with rounds_of(*sources) as (_, catalogue, _):
        await until(catalogue.playable)
        assert [entry.stream.site_name for entry in catalogue.playable()] == ["works"]
        assert catalogue.source("hangs").state == "running"


async def test_a_forced_round_ends_when_all_is_read_and_judged(gate: asyncio.Event) -> None:
    async with rounds_of(Gated(name="a"), Good(name="b")) as (rounds, catalogue, _):
        gate.set()
        await rounds.force()
        assert len(catalogue.playable()) == 2
        assert READINGS == ["a"], "one that has not begun yet serves who asks"


async def test_who_asks_while_it_runs_waits_along_and_who_asks_soon_after_is_told_when(
    gate: asyncio.Event,
) -> None:
    async with rounds_of(Gated(name="a")) as (rounds, _, clock):
        await until(lambda: READINGS)
        asking = [asyncio.create_task(rounds.force()) for _ in range(5)]
        await asyncio.sleep(0.01)
        gate.set()
        await asyncio.gather(*asking)
        assert READINGS == ["a", "a"]
        clock.now_s += 10
        with pytest.raises(TooSoon, match="ask again in 20 s") as told:
            await rounds.force()
        assert (told.value.status, told.value.headers) == (429, {"Retry-After": "20"})
        clock.now_s += 20
        await rounds.force()
        assert READINGS == ["a"] * 3


async def test_one_source_can_be_reread_by_many_with_one_reading(gate: asyncio.Event) -> None:
    async with rounds_of(Gated(name="a"), Gated(name="b")) as (rounds, _, _):
        gate.set()
        await until(lambda: len(READINGS) == 2)
        await asyncio.gather(*(rounds.reread("a") for _ in range(20)))
        assert sorted(READINGS) == ["a", "a", "b"]
