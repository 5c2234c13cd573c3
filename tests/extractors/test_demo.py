"""The test card as a source."""

from __future__ import annotations

import pytest

from f1stream.demo import demo_origin
from f1stream.extractors import Demo
from tests.extractors.proving import TROUBLES, verdict_on
from tests.jobs.sources import NoWeb


async def test_it_yields_the_demo_s_own_stream() -> None:
    async with demo_origin() as origin:
        (found,) = [found async for found in Demo(url=origin.url).find(NoWeb())]
    assert (found.key, found.title, found.url) == ("test-card", "Test card", origin.url)


@pytest.mark.parametrize(("trouble", "reason"), TROUBLES.items())
async def test_what_is_wrong_at_its_origin_is_the_stream_s_verdict(
    trouble: str, reason: str
) -> None:
    verdict = await verdict_on(trouble, lambda url: Demo(url=url))
    assert verdict.reason == reason
