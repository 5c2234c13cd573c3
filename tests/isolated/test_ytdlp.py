"""What is made of the info dictionaries that yt-dlp gives, live or not."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from yt_dlp.utils import DownloadError, ExtractorError, GeoRestrictedError, UserNotLive

from f1stream.isolated.order import Unanswered
from f1stream.isolated.playlists import Answer
from f1stream.isolated.ytdlp import Question, answer

CHANNEL = "https://a.example/@channel/streams"
HLS = {
    "url": "https://a.example/720.m3u8",
    "manifest_url": "https://a.example/index.m3u8",
    "protocol": "m3u8_native",
    "height": 720,
    "vcodec": "avc1",
    "acodec": "mp4a",
    "http_headers": {"User-Agent": "yt-dlp"},
}


def video(name: str, status: str | None = "is_live", **more: Any) -> dict[str, Any]:
    return {"id": name, "title": name, "live_status": status, "formats": [HLS], **more}


def entry(name: str, status: str | None) -> dict[str, Any]:
    url = f"https://a.example/{name}"
    return {"_type": "url", "id": name, "title": name, "url": url, "live_status": status}


class Library:
    """`extract_info` of a site of these pages."""

    def __init__(self, pages: Mapping[str, Any]) -> None:
        self._pages = pages
        self.asked: list[str] = []

    def __call__(self, url: str, *, download: bool, ie_key: str | None = None) -> Any:
        assert not download
        self.asked.append(url)
        page = self._pages[url]
        if isinstance(page, Exception):
            try:
                raise page
            except Exception as error:
                raise DownloadError("https://?token=hunter2", sys.exc_info()) from error
        return page


def found(pages: Mapping[str, Any], **options: Any) -> Answer:
    return answer(Library(pages), lambda url: None, Question(url=CHANNEL, **options))


def keys(of: Answer) -> list[str]:
    return [playlist.key for playlist in of.playlists]


STATES = ("is_upcoming", "is_live", "was_live", "post_live", "not_live", None, "something_new")


def test_of_a_channel_only_what_may_be_live_is_looked_into() -> None:
    pages: dict[str, Any] = {f"https://a.example/{state}": video(str(state)) for state in STATES}
    pages[CHANNEL] = {"entries": (entry(str(state), state) for state in STATES)}
    library = Library(pages)
    answered = answer(library, lambda url: None, Question(url=CHANNEL))
    assert keys(answered) == ["is_live", "None"]
    assert library.asked == [CHANNEL, "https://a.example/is_live", "https://a.example/None"]


def test_recordings_can_be_asked_for() -> None:
    pages = {CHANNEL: {"entries": [entry("old", "was_live")]}}
    pages["https://a.example/old"] = video("old", "was_live")
    assert keys(found(pages, live_only=False)) == ["old"]
    assert keys(found(pages)) == []


def test_a_single_video_has_no_key_of_its_own_and_its_multivariant_playlist_is_taken() -> None:
    (playlist,) = found({CHANNEL: video("x", title="Race 2026-07-05 13:00")}).playlists
    assert (playlist.key, playlist.title, playlist.height) == ("", "Race", 720)
    assert playlist.url == "https://a.example/index.m3u8"


def test_one_that_is_announced_is_not_on_the_air() -> None:
    assert found({CHANNEL: video("x", "is_upcoming", formats=[])}) == Answer()
    assert found({CHANNEL: video("x", "is_upcoming")}) == Answer()


def test_a_channel_that_is_off_the_air_is_no_failure() -> None:
    assert found({CHANNEL: UserNotLive()}) == Answer()


def test_what_is_protected_is_left_out_and_sound_goes_with_the_picture() -> None:
    protected = {**HLS, "has_drm": True, "height": 2160}
    silent = {**HLS, "manifest_url": None, "url": "https://a.example/silent.m3u8", "height": 1080}
    silent["acodec"] = "none"
    (playlist,) = found({CHANNEL: video("x", formats=[protected, silent, HLS])}).playlists
    assert playlist.height == 720
    assert found({CHANNEL: video("x", formats=[protected])}) == Answer()


def test_a_list_in_a_list_is_not_followed() -> None:
    pages = {CHANNEL: {"entries": [entry("tab", None), None]}}
    pages["https://a.example/tab"] = {"entries": [entry("deep", None)]}
    assert found(pages) == Answer()


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (GeoRestrictedError("x"), "does not show this video in this country"),
        (ExtractorError("?token=hunter2"), r"could not read this address \(ExtractorError\)"),
    ],
)
def test_a_failure_is_named_and_not_quoted(error: Exception, reason: str) -> None:
    with pytest.raises(Unanswered, match=reason) as caught:
        found({CHANNEL: error})
    assert "hunter2" not in str(caught.value)


json = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
FIELDS = ("id", "title", "url", "live_status", "formats", "entries")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(FIELDS), json))
def test_whatever_a_site_makes_it_say_there_is_an_answer_or_a_reason(info: dict[str, Any]) -> None:
    class Same(Library):
        def __call__(self, url: str, *, download: bool, ie_key: str | None = None) -> Any:
            return info

    with suppress(Unanswered):
        assert isinstance(answer(Same({}), lambda url: None, Question(url=CHANNEL)), Answer)
