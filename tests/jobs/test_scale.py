"""Thirty sources, a third of which hang: a round ends in time and blocks nobody."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
import tracemalloc

import pytest

from f1stream.catalogue import Catalogue
from f1stream.extractors import Extractor
from f1stream.jobs import Refresh
from f1stream.models import Level, Upstream, Verdict
from tests.extractors.reading import Watch
from tests.jobs.sources import NOW, Crashing, Hanging, Many, NoWeb

STREAMS = 1_000
TIMEOUT_S = 0.1
LONGEST_BLOCK_S = 0.05

SOURCES: tuple[Extractor, ...] = (
    *(Hanging(name=f"hanging {number}", timeout_s=TIMEOUT_S) for number in range(10)),
    *(Crashing(name=f"crashing {number}") for number in range(5)),
    *(Many(name=f"good-{number}", count=STREAMS // 15 + (number < 10)) for number in range(15)),
)


class Unhurried:
    """A judge that takes a moment and keeps nothing."""

    async def check(self, upstream: Upstream, before: Verdict | None = None) -> Verdict:
        await asyncio.sleep(0.001)
        return Verdict(checked_at=NOW, level=Level.SEGMENT)


@pytest.fixture
def no_records(caplog: pytest.LogCaptureFixture) -> None:
    """Records of crashes would keep what crashed."""
    caplog.set_level(logging.CRITICAL)


def refreshing() -> tuple[Refresh, Catalogue]:
    catalogue = Catalogue((source.key, source.name) for source in SOURCES)
    return Refresh(SOURCES, NoWeb(), catalogue, Unhurried()), catalogue


async def forced_round(refresh: Refresh) -> None:
    for name in refresh.sources:
        refresh.force(name)
    await refresh.round()


async def test_a_round_of_a_thousand_streams_ends_within_its_timeouts_and_blocks_nobody() -> None:
    refresh, catalogue = refreshing()
    began_s = time.perf_counter()
    async with Watch() as watch:
        await refresh.round()
        catalogue.all()
    took_s = time.perf_counter() - began_s
    assert len(catalogue.playable()) == STREAMS
    assert sum(health.failing for health in catalogue.sources()) == 15
    assert watch.worst_s < LONGEST_BLOCK_S
    assert took_s < 10


@pytest.mark.usefixtures("no_records")
async def test_twenty_rounds_later_the_memory_is_what_it_was() -> None:
    refresh, catalogue = refreshing()
    tracemalloc.start()
    try:
        for _ in range(2):
            await forced_round(refresh)
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(20):
            await forced_round(refresh)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(catalogue.all()) == STREAMS
    assert after < before * 1.1
