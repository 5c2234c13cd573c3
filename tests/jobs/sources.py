"""Sources that behave in one way each, and a judge that likes everything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import ClassVar, TypeVar

import aiohttp
from playwright.async_api import BrowserContext
from pydantic import BaseModel

from f1stream.errors import ExtractionFailed
from f1stream.extractors import Extractor, Web
from f1stream.isolated import Job
from f1stream.models import Found, Level, Upstream, Verdict

A = TypeVar("A", bound=BaseModel)
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

    async def isolated(
        self, job: Job[A], *, timeout_s: float, begun: Callable[[], None] = lambda: None
    ) -> A:
        raise AssertionError("these sources ask no library")

    def context(self) -> AbstractAsyncContextManager[BrowserContext]:
        raise AssertionError("these sources open no page")


class Good(Extractor):
    key: ClassVar[str] = "good"
    titles: tuple[str, ...] = ("one",)

    async def find(self, web: Web) -> AsyncIterator[Found]:
        for title in self.titles:
            yield Found(key=title, title=title, url=f"http://a.example/{title}?t=secret")


class Many(Good):
    count: int = 1_000

    async def find(self, web: Web) -> AsyncIterator[Found]:
        for number in range(self.count):
            url = f"http://{self.name}.example/{number}.m3u8?expires=1783260000&token=secret"
            yield Found(key=str(number), title=f"F1 {number}", url=url)


class Hanging(Good):
    async def find(self, web: Web) -> AsyncIterator[Found]:
        await asyncio.sleep(3600)
        yield Found(key="", title="", url="")


class Stubborn(Good):
    """Ignores being cancelled until it is let go."""

    let_go: ClassVar[asyncio.Event]

    async def find(self, web: Web) -> AsyncIterator[Found]:
        while not self.let_go.is_set():
            try:
                await self.let_go.wait()
            except asyncio.CancelledError:
                continue
        yield Found(key="", title="late", url="http://a.example/late")


class Failing(Good):
    async def find(self, web: Web) -> AsyncIterator[Found]:
        raise ExtractionFailed("the list is not there")
        yield


class Crashing(Good):
    async def find(self, web: Web) -> AsyncIterator[Found]:
        yield Found(key="half", title="half", url="http://a.example/half")
        raise KeyError("secret")


class GivingUp(Good):
    async def find(self, web: Web) -> AsyncIterator[Found]:
        raise asyncio.CancelledError
        yield


class Judge:
    def __init__(self) -> None:
        self.checked: list[str] = []

    async def check(self, upstream: Upstream, before: Verdict | None = None) -> Verdict:
        self.checked.append(upstream.url)
        return Verdict(checked_at=NOW, level=Level.SEGMENT)
