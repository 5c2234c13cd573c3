"""A round of the background: every source on its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import aiohttp
import pytest

from f1stream.catalogue import Catalogue
from f1stream.errors import ExtractionFailed
from f1stream.extractors import Extractor, Web
from f1stream.jobs import Refresh
from f1stream.models import Found, Level, Upstream, Verdict

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)


class NoWeb:
    def get(
        self,
        upstream: Upstream,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> AbstractAsyncContextManager[aiohttp.ClientResponse]:
        raise AssertionError("these sources fetch nothing")


class Good(Extractor):
    key: ClassVar[str] = "good"
    titles: tuple[str, ...] = ("one",)

    async def find(self, web: Web) -> AsyncIterator[Found]:
        for title in self.titles:
            yield Found(key=title, title=title, url=f"http://a.example/{title}?t=secret")


class Hanging(Good):
    async def find(self, web: Web) -> AsyncIterator[Found]:
        await asyncio.sleep(3600)
        yield Found(key="", title="", url="")


class Failing(Good):
    async def find(self, web: Web) -> AsyncIterator[Found]:
        raise ExtractionFailed("the list is not there")
        yield


class Crashing(Good):
    async def find(self, web: Web) -> AsyncIterator[Found]:
        yield Found(key="half", title="half", url="http://a.example/half")
        raise KeyError("secret")


class Judge:
    def __init__(self) -> None:
        self.checked: list[str] = []

    async def check(self, upstream: Upstream, before: Verdict | None = None) -> Verdict:
        self.checked.append(upstream.url)
        return Verdict(checked_at=NOW, level=Level.SEGMENT)


def refresh_of(*sources: Extractor) -> tuple[Refresh, Catalogue, Judge]:
    catalogue = Catalogue((source.key, source.name) for source in sources)
    judge = Judge()
    refresh = Refresh(sources, NoWeb(), catalogue, judge, clock=lambda: NOW)
    return refresh, catalogue, judge


async def test_what_is_found_is_judged_and_listed() -> None:
    refresh, catalogue, judge = refresh_of(Good(name="A", titles=("one", "two")))
    await refresh.round()
    assert [entry.stream.title for entry in catalogue.playable()] == ["one", "two"]
    assert len(judge.checked) == 2


async def test_a_source_that_hangs_fails_or_crashes_leaves_the_others_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    refresh, catalogue, _ = refresh_of(
        Hanging(name="hangs", timeout_s=0.05),
        Failing(name="fails"),
        Crashing(name="crashes"),
        Good(name="works"),
    )
    await refresh.round()
    assert [entry.stream.site_name for entry in catalogue.playable()] == ["works"]
    errors = {health.name: health.error for health in catalogue.sources()}
    assert errors == {
        "hangs": "no result within 0.05 s",
        "fails": "the list is not there",
        "crashes": "crashed: KeyError",
        "works": None,
    }
    assert "Traceback" in caplog.text


async def test_streams_of_a_fast_source_are_judged_while_a_slow_one_still_runs() -> None:
    refresh, catalogue, _ = refresh_of(Hanging(name="hangs"), Good(name="works"))
    task = asyncio.create_task(refresh.round())
    async with asyncio.timeout(5):
        while not catalogue.playable():
            await asyncio.sleep(0.001)
    assert catalogue.sources()[0].state == "running"
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_match_and_exclude_choose_by_whole_words_of_the_title() -> None:
    source = Good(
        name="A",
        titles=("F1: Monaco", "f1 replay", "F10 rally", "MotoGP", "Formula 1 live"),
        match=("F1", "Formula 1"),
        exclude=("Replay",),
    )
    refresh, catalogue, _ = refresh_of(source)
    await refresh.round()
    assert [entry.stream.title for entry in catalogue.all()] == ["F1: Monaco", "Formula 1 live"]


async def test_a_source_is_read_again_when_due_or_forced_only() -> None:
    reads = 0

    class Counting(Good):
        async def find(self, web: Web) -> AsyncIterator[Found]:
            nonlocal reads
            reads += 1
            yield Found(key="", title="", url="http://a.example/")

    now = NOW
    source = Counting(name="A")
    catalogue = Catalogue([(source.key, source.name)])
    refresh = Refresh([source], NoWeb(), catalogue, Judge(), clock=lambda: now)
    await refresh.round()
    await refresh.round()
    assert reads == 1
    refresh.force("A")
    await refresh.round()
    assert reads == 2
    now += timedelta(minutes=32)
    await refresh.round()
    assert reads == 3
