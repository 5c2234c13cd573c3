"""The live TV of a Jellyfin server."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from f1stream.errors import SourceChanged, UpstreamStatus
from f1stream.extractors import Jellyfin
from tests.extractors.reading import found_by, plays, wanted_by
from tests.extractors.servers.jellyfin import TOKEN, channel, jellyfin_server


def a_source(url: str, **options: Any) -> Jellyfin:
    return Jellyfin.model_validate({"name": "TV", "url": url, "token": TOKEN, **options})


async def test_its_channels_are_found_and_can_be_played() -> None:
    async with jellyfin_server() as url:
        found = await found_by(a_source(f"{url}/"))
        assert [one.title for one in found] == ["Sky Sport F1 HD", "ORF 1", "RTL", "ZDF"]
        assert found[0].key == f"{1:032x}"
        assert found[0].quality == "HD"
        assert await plays(found[0])


async def test_what_is_on_now_decides_what_is_wanted() -> None:
    async with jellyfin_server() as url:
        found = await wanted_by(a_source(url))
    assert [one.title for one in found] == ["Sky Sport F1 HD", "ORF 1"]


async def test_all_pages_are_read() -> None:
    channels = [channel(number, f"F1 {number}") for number in range(1, 451)]
    async with jellyfin_server(channels) as url:
        found = await found_by(a_source(url))
    assert len({one.key for one in found}) == 450


async def test_a_server_without_channels_has_none() -> None:
    async with jellyfin_server([]) as url:
        assert await found_by(a_source(url)) == []


async def test_a_wrong_key_is_told_without_it() -> None:
    async with jellyfin_server() as url:
        with pytest.raises(UpstreamStatus, match=r"127\.0\.0\.1 answered 401") as caught:
            await found_by(a_source(url, token="s3same"))
    assert "s3same" not in str(caught.value)


async def test_the_key_is_in_the_headers_only() -> None:
    async with jellyfin_server() as url:
        first, *_ = await found_by(a_source(url))
    assert TOKEN not in first.url + first.key + repr(first)
    assert first.headers == {"Authorization": f'MediaBrowser Token="{TOKEN}"'}


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({"Name": "F1"}, r"Id: Field required"),
        ({"Id": "../..", "Name": "F1"}, r"Id"),
        ({**channel(1, "F1"), "CurrentProgram": "now"}, r"CurrentProgram"),
        (7, "the answer"),
    ],
)
async def test_another_shape_is_an_error_that_says_where(item: Any, fault: str) -> None:
    async with jellyfin_server([item]) as url:
        with pytest.raises(SourceChanged, match=rf"127\.0\.0\.1: {fault}"):
            await found_by(a_source(url))


async def test_a_channel_without_a_name_is_called_by_its_number() -> None:
    async with jellyfin_server([channel(7, "\x00\n")]) as url:
        (found,) = await found_by(a_source(url))
    assert found.title == "TV 7"


@pytest.mark.parametrize("token", ["", 'a"b', "a\r\nX: y", "a b", "é", "a,b\\"])
def test_a_key_that_can_t_be_one_is_refused(token: str) -> None:
    with pytest.raises(ValidationError):
        a_source("http://tv.example", token=token)
