"""A go2rtc server."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from f1stream.errors import SourceChanged, TooLarge, UpstreamStatus
from f1stream.extractors import Go2rtc
from tests.extractors.reading import Watch, a_client, counted, found_by, plays
from tests.extractors.servers.go2rtc import go2rtc_server


def a_source(url: str, **options: Any) -> Go2rtc:
    return Go2rtc.model_validate({"name": "Cameras", "url": url, **options})


async def test_its_configured_streams_are_found_and_can_be_played() -> None:
    async with go2rtc_server() as url:
        found = await found_by(a_source(url))
        assert [one.key for one in found] == ["garage cam 720p", "grid/start", "busy"]
        assert found[0].quality == "720p"
        assert "hunter2" not in "".join(one.url + repr(one) for one in found)
        for one in found:
            assert await plays(one)


async def test_a_server_without_streams_has_none() -> None:
    async with go2rtc_server({}) as url:
        assert await found_by(a_source(url)) == []


async def test_a_wrong_login_is_told_without_it() -> None:
    async with go2rtc_server() as url:
        with pytest.raises(UpstreamStatus, match="answered 401") as caught:
            await found_by(a_source(url.replace("hunter2", "s3same")))
    assert "s3same" not in str(caught.value)


@pytest.mark.parametrize(
    ("streams", "fault"),
    [
        ({"a": []}, "1"),
        ({"a": {"producers": "x"}}, r"1\.producers"),
        ([], "the answer"),
        (None, "the answer"),
    ],
)
async def test_another_shape_is_an_error_that_says_where(streams: Any, fault: str) -> None:
    async with go2rtc_server(streams) as url:
        with pytest.raises(SourceChanged, match=rf"127\.0\.0\.1: {fault}: "):
            await found_by(a_source(url))


async def test_very_many_streams_do_not_hold_up_the_loop() -> None:
    async with go2rtc_server(many(12_000)) as url, a_client() as client, Watch() as watch:
        assert await counted(a_source(url), client) == 12_000
    assert watch.worst_s < 0.05


async def test_more_than_a_server_can_have_is_refused() -> None:
    async with go2rtc_server(many(100_000)) as url:
        with pytest.raises(TooLarge, match=r"127\.0\.0\.1 sent more than 1048576 bytes"):
            await found_by(a_source(url))


def many(count: int) -> bytes:
    stream = {"producers": [{"url": "rtsp://10.0.0.1"}], "consumers": None}
    return orjson.dumps({f"camera {number}": stream for number in range(count)})
