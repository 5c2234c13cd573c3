"""Pages in a real Chromium: what their players ask for, and what they can't spoil."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import ValidationError

from f1stream.errors import ExtractionFailed, F1StreamError, UpstreamSlow, UpstreamStatus
from f1stream.extractors import Reach
from f1stream.extractors.browser import Browser
from f1stream.models import Found
from tests.extractors.reached import found_by, reach
from tests.extractors.servers.browser import pages
from tests.listener import Listener
from tests.origin import Origin


@pytest.fixture
async def site() -> AsyncIterator[Origin]:
    async with Listener() as private, pages(private) as site:
        yield site
        assert private.connections == 0


@pytest.fixture
async def web() -> AsyncIterator[Reach]:
    async with reach() as web:
        yield web
        assert repr(web.browser) in (
            "<Browser local, 0 of 2 contexts open>",
            "<Browser not started>",
        )


async def find(web: Reach, url: str, **options: Any) -> list[Found]:
    source = Browser.model_validate({"name": "TV", "url": url, "wait_s": 2, **options})
    return await found_by(source, web)


async def test_what_the_player_asks_for_is_found_with_the_headers_it_sent(
    web: Reach, site: Origin
) -> None:
    (found,) = await find(web, site.at("/plays"), wait_s=30)
    assert found.url == site.at("/live/index.m3u8?t=1")
    assert (found.key, found.title, found.quality) == ("", "Race day", "720p")
    assert set(found.headers) == {"Authorization", "Cookie", "Referer", "User-Agent"}
    assert found.headers["Authorization"] == "Bearer s3cret"
    assert found.headers["Cookie"] == "session=c00kie"
    assert found.headers["Referer"] == site.at("/plays")
    # It says what it is.
    assert "Headless" in found.headers["User-Agent"]


async def test_nothing_is_clicked_by_itself(web: Reach, site: Origin) -> None:
    assert await find(web, site.at("/asks")) == []


async def test_one_click_can_be_asked_for(web: Reach, site: Origin) -> None:
    (found,) = await find(web, site.at("/asks"), click="button.play", wait_s=30)
    assert found.url == site.at("/live/index.m3u8?t=1")


async def test_a_click_at_nothing_is_told(
    web: Reach, site: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("f1stream.extractors.browser._CLICK_S", 0.2)
    with pytest.raises(ExtractionFailed, match=r"nothing to click at '#none'; check the option"):
        await find(web, site.at("/asks"), click="#none")


async def test_a_player_in_a_frame_is_heard_too(web: Reach, site: Origin) -> None:
    (found,) = await find(web, site.at("/frames"), wait_s=30)
    assert (found.title, found.headers["Referer"]) == ("Outer", site.at("/plays"))


@pytest.mark.parametrize(
    ("path", "playlist"), [("/media", "/live/low.m3u8"), ("/vague", "/vague/playlist")]
)
async def test_a_media_playlist_alone_is_found_by_name_type_or_first_bytes(
    web: Reach, site: Origin, path: str, playlist: str
) -> None:
    (found,) = await find(web, site.at(path))
    assert (found.url, found.quality) == (site.at(playlist), None)


async def test_several_streams_each_have_a_key(web: Reach, site: Origin) -> None:
    found = await find(web, site.at("/several"), wait_s=30)
    assert [(each.key, each.url) for each in found] == [
        ("", site.at("/a/index.m3u8")),
        ("1", site.at("/b/index.m3u8")),
    ]


async def test_titles_are_the_operator_s_then_the_page_s_then_the_name(
    web: Reach, site: Origin
) -> None:
    (said,) = await find(web, site.at("/plays"), title="Mine", wait_s=30)
    (named,) = await find(web, site.at("/untitled"), wait_s=30)
    assert (said.title, named.title) == ("Mine", "TV")


async def test_a_page_without_a_player_has_no_stream(web: Reach, site: Origin) -> None:
    assert await find(web, site.at("/quiet")) == []


async def test_what_only_looks_like_a_playlist_is_none(web: Reach, site: Origin) -> None:
    assert await find(web, site.at("/lies"), wait_s=1) == []


async def test_a_playlist_that_does_not_end_is_known_by_its_name_alone(
    web: Reach, site: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("f1stream.browser.overheard._READ_S", 0.5)
    found = await find(web, site.at("/stalls"), wait_s=1)
    assert {each.url for each in found} == {site.at("/endless.m3u8"), site.at("/stalls.m3u8")}


@pytest.mark.parametrize("path", ["/alerts", "/popups", "/downloads", "/busy", "/reloads"])
async def test_a_page_that_is_a_nuisance_is_listened_to_all_the_same(
    web: Reach, site: Origin, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("f1stream.browser.overheard._READ_S", 1)
    found = await find(web, site.at(path), timeout_s=10)
    assert site.at("/live/index.m3u8?t=1") in {each.url for each in found}


async def test_a_page_that_takes_all_memory_loses_its_own(web: Reach, site: Origin) -> None:
    with pytest.raises(F1StreamError, match=r"^127\.0\.0\.1: the page (can't be|did not) load"):
        await find(web, site.at("/hoards"))
    assert len(await find(web, site.at("/plays"), wait_s=30)) == 1


async def test_a_page_that_never_comes_costs_its_time_only(web: Reach, site: Origin) -> None:
    with pytest.raises(UpstreamSlow, match=r"127\.0\.0\.1: the page did not load within 1 s"):
        await find(web, site.at("/slow"), timeout_s=2, wait_s=0)


async def test_a_refusal_is_told_with_its_status(web: Reach, site: Origin) -> None:
    with pytest.raises(UpstreamStatus, match=r"127\.0\.0\.1 answered 403"):
        await find(web, site.at("/forbidden"))


async def test_nothing_private_is_reached(web: Reach, site: Origin) -> None:
    with pytest.raises(ExtractionFailed, match=r"go into upstream\.allow_private") as caught:
        await find(web, site.at("/moved?token=hunter2"))
    assert "hunter2" not in caught.value.detail


@pytest.mark.parametrize(
    "option", [{"url": "file:///etc/passwd"}, {"url": "chrome://version"}, {"wait_s": -1}]
)
def test_nonsense_is_refused(option: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Browser.model_validate({"name": "TV", "url": "https://a.example/", **option})
