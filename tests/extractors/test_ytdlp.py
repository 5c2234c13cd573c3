"""The real yt-dlp against a site on this machine that none of its extractors was made for."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from f1stream.errors import AddressRefused, ExtractionFailed, UpstreamSlow
from f1stream.extractors import Reach
from f1stream.extractors.ytdlp import Ytdlp
from f1stream.models import Found
from tests.extractors.reached import found_by, reach
from tests.extractors.servers.ytdlp import videos
from tests.listener import Listener
from tests.origin import Origin
from tests.program import children


@pytest.fixture
async def site() -> AsyncIterator[Origin]:
    async with Listener() as private, videos(private) as site:
        yield site
        assert private.connections == 0


@pytest.fixture
async def web() -> AsyncIterator[Reach]:
    async with reach() as web:
        yield web


async def find(web: Reach, url: str, **options: Any) -> list[Found]:
    return await found_by(Ytdlp.model_validate({"name": "TV", "url": url, **options}), web)


async def test_a_page_s_video_is_found_with_the_headers_it_needs(web: Reach, site: Origin) -> None:
    (found,) = await find(web, site.at("/race"))
    assert found.url == site.at("/live/index.m3u8")
    assert (found.key, found.quality) == ("", "720p")
    assert found.title.startswith("Race day")
    assert found.headers["Referer"] == site.at("/race")
    assert found.headers["Cookie"] == "session=c00kie"
    assert "Mozilla" in found.headers["User-Agent"]


async def test_a_title_is_the_same_at_each_extraction(web: Reach, site: Origin) -> None:
    (found,) = await find(web, site.at("/live/index.m3u8"))
    assert found.title == "index"


async def test_a_channel_is_listed_and_what_can_t_be_read_is_left_out(
    web: Reach, site: Origin
) -> None:
    found = await find(web, site.at("/channel"))
    assert [each.title for each in found] == ["Video 0", "Video 1"]
    assert {each.url for each in found} == {site.at("/live/index.m3u8")}
    assert len({each.key for each in found}) == 2
    again = await find(web, site.at("/channel"))
    assert [each.key for each in again] == [each.key for each in found]


async def test_of_a_long_list_only_so_many_are_looked_into(web: Reach, site: Origin) -> None:
    found = await find(web, site.at("/many"), limit=3)
    assert len(found) == 3
    assert {request.target for request in site.requests if request.path == "/race"} == {
        "/race?n=0",
        "/race?n=1",
        "/race?n=2",
    }


@pytest.mark.parametrize("path", ["/empty", "/film"])
async def test_what_has_no_hls_has_no_stream(web: Reach, site: Origin, path: str) -> None:
    assert await find(web, site.at(path)) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/text", "it knows no video at this address"),
        ("/gone", "the site answered 404"),
        ("/all-gone", "the site answered 404"),
    ],
)
async def test_what_went_wrong_is_said_with_the_host_alone(
    web: Reach, site: Origin, path: str, reason: str
) -> None:
    with pytest.raises(ExtractionFailed, match=rf"^127\.0\.0\.1: ytdlp: {reason}$"):
        await find(web, site.at(path) + "?token=hunter2")


async def test_a_broken_playlist_has_no_stream(web: Reach, site: Origin) -> None:
    assert await find(web, site.at("/broken.m3u8")) == []


@pytest.mark.parametrize("path", ["/moved", "/inside"])
async def test_nothing_private_is_reached(web: Reach, site: Origin, path: str) -> None:
    with pytest.raises(AddressRefused, match=r"go into upstream\.allow_private"):
        await find(web, site.at(path))


async def test_a_site_that_never_answers_costs_its_time_only(web: Reach, site: Origin) -> None:
    before = children(os.getpid())
    with pytest.raises(UpstreamSlow, match=r"127\.0\.0\.1: ytdlp found nothing within 3 s"):
        await find(web, site.at("/slow"), timeout_s=3)
    assert children(os.getpid()) == before


@pytest.mark.parametrize("option", [{"url": "ytsearch:f1"}, {"url": ""}, {"limit": 0}])
def test_nonsense_is_refused(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Ytdlp.model_validate({"name": "TV", "url": "https://a.example/", **option})
