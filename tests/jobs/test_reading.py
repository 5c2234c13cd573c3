"""One attempt at a source, and where its leads go."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from f1stream.errors import ExtractionFailed
from f1stream.extractors import Extractor, Roster, Web
from f1stream.jobs import reading
from f1stream.jobs.reading import Outcome, Reading
from f1stream.models import Found, Lead
from tests.jobs.sources import NOW, NoWeb


class Links(Extractor):
    """Yields what it is given: streams by their names, leads as `extractor>address`."""

    key: ClassVar[str] = "links"
    found: tuple[str, ...]

    async def find(self, web: Web) -> AsyncIterator[Found | Lead]:
        for each in self.found:
            to, arrow, url = each.rpartition(">")
            if arrow:
                yield Lead(to=to, key=url, title=f"led to {url}", url=f"http://{url}.example/")
            else:
                yield Found(key=each, title=each, url=f"http://a.example/{each}")


class Page(Extractor):
    key: ClassVar[str] = "page"
    url: str
    running: ClassVar[int] = 0
    most: ClassVar[int] = 0

    async def find(self, web: Web) -> AsyncIterator[Found]:
        Page.running += 1
        Page.most = max(Page.most, Page.running)
        try:
            await asyncio.sleep(0 if "slow" not in self.url else 3600)
            if "bad" in self.url:
                raise ExtractionFailed("the page is empty")
            if "quits" in self.url:
                raise asyncio.CancelledError
            if "crash" in self.url:
                raise KeyError("secret")
            yield Found(key="video", title="", url=self.url + "1.m3u8")
            yield Found(key="other", title="own title", url=self.url + "2.m3u8")
        finally:
            Page.running -= 1


class Deep(Extractor):
    key: ClassVar[str] = "deep"
    url: str

    async def find(self, web: Web) -> AsyncIterator[Lead]:
        yield Lead(to="page", key="", title="", url=self.url)


ROSTER = Roster({"page": Page, "links": Links, "deep": Deep})


async def read(*found: str, told: Any = lambda count: None, **options: Any) -> Outcome:
    source = Links(name="A", found=found, **options)
    return await Reading(source, NoWeb(), ROSTER, clock=lambda: NOW, told=told).outcome()


async def test_streams_of_a_lead_stand_where_the_lead_stood() -> None:
    outcome = await read("one", "page>b", "two")
    titles = [stream.title for stream in outcome.streams]
    assert titles == ["one", "led to b", "own title", "two"]
    assert len({stream.id for stream in outcome.streams}) == 4
    assert not outcome.left_out


async def test_a_lead_that_fails_crashes_or_hangs_is_counted_and_the_rest_stays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcome = await read(
        "page>bad", "page>crash", "page>slow", "nobody>c", "page>quits", "page>d", timeout_s=0.2
    )
    assert [stream.title for stream in outcome.streams] == ["led to d", "own title"]
    assert outcome.left_out == {"lead that fails": 5}
    assert "a lead to page crashed" in caplog.text


async def test_where_every_lead_fails_the_source_fails_with_the_first_reason() -> None:
    with pytest.raises(ExtractionFailed, match=r"none of 2 leads leads to a stream: the page is"):
        await read("page>bad", "page>bad2")


async def test_streams_of_its_own_save_a_source_whose_leads_all_fail() -> None:
    outcome = await read("one", "page>bad")
    assert [stream.title for stream in outcome.streams] == ["one"]
    assert outcome.left_out == {"lead that fails": 1}


async def test_an_extractor_that_takes_no_address_is_a_lead_that_fails() -> None:
    with pytest.raises(ExtractionFailed, match="can't be handed this address"):
        await read("links>b")


async def test_a_lead_is_followed_one_step_only() -> None:
    assert (await read("deep>b")).streams == []


async def test_leads_are_bounded_in_number_and_at_a_time() -> None:
    Page.most = 0
    outcome = await read(*(f"page>host{number}" for number in range(130)))
    assert len(outcome.streams) == 2 * reading.MAX_LEADS
    assert outcome.left_out == {"beyond the 100 leads of a source": 30}
    assert Page.most == reading.LEADS_AT_A_TIME


async def test_one_that_never_ends_is_listened_to_for_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MAX_YIELDS", 250)
    counts: list[int] = []
    outcome = await read(*map(str, range(1_000)), told=counts.append)
    assert len(outcome.streams) == 250
    assert counts == [100, 200, 250]
    assert outcome.left_out == {"beyond the 250 that are listened to": 1}
