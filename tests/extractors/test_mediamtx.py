"""The paths of a MediaMTX server."""

from __future__ import annotations

from typing import Any

import pytest

from f1stream.errors import SourceChanged, UpstreamStatus
from f1stream.extractors import MediaMTX
from tests.extractors.reading import found_by, plays
from tests.extractors.servers import basic
from tests.extractors.servers.mediamtx import LOGIN, mediamtx_server, path


def a_source(url: str, **options: Any) -> MediaMTX:
    return MediaMTX.model_validate({"name": "MTX", "url": url, "hls_url": url, **options})


async def test_paths_with_something_to_play_are_found_and_can_be_played() -> None:
    async with mediamtx_server() as url:
        (found,) = await found_by(a_source(url))
        assert (found.key, found.title) == ("onboard/44 1080p", "onboard/44 1080p")
        assert found.quality == "1080p"
        assert "hunter2" not in found.url + repr(found)
        assert await plays(found)


async def test_servers_from_before_available_and_after_ready_are_understood() -> None:
    old = {name: value for name, value in path("old").items() if name != "available"}
    new = {name: value for name, value in path("new").items() if name != "tracks"}
    async with mediamtx_server([old, new, path("none", ready=False)], login="") as url:
        assert [found.key for found in await found_by(a_source(url))] == ["old", "new"]


async def test_all_pages_are_read() -> None:
    paths = [path(f"cam{number}") for number in range(250)]
    async with mediamtx_server(paths) as url:
        assert len(await found_by(a_source(url))) == 250


async def test_a_server_without_paths_has_none() -> None:
    async with mediamtx_server([]) as url:
        assert await found_by(a_source(url)) == []


async def test_hls_is_at_port_8888_of_the_same_host_by_default() -> None:
    async with mediamtx_server([path("f1")]) as url:
        (found,) = await found_by(a_source(url, hls_url=None))
    assert found.url == "http://127.0.0.1:8888/f1/index.m3u8"
    assert found.headers == {"Authorization": basic(LOGIN)}


async def test_the_api_s_login_is_not_sent_to_another_hls_server() -> None:
    async with mediamtx_server([path("f1")]) as url:
        (found,) = await found_by(a_source(url, hls_url="https://cdn.example/hls/"))
    assert found.url == "https://cdn.example/hls/f1/index.m3u8"
    assert found.headers == {}


@pytest.mark.parametrize("name", ["a b", "ä/ö", "x?y=1#z", "q%2e", "tab\there"])
async def test_a_path_keeps_its_name_in_the_url(name: str) -> None:
    async with mediamtx_server([path(name)]) as url:
        (found,) = await found_by(a_source(url))
        assert found.key == name
        assert await plays(found)


async def test_a_wrong_login_is_told_without_it() -> None:
    async with mediamtx_server() as url:
        with pytest.raises(UpstreamStatus, match="answered 401") as caught:
            await found_by(a_source(url.replace("hunter2", "s3same")))
    assert "s3same" not in str(caught.value)


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({"ready": True}, "name: Field required"),
        ({**path("x"), "name": ""}, "name"),
        ({**path("x"), "available": []}, "available"),
    ],
)
async def test_another_shape_is_an_error_that_says_where(item: Any, fault: str) -> None:
    async with mediamtx_server([item]) as url:
        with pytest.raises(SourceChanged, match=rf"127\.0\.0\.1: {fault}"):
            await found_by(a_source(url))
