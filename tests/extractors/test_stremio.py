"""A Stremio add-on: its channels, and of their streams only what is HLS."""

from __future__ import annotations

from typing import Any

import pytest

from f1stream.errors import (
    AddressRefused,
    ExtractionFailed,
    SourceChanged,
    TooLarge,
    UpstreamError,
    UpstreamSlow,
    UpstreamStatus,
)
from f1stream.extractors import Stremio
from f1stream.net.guard import Guard
from tests.extractors.reading import a_client, found_by, plays
from tests.extractors.servers.stremio import CHANNELS, MANIFEST, stremio_server
from tests.origin import Origin
from tests.origin.faults import Redirect, StallBeforeHeaders


def an_addon(url: str, **options: object) -> Stremio:
    return Stremio.model_validate({"name": "Add-on", "url": url, **options})


async def test_channels_of_all_pages_have_their_playlists_found() -> None:
    log: list[str] = []
    async with stremio_server(log=log) as url:
        first, backup, golf = await found_by(an_addon(url))
        site = url.removesuffix("/key/manifest.json")
        assert (first.key, first.title, first.quality) == ("tv ex:f1/hd", "Sports F1", "1080p")
        assert first.url == f"{site}/live/f1.m3u8?t=1"
        assert first.headers == {"Referer": "https://example.org/"}
        assert (backup.key, backup.url) == ("tv ex:f1/hd 2", f"{site}/live/f1-backup")
        assert (golf.key, golf.title) == ("tv ex:golf", "Golf")
        assert await plays(first)
    assert sorted(log) == [
        "/key/catalog/tv/sport.json",
        "/key/catalog/tv/sport/skip=2.json",
        "/key/catalog/tv/sport/skip=3.json",
        "/key/manifest.json",
        "/key/stream/tv/ex%3Af1%2Fhd.json",
        "/key/stream/tv/ex%3Agolf.json",
    ]


async def test_only_wanted_channels_are_asked_for_streams() -> None:
    log: list[str] = []
    async with stremio_server(log=log) as url:
        found = await found_by(an_addon(url, match=["F1"]))
    assert {stream.title for stream in found} == {"Sports F1"}
    assert not any("golf" in path for path in log)


async def test_catalogues_and_types_can_be_chosen() -> None:
    async with stremio_server() as url:
        assert await found_by(an_addon(url, catalogs=["other"])) == []
        assert await found_by(an_addon(url, types=["channel"])) == []
        assert len(await found_by(an_addon(url, catalogs=["sport"], most=1))) == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"resources": ["catalog", "stream"]}, {"Sports F1", "Golf"}),
        ({"resources": ["catalog", "stream"], "idPrefixes": ["ex:g"]}, {"Golf"}),
        ({"resources": ["catalog", "stream"], "types": ["movie"]}, set()),
        ({"resources": ["catalog"]}, set()),
        ({"catalogs": []}, set()),
    ],
)
async def test_the_manifest_says_what_is_asked(change: dict[str, Any], expected: set[str]) -> None:
    channels = [channel for channel in CHANNELS if channel["name"] != "Not ours"]
    async with stremio_server({**MANIFEST, **change}, channels=channels) as url:
        assert {found.title for found in await found_by(an_addon(url))} == expected


async def test_a_channel_that_fails_leaves_the_others_alone() -> None:
    streams = {"ex:golf": [{"url": "{site}/live/golf.m3u8"}]}
    async with stremio_server(streams=streams) as url:
        (found,) = await found_by(an_addon(url))
    assert found.title == "Golf"


async def test_where_all_channels_fail_the_source_does() -> None:
    async with stremio_server(streams={}) as url:
        with pytest.raises(ExtractionFailed, match=r"no channel's streams can be read: .* 500"):
            await found_by(an_addon(url))


async def test_without_channels_there_are_no_streams() -> None:
    async with stremio_server(channels=[]) as url:
        assert await found_by(an_addon(url)) == []


@pytest.mark.parametrize(
    "manifest",
    [b"<html>", b"", b"[]", b"[" * 100_000, {}, {"resources": 3}, {"resources": [{"types": []}]}],
)
async def test_a_manifest_of_another_shape_is_an_error(manifest: Any) -> None:
    async with stremio_server(manifest) as url:
        with pytest.raises(SourceChanged, match=r"^127\.0\.0\.1: "):
            await found_by(an_addon(url))


async def test_streams_that_no_browser_would_fetch_are_left_out() -> None:
    streams = {
        "ex:golf": [
            {"url": "javascript:alert(1)//x.m3u8"},
            {"url": "magnet:?xt=x.m3u8"},
            {"url": "rtmp://a.example/x.m3u8"},
            {"url": "https://a.example/x.m3u8", "behaviorHints": {"proxyHeaders": {"request": {
                "Referer": "https://b.example/", "X": "a\r\nCookie: b", "Co okie": "c"}}}},
        ]
    }  # fmt: skip
    channels = [{"id": "ex:golf", "type": "tv", "name": "<b>Golf</b>\n\x1b"}]
    async with stremio_server(streams=streams, channels=channels) as url:
        (found,) = await found_by(an_addon(url))
    assert found.title == "<b>Golf</b>"
    assert found.headers == {"Referer": "https://b.example/"}


async def test_a_catalogue_without_end_ends_and_a_vast_one_is_refused() -> None:
    endless = [{"id": f"other:{number:050}", "type": "tv"} for number in range(100_000)]
    log: list[str] = []
    async with stremio_server(channels=endless, page_size=10, log=log) as url:
        assert await found_by(an_addon(url)) == []
    assert len(log) == 21
    async with stremio_server(channels=endless, page_size=100_000) as url:
        with pytest.raises(TooLarge):
            await found_by(an_addon(url, most=5000))


async def test_a_redirect_to_a_private_address_is_refused(origin: Origin) -> None:
    port = int(origin.url.rpartition(":")[2])
    async with stremio_server() as private:
        origin.fault("/manifest.json", Redirect(private))
        async with a_client(Guard(allow_endpoints=[("127.0.0.1", port)])) as client:
            with pytest.raises(AddressRefused):
                await found_by(an_addon(origin.at("/manifest.json")), client)


async def test_a_server_that_is_silent_or_says_no_is_an_error_without_the_path(
    origin: Origin,
) -> None:
    errors: list[UpstreamError] = []
    origin.fault("/hunter2/manifest.json", StallBeforeHeaders())
    async with a_client(patience_s=0.2) as client:
        for path in ("/hunter2/manifest.json", "/none/hunter2/manifest.json"):
            source = an_addon(origin.at(path))
            with pytest.raises(UpstreamError) as caught:
                await found_by(source, client)
            errors.append(caught.value)
            assert "hunter2" not in str(caught.value) + repr(source)
    assert [type(error) for error in errors] == [UpstreamSlow, UpstreamStatus]
