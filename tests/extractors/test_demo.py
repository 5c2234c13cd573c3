"""The test card as a source."""

from __future__ import annotations

from f1stream.demo import demo_origin
from f1stream.extractors import Demo
from tests.jobs.sources import NoWeb


async def test_it_yields_the_demo_s_own_stream() -> None:
    async with demo_origin() as origin:
        (found,) = [found async for found in Demo(url=origin.url).find(NoWeb())]
    assert (found.key, found.title, found.url) == ("test-card", "Test card", origin.url)
