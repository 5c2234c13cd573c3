"""The live videos of a PeerTube instance."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from f1stream.errors import SourceChanged, UpstreamStatus
from f1stream.extractors import PeerTube
from tests.extractors.reading import found_by, plays
from tests.extractors.servers import with_login
from tests.extractors.servers.peertube import CHANNEL, peertube_server, video


def a_source(url: str, **options: Any) -> PeerTube:
    return PeerTube.model_validate({"name": "Tube", "url": url, **options})


async def test_wanted_videos_that_are_on_air_are_found_and_can_be_played() -> None:
    async with peertube_server() as url:
        (found,) = await found_by(a_source(url))
        assert found.key == "00000000-0000-4000-8000-000000000001"
        assert (found.title, found.quality) == ("Formula 1: Monaco GP 1080p", "1080p")
        assert found.about == "Racing club Sports"
        assert await plays(found)


async def test_match_takes_what_else_is_live() -> None:
    async with peertube_server() as url:
        (found,) = await found_by(a_source(url, match=["chess"]))
    assert found.title == "Chess club"


async def test_a_channel_s_videos_are_found() -> None:
    async with peertube_server() as url:
        assert len(await found_by(a_source(url, channel=CHANNEL))) == 1
        with pytest.raises(UpstreamStatus, match="404"):
            await found_by(a_source(url, channel="nobody"))


async def test_all_pages_are_read() -> None:
    videos = [video(number, f"F1 {number}") for number in range(1, 231)]
    async with peertube_server(videos) as url:
        assert len(await found_by(a_source(url))) == 230


async def test_an_instance_without_live_videos_has_none() -> None:
    async with peertube_server([]) as url:
        assert await found_by(a_source(url)) == []


async def test_a_video_that_went_away_since_it_was_listed_is_left_out() -> None:
    videos = [video(1, "F1 one"), video(2, "F1 two")]
    async with peertube_server(videos, gone=frozenset({1})) as url:
        assert [one.title for one in await found_by(a_source(url))] == ["F1 two"]


@pytest.mark.parametrize(
    "playlists", [[], ["webrtc://a.example"], ["file:///etc/passwd://"], ["https:///x"]]
)
async def test_a_video_without_a_playlist_is_left_out(playlists: list[str]) -> None:
    async with peertube_server([video(1, "F1", playlists=playlists)]) as url:
        assert await found_by(a_source(url)) == []


async def test_the_instance_s_login_is_not_sent_to_an_object_store() -> None:
    videos = [video(1, "F1"), video(2, "F1 too", playlists=["https://store.example/a.m3u8"])]
    async with peertube_server(videos) as url:
        home, store = await found_by(a_source(with_login(url, "me:hunter2")))
    assert "Authorization" in home.headers
    assert store.headers == {}
    assert "hunter2" not in home.url + repr(home)


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({**video(1, "F1"), "uuid": "../../x"}, "uuid"),
        ({**video(1, "F1"), "category": 5}, "category"),
        ({**video(1, "F1"), "isLive": "perhaps"}, "isLive"),
    ],
)
async def test_another_shape_is_an_error_that_says_where(item: Any, fault: str) -> None:
    async with peertube_server([item]) as url:
        with pytest.raises(SourceChanged, match=rf"127\.0\.0\.1: {fault}"):
            await found_by(a_source(url))


async def test_details_of_another_shape_are_an_error() -> None:
    async with peertube_server([video(1, "F1", state="on air")]) as url:
        with pytest.raises(SourceChanged, match=r"127\.0\.0\.1: state"):
            await found_by(a_source(url))


@pytest.mark.parametrize("channel", ["../x", "a/b", "a@b@c", "a b", "a?b"])
def test_a_handle_that_can_t_be_one_is_refused(channel: str) -> None:
    with pytest.raises(ValidationError):
        a_source("https://tube.example", channel=channel)
