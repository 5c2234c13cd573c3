"""The real streamlink, with a plugin of its users' kind, against a broadcaster on this machine."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from f1stream.errors import AddressRefused, ExtractionFailed, F1StreamError
from f1stream.extractors import Reach
from f1stream.extractors.streamlink import Streamlink
from f1stream.models import Found
from tests.extractors.reached import found_by, reach
from tests.extractors.servers.streamlink import broadcaster
from tests.listener import Listener
from tests.origin import Origin
from tests.program import children


@pytest.fixture
async def private() -> AsyncIterator[Listener]:
    async with Listener() as private:
        yield private
        assert private.connections == 0


@pytest.fixture
async def site(private: Listener) -> AsyncIterator[Origin]:
    async with broadcaster(private) as site:
        yield site


@pytest.fixture
async def web() -> AsyncIterator[Reach]:
    async with reach({"f1stream.isolated.streamlink": "tests.isolated.sideloaded"}) as web:
        yield web


async def find(web: Reach, url: str, **options: Any) -> list[Found]:
    return await found_by(Streamlink.model_validate({"name": "TV", "url": url, **options}), web)


async def test_a_channel_is_found_as_its_plugin_would_play_it(web: Reach, site: Origin) -> None:
    url = site.at("/channel/live")
    (found,) = await find(web, url, options={"device": "tv"})
    assert found.url == site.at("/live/index.m3u8")
    assert (found.key, found.title, found.quality) == ("", "Arena TV · Race day", "720p")
    assert found.headers["Referer"] == url
    assert found.headers["X-Device"] == "tv"
    assert found.headers["Cookie"] == "session=c00kie"
    assert "Mozilla" in found.headers["User-Agent"]
    assert "Accept-Encoding" not in found.headers


async def test_a_playlist_s_own_address_is_known_without_a_plugin_of_the_site(
    web: Reach, site: Origin
) -> None:
    (found,) = await find(web, site.at("/live/index.m3u8"))
    assert (found.url, found.title) == (site.at("/live/index.m3u8"), "TV")


async def test_one_quality_can_be_chosen(web: Reach, site: Origin) -> None:
    (found,) = await find(web, site.at("/channel/live"), quality="360p")
    assert (found.url, found.quality) == (site.at("/live/low.m3u8"), "360p")
    (best,) = await find(web, site.at("/channel/live"), quality="best")
    assert (best.url, best.quality) == (site.at("/live/high.m3u8"), "720p")


async def test_a_quality_whose_sound_is_apart_comes_with_all_of_it(
    web: Reach, site: Origin
) -> None:
    (found,) = await find(web, site.at("/channel/dubbed"), quality="720p")
    assert found.url == site.at("/dubbed/index.m3u8")


async def test_a_quality_that_is_not_there_is_told_with_those_that_are(
    web: Reach, site: Origin
) -> None:
    with pytest.raises(ExtractionFailed, match="no quality '4k', only 360p, 720p, best, worst"):
        await find(web, site.at("/channel/live"), quality="4k")


async def test_a_channel_that_is_off_the_air_has_no_stream(web: Reach, site: Origin) -> None:
    assert await find(web, site.at("/channel/off")) == []


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/channel/file", "there is no HLS stream, only http"),
        ("/channel/changed", r"it crashed \(KeyError\)"),
        ("/channel/broken", r"the plugin failed \(PluginError\)"),
        ("/channel/forbidden", "the site answered 403"),
        ("/live/none.m3u8", "the site answered 404"),
        ("/unknown", "no plugin knows this address"),
    ],
)
async def test_what_went_wrong_is_said_with_the_host_alone(
    web: Reach, site: Origin, path: str, reason: str
) -> None:
    with pytest.raises(ExtractionFailed, match=rf"^127\.0\.0\.1: streamlink: {reason}$"):
        await find(web, site.at(path) + "?token=hunter2")


@pytest.mark.parametrize("path", ["/channel/inside", "/channel/moved", "/moved.m3u8"])
async def test_nothing_private_is_reached(web: Reach, site: Origin, path: str) -> None:
    with pytest.raises(AddressRefused, match=r"go into upstream\.allow_private"):
        await find(web, site.at(path))


async def test_a_file_of_this_machine_is_not_read(web: Reach, site: Origin) -> None:
    site.route("/up.m3u8", status=302, headers={"Location": "file:///etc/passwd"})
    with pytest.raises(ExtractionFailed):
        await find(web, site.at("/up.m3u8"))


@pytest.mark.parametrize("path", ["/channel/slow", "/channel/endless"])
async def test_a_site_that_never_comes_to_an_end_costs_its_time_only(
    web: Reach, site: Origin, path: str
) -> None:
    before = children(os.getpid())
    with pytest.raises(F1StreamError, match=r"nothing within 2 s|more memory than it may"):
        await find(web, site.at(path), timeout_s=2)
    assert children(os.getpid()) == before


@pytest.mark.parametrize(
    "option", [{"url": "ftp://a.example/"}, {"url": ""}, {"options": {"a": {"b": 1}}}]
)
def test_nonsense_is_refused(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Streamlink.model_validate({"name": "TV", "url": "https://a.example/", **option})


def test_its_options_do_not_show() -> None:
    source = Streamlink.model_validate(
        {"name": "TV", "url": "https://a.example/hunter2", "options": {"password": "hunter2"}}
    )
    assert "hunter2" not in repr(source)
