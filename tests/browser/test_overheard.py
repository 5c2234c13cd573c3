"""Answers that a page got, sorted: the real page is in the tests of the extractor."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.async_api import Response

from f1stream.browser.overheard import MAX_ANSWERS, MAX_PLAYLIST_BYTES, Heard, Overheard
from tests.extractors.servers.hls import MEDIA, MULTIVARIANT

URL = "https://a.example/live/index.m3u8"


@dataclass
class Answered:
    """A response and its request, as far as they are looked at."""

    url: str = URL
    content: bytes = MULTIVARIANT.encode()
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    resource_type: str = "xhr"

    @property
    def request(self) -> Answered:
        return self

    async def all_headers(self) -> dict[str, str]:
        return {"referer": "https://a.example/", "accept": "*/*"}

    async def sizes(self) -> dict[str, int]:
        return {"responseBodySize": len(self.content)}

    async def body(self) -> bytes:
        return self.content


async def heard_of(*answers: Answered) -> list[Heard]:
    async with asyncio.TaskGroup() as reading:
        overheard = Overheard(reading)
        for each in answers:
            overheard.hear(cast(Response, each))
    return overheard.playlists()


async def test_a_multivariant_playlist_stands_for_those_it_leads_to() -> None:
    media = Answered("https://a.example/live/low.m3u8?t=2", MEDIA.encode())
    other = Answered("https://a.example/other.m3u8", MEDIA.encode())
    heard = await heard_of(other, media, Answered(URL + "?t=1"))
    assert [each.url for each in heard] == [URL + "?t=1", other.url]
    assert heard[0].headers == {"Referer": "https://a.example/"}


@pytest.mark.parametrize(
    "change",
    [
        {"status": 404},
        {"url": "blob:https://a.example/1.m3u8"},
        {"url": "https://a.example/x", "headers": {"content-type": "text/html"}},
        {"url": "https://a.example/x", "resource_type": "image"},
        {"url": "https://a.example/x", "headers": {"content-length": "3000000"}},
        {"url": "https://a.example/x", "headers": {"content-length": "\u00b2"}},
        {"content": b"#EXTM3U\n" + b"#" * MAX_PLAYLIST_BYTES},
        {"content": b"<html>"},
    ],
)
async def test_what_is_no_playlist_is_not_taken_for_one(change: dict[str, Any]) -> None:
    assert await heard_of(Answered(**change)) == []


async def test_a_page_that_asks_without_end_is_heard_so_far() -> None:
    answers = [Answered(f"https://a.example/{number}.m3u8") for number in range(MAX_ANSWERS + 50)]
    assert len(await heard_of(*answers)) == MAX_ANSWERS


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=200).map(lambda rest: b"#EXTM3U\n" + rest) | st.binary(max_size=50))
def test_any_body_is_understood_or_passed_over(body: bytes) -> None:
    assert len(asyncio.run(heard_of(Answered(content=body)))) <= 1
