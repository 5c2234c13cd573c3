"""A round of the background: every source on its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any, ClassVar

import pytest
from pydantic import Field, SecretStr

from f1stream.catalogue import Catalogue
from f1stream.errors import UpstreamStatus
from f1stream.extractors import Extractor, Roster, Web
from f1stream.extractors.options import Headers, SecretUrl
from f1stream.jobs import Refresh
from f1stream.jobs import refresh as refresh_module
from f1stream.models import Found, Lead, Level, Upstream, Verdict
from tests.jobs.sources import (
    NOW,
    Crashing,
    Failing,
    GivingUp,
    Good,
    Hanging,
    Judge,
    Many,
    NoWeb,
    Stubborn,
)


def refresh_of(*sources: Extractor, **more: Any) -> tuple[Refresh, Catalogue, Judge]:
    catalogue = Catalogue((source.key, source.name) for source in sources)
    judge = Judge()
    refresh = Refresh(sources, NoWeb(), catalogue, judge, clock=lambda: NOW, **more)
    return refresh, catalogue, judge


class Guarded(Good):
    """Its server lets nobody in."""

    url: SecretUrl
    token: SecretStr = SecretStr("hunter2")
    headers: Headers = Field(default_factory=dict)
    status: int = 401

    async def find(self, web: Web) -> AsyncIterator[Found]:
        raise UpstreamStatus(f"a.example answered {self.status}", self.status)
        yield


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "a.example answered 401; check token and url of the source"),
        (
            {"headers": {"Cookie": "hunter2"}, "status": 403},
            "a.example answered 403; check token, headers and url of the source",
        ),
        ({"status": 404}, "a.example answered 404"),
    ],
)
async def test_who_is_not_let_in_is_told_which_options_to_check(
    options: dict[str, object], said: str
) -> None:
    source = Guarded.model_validate({"name": "A", "url": "http://a.example/", **options})
    refresh, catalogue, _ = refresh_of(source)
    await refresh.round()
    assert catalogue.source("A").error == said


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
        GivingUp(name="gives up"),
        Good(name="works"),
    )
    await refresh.round()
    assert [entry.stream.site_name for entry in catalogue.playable()] == ["works"]
    errors = {health.name: health.error for health in catalogue.sources()}
    assert errors == {
        "hangs": "no result within 0.05 s",
        "fails": "the list is not there",
        "crashes": "crashed: KeyError",
        "gives up": "it gave up by itself",
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


async def test_while_memory_is_short_only_what_somebody_asked_for_is_read() -> None:
    short = True
    source = Good(name="A", titles=("one",))
    refresh, catalogue, judge = refresh_of(source, short=lambda: short)
    await refresh.round()
    assert catalogue.all() == []
    refresh.force("A")
    await refresh.round()
    assert [entry.stream.title for entry in catalogue.all()] == ["one"]
    assert judge.checked == []
    short = False
    await refresh.round()
    assert len(judge.checked) == 1


class Leading(Extractor):
    key: ClassVar[str] = "leading"
    to: str = "followed"

    async def find(self, web: Web) -> AsyncIterator[Found | Lead]:
        yield Lead(to=self.to, key="a", title="Race", url="https://a.example/watch")


class Followed(Extractor):
    key: ClassVar[str] = "followed"
    url: str

    async def find(self, web: Web) -> AsyncIterator[Found]:
        yield Found(key="b", title="", url=f"{self.url}/live.m3u8")


async def test_a_lead_is_followed_by_the_extractor_of_the_roster_that_it_names() -> None:
    sources = [Leading(name="A"), Leading(name="B", to="nobody")]
    catalogue = Catalogue((source.key, source.name) for source in sources)
    roster = Roster({"followed": Followed})
    refresh = Refresh(sources, NoWeb(), catalogue, Judge(), roster=roster, clock=lambda: NOW)
    await refresh.round()
    (entry,) = catalogue.all()
    assert entry.stream.title == "Race"
    assert entry.stream.upstream.url == "https://a.example/watch/live.m3u8"
    error = catalogue.sources()[1].error
    assert error is not None
    assert "there is no extractor nobody to follow a lead" in error


async def test_a_failing_source_keeps_what_it_found_and_is_tried_again_later() -> None:
    class Once(Good):
        async def find(self, web: Web) -> AsyncIterator[Found]:
            if NOW < now:
                raise TimeoutError
            yield Found(key="", title="kept", url="http://a.example/")

    now = NOW
    source = Once(name="A")
    catalogue = Catalogue([(source.key, source.name)])
    refresh = Refresh([source], NoWeb(), catalogue, Judge(), clock=lambda: now)
    await refresh.round()
    now += timedelta(hours=1)
    await refresh.round()
    (entry,), (health,) = catalogue.playable(), catalogue.sources()
    assert (entry.stale, health.kept, health.failures) == (True, 1, 1)
    assert health.next_run is not None
    assert timedelta(seconds=20) < health.next_run - now < timedelta(seconds=40)


async def test_a_source_that_ignores_its_end_is_left_behind_and_started_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(refresh_module, "GRACE_S", 0.01)
    Stubborn.let_go = asyncio.Event()
    refresh, catalogue, _ = refresh_of(Stubborn(name="A", timeout_s=0.01), Good(name="B"))
    await refresh.round()
    assert catalogue.source("A").error == "no result within 0.01 s"
    assert catalogue.source("B").state == "ok"
    refresh.force("A")
    async with asyncio.timeout(1):
        await refresh.round()
    assert catalogue.source("A").failures == 2
    assert "ignores that its time is up" in caplog.text
    Stubborn.let_go.set()
    while refresh_left := [task for task in asyncio.all_tasks() if "reading" in task.get_name()]:
        await asyncio.wait(refresh_left)
    await asyncio.sleep(0)
    refresh.force("A")
    await refresh.round()
    assert catalogue.source("A").state == "ok"


async def test_what_is_left_out_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "f1stream")
    refresh, catalogue, _ = refresh_of(Good(name="A", titles=("one", "one", "two\0")))
    for _ in range(2):
        refresh.force("A")
        await refresh.round()
    assert catalogue.source("A").left_out == {
        "key of another one": 1,
        "url: has control characters": 1,
    }
    (record,) = caplog.records
    assert "left out of what it found" in record.getMessage()
    assert "secret" not in record.getMessage()


async def test_a_token_of_a_watched_stream_brings_its_source_forward() -> None:
    watched: list[str] = []
    now = datetime.fromtimestamp(1783260000 - 300, NOW.tzinfo)
    source = Many(name="A", count=1)
    catalogue = Catalogue([(source.key, source.name)])
    refresh = Refresh(
        [source], NoWeb(), catalogue, Judge(), watched=lambda: watched, clock=lambda: now
    )

    async def extracted_at() -> datetime:
        await refresh.round()
        return catalogue.all()[0].stream.extracted_at

    first = await extracted_at()
    now += timedelta(minutes=4, seconds=30)
    assert await extracted_at() == first
    watched.append(catalogue.all()[0].stream.id)
    assert await extracted_at() == now


async def test_the_judge_is_given_its_last_verdict_and_few_checks_run_at_a_place() -> None:
    before: list[Verdict | None] = []
    running = most = 0

    class Careful(Judge):
        async def check(self, upstream: Upstream, last: Verdict | None = None) -> Verdict:
            nonlocal running, most
            before.append(last)
            running += 1
            most = max(most, running)
            await asyncio.sleep(0)
            running -= 1
            return Verdict(checked_at=now, level=Level.SEGMENT)

    now = NOW
    source = Many(name="a", count=40)
    catalogue = Catalogue([(source.key, source.name)])
    refresh = Refresh([source], NoWeb(), catalogue, Careful(), clock=lambda: now)
    await refresh.round()
    assert most == refresh_module.CHECKS_PER_PLACE
    now += timedelta(minutes=6)
    await refresh.round()
    assert before[:40] == [None] * 40
    assert all(last is not None for last in before[40:])
    assert len(before) == 80
