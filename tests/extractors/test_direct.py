"""A URL that the operator names."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, ValidationError

from f1stream.extractors import Direct
from tests.extractors.proving import TROUBLES, verdict_on
from tests.jobs.sources import NoWeb

URL = "https://user:hunter2@a.example/live.m3u8?token=hunter2"


async def test_it_yields_its_one_stream_with_its_headers() -> None:
    source = Direct.model_validate(
        {"name": "Garage", "url": URL, "headers": {"Referer": "https://b.example/"}}
    )
    (found,) = [found async for found in source.find(NoWeb())]
    assert (found.title, found.url) == ("Garage", URL)
    assert found.headers == {"Referer": "https://b.example/"}


async def test_a_title_and_a_quality_can_be_said() -> None:
    source = Direct.model_validate(
        {"name": "Garage", "url": URL, "title": "Onboard", "quality": "1080p"}
    )
    (found,) = [found async for found in source.find(NoWeb())]
    assert (found.title, found.quality) == ("Onboard", "1080p")


async def test_neither_source_nor_stream_prints_its_secrets() -> None:
    source = Direct.model_validate({"name": "A", "url": URL, "headers": {"Cookie": "hunter2"}})
    (found,) = [found async for found in source.find(NoWeb())]
    assert "hunter2" not in repr(source) + repr(found)


@pytest.mark.parametrize(
    "option",
    [
        {"url": "ftp://a.example/"},
        {"url": "https:///live.m3u8"},
        {"url": "live.m3u8"},
        {"url": "http://[::1"},
        {"url": ""},
        {"url": URL, "headers": {"Co okie": "x"}},
        {"url": URL, "headers": {"": "x"}},
        {"url": URL, "headers": {"Cookie": "x\r\nSet-Cookie: y"}},
        {"url": URL, "name": ""},
        {"url": URL, "timeout_s": 0},
    ],
)
def test_nonsense_is_refused(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Direct.model_validate({"name": "A", **option})


@pytest.mark.parametrize(("trouble", "reason"), TROUBLES.items())
async def test_what_is_wrong_at_its_address_is_the_stream_s_verdict(
    trouble: str, reason: str
) -> None:
    verdict = await verdict_on(trouble, lambda url: Direct(name="Garage", url=SecretStr(url)))
    assert verdict.reason == reason
