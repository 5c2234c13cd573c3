"""A subscription to a server that speaks the Xtream Codes player API."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import orjson
import pytest
from pydantic import ValidationError

from f1stream.errors import ExtractionFailed, SourceChanged
from f1stream.extractors import Xtream
from tests.extractors.reading import Watch, a_client, counted, found_by, plays, wanted_by
from tests.extractors.servers.xtream import PASSWORD, USERNAME, xtream_server


def a_source(url: str, **options: Any) -> Xtream:
    return Xtream.model_validate(
        {"name": "TV", "url": url, "username": USERNAME, "password": PASSWORD, **options}
    )


async def test_its_live_channels_are_found_and_can_be_played() -> None:
    async with xtream_server() as url:
        sky, servus, bbc = await found_by(a_source(url))
        assert (sky.key, sky.title, sky.quality) == ("4711", "UK: Sky Sports F1 FHD", "FHD")
        assert (servus.key, servus.about) == ("815", "UK | FORMULA 1")
        assert bbc.title == "BBC One"
        assert await plays(sky)


async def test_only_what_its_title_or_category_calls_formula_1_is_wanted() -> None:
    async with xtream_server() as url:
        titles = [found.title for found in await wanted_by(a_source(url))]
    assert titles == ["UK: Sky Sports F1 FHD", "ServusTV"]


async def test_a_subscription_without_channels_has_none() -> None:
    async with xtream_server(streams=[], categories=[]) as url:
        assert await found_by(a_source(url)) == []


@pytest.mark.parametrize("auth", [0, "0", False])
async def test_a_refused_login_is_told(auth: object) -> None:
    async with xtream_server(auth=auth) as url:
        with pytest.raises(ExtractionFailed, match=r"127\.0\.0\.1 refuses the login; check"):
            await found_by(a_source(url))


async def test_a_wrong_password_is_told_without_it() -> None:
    async with xtream_server() as url:
        with pytest.raises(ExtractionFailed, match="refuses the login") as caught:
            await found_by(a_source(url, password="s3same"))
    assert "s3same" not in str(caught.value)


@pytest.mark.parametrize("status", ["Expired", "Banned", "Disabled"])
async def test_an_account_that_is_closed_is_told(status: str) -> None:
    async with xtream_server(status=status) as url:
        with pytest.raises(ExtractionFailed, match=f"the account is {status.lower()}"):
            await found_by(a_source(url))


@pytest.mark.parametrize("formats", [["ts", "rtmp"], {"0": "ts"}])
async def test_an_account_without_hls_is_told(formats: object) -> None:
    async with xtream_server(allowed_output_formats=formats) as url:
        with pytest.raises(ExtractionFailed, match="no HLS output"):
            await found_by(a_source(url))


@pytest.mark.parametrize(
    "account",
    [
        {"auth": "1", "status": "active"},
        {"auth": True, "status": None, "allowed_output_formats": None},
        {"allowed_output_formats": []},
        {"allowed_output_formats": {"1": "m3u8"}, "exp_date": None, "message": 7},
    ],
)
async def test_panels_that_tell_an_account_in_other_ways_are_understood(
    account: dict[str, Any],
) -> None:
    async with xtream_server(**account) as url:
        assert len(await found_by(a_source(url))) == 3


async def test_entries_that_make_no_sense_are_left_out() -> None:
    streams: list[Any] = [
        None,
        7,
        [],
        {},
        {"stream_id": None, "name": "F1"},
        {"stream_id": "../../etc", "name": "F1"},
        {"stream_id": {"a": 1}, "name": "F1"},
        {"stream_id": 1, "name": ["F1"]},
        {"stream_id": 2, "stream_type": "radio_streams", "name": "F1 radio"},
        {"stream_id": 3, "name": None, "category_id": None},
        {"stream_id": 4, "name": "F1\x00\n\x1b[2J live", "category_id": 99},
    ]
    async with xtream_server(streams=streams, categories=[None, {"category_id": 1}, *[{}]]) as url:
        with pytest.raises(SourceChanged, match=r"category_id: Field required"):
            await found_by(a_source(url))
    async with xtream_server(streams=streams) as url:
        titles = [found.title for found in await found_by(a_source(url))]
    assert titles == ["TV 3", "F1 [2J live"]


@pytest.mark.parametrize(
    ("streams", "fault"),
    [
        ({"user_info": {"auth": 0}}, "should be a JSON array"),
        (None, "should be a JSON array"),
        ([{"name": "F1"}], "stream_id: Field required"),
        (b"<html>", "should be a JSON array"),
        (b'[{"stream_id": 1, "name": "F1"}, {"str', "Invalid JSON"),
        (b"[" * 100_000, "Invalid JSON"),
    ],
)
async def test_another_answer_is_an_error_that_says_where(streams: object, fault: str) -> None:
    async with xtream_server(streams=streams) as url:
        with pytest.raises(SourceChanged, match=rf"127\.0\.0\.1: .*{fault}"):
            await found_by(a_source(url))


async def test_the_login_is_in_the_url_only() -> None:
    async with xtream_server() as url:
        source = a_source(url)
        (first, *_) = await found_by(source)
    assert quote(PASSWORD, safe="") in first.url
    assert "hunter2" not in first.key + repr(first) + repr(source)


async def test_a_hundred_thousand_channels_do_not_hold_up_the_loop() -> None:
    streams = orjson.dumps(
        [
            {"num": number, "name": f"Channel {number} HD", "stream_id": number, "category_id": "7"}
            for number in range(100_000)
        ]
    )
    async with xtream_server(streams=streams) as url, a_client() as client, Watch() as watch:
        assert await counted(a_source(url), client) == 100_000
    assert watch.worst_s < 0.05


@pytest.mark.parametrize(
    "option",
    [
        {"url": "http://tv.example/player_api.php?username=a&password=b"},
        {"url": "tv.example"},
        {"username": ""},
        {"password": ""},
    ],
)
def test_nonsense_is_refused(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        a_source(**{"url": "http://tv.example", **option})  # type: ignore[arg-type]
