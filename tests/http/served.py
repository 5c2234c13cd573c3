"""An f1stream on a port, as viewers and scrapers reach it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import House, OpenHouse


@dataclass(frozen=True)
class Served:
    """It, and a viewer."""

    house: House
    viewer: aiohttp.ClientSession

    async def read(self, path: str, **headers: str) -> bytes:
        async with self.viewer.get(path, headers=headers) as response:
            assert response.status in (200, 206), await response.text()
            return await response.read()

    async def media_path(self, play_url: str, at: int = 0) -> str:
        """The path of one of a media playlist's segments."""
        lines = (await self.read(play_url)).decode().splitlines()
        return "/" + [line for line in lines if line and line[0] != "#"][at]

    async def numbers(self) -> Numbers:
        return Numbers((await self.read("/metrics")).decode())


class Numbers:
    """What `/metrics` says, by name and labels."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._samples = [
            sample for family in text_string_to_metric_families(text) for sample in family.samples
        ]

    def __call__(self, name: str, **labels: str) -> float:
        """The sum of the samples of that name which have those labels."""
        found = [
            sample.value
            for sample in self._samples
            if sample.name == name and labels.items() <= sample.labels.items()
        ]
        return sum(found)

    def labelled(self, name: str, label: str) -> dict[str, float]:
        """The samples of that name by one of their labels."""
        return {
            sample.labels[label]: sample.value for sample in self._samples if sample.name == name
        }


OpenServed = Callable[..., Awaitable[Served]]


@pytest.fixture
async def served(house: OpenHouse) -> AsyncIterator[OpenServed]:
    """Opens an f1stream with sources at the given URLs; see `house`."""
    async with AsyncExitStack() as stack:

        async def open_served(*urls: str, **more: Any) -> Served:
            f1stream = await house(*urls, **more)
            return Served(f1stream, await stack.enter_async_context(f1stream.answering()))

        yield open_served
