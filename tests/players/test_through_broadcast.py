"""A broadcast in a browser, through f1stream: its sound, its words, its keys, its tags."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urljoin

import pytest
from playwright.async_api import Browser

from tests.clients.conftest import Proxied
from tests.origin import Broadcast, Origin, Programme
from tests.origin.features import (
    CARRIED,
    START,
    AdBreaks,
    Bitrates,
    Dates,
    Feature,
    Variables,
)
from tests.origin.keys import RotatingKeys
from tests.origin.manners import NeedsHeader
from tests.players.hls_js import CURRENT, OLDER, HlsJsPage, Report
from tests.players.requests import only_to

AT_ONCE = {"liveSyncDurationCount": 2}


async def played(
    browser: Browser, play_url: str, *, for_s: float = 1, config: dict[str, object] | None = None
) -> Report:
    """How it plays; fails the test for an error that ends it, or a request that fails."""
    async with HlsJsPage.opened(browser) as page:
        await page.play(play_url, config or AT_ONCE)
        report = await page.until_played(for_s)
        assert only_to(play_url, page.asked)
    assert (report.fatal, report.failed_requests) == ((), ())
    return report


@pytest.mark.parametrize("bundle", [CURRENT, OLDER], ids=["current", "1.4"])
async def test_languages_and_subtitles_are_chosen(
    browser: Browser, origin: Origin, programme: Programme, proxied: Proxied, bundle: Path
) -> None:
    play_url = await proxied(Broadcast(programme).mount(origin))
    async with HlsJsPage.opened(browser, bundle) as page:
        await page.play(play_url, AT_ONCE)
        await page.tell("hls.audioTrack = 1; hls.subtitleTrack = 1")
        await origin.asked("/broadcast/a/audio-de/index.m3u8")
        await origin.asked("/broadcast/a/subtitles-de/index.m3u8")
        report = await page.until_played(2)
        assert only_to(play_url, page.asked)
    assert (report.fatal, report.failed_requests) == ((), ())
    assert report.audio_tracks == report.subtitle_tracks == ("English", "Deutsch")
    assert any(cue.startswith("Sekunde ") for cue in report.cues)
    assert any(re.search(r"/audio-de/\d+-", request.path) for request in origin.requests)


async def test_variants_of_every_codec_are_listed_and_av1_plays(
    browser: Browser, origin: Origin, programme: Programme, proxied: Proxied
) -> None:
    play_url = await proxied(Broadcast(programme).mount(origin))
    async with HlsJsPage.opened(browser) as page:
        listed = (await page.fetch(play_url)).text
        await page.play(play_url, {**AT_ONCE, "videoPreference": {"videoCodec": "av01"}})
        report = await page.until_played(1)
    assert set(re.findall(r'CODECS="(avc1|hvc1|av01)', listed)) == {"avc1", "hvc1", "av01"}
    assert report.fatal == ()
    assert "/broadcast/a/av1/init.mp4" in [request.path for request in origin.requests]


async def test_captions_are_passed(
    browser: Browser, origin: Origin, programme: Programme, proxied: Proxied
) -> None:
    direct_url = Broadcast(programme).mount(origin)
    play_url = await proxied(direct_url)
    async with HlsJsPage.opened(browser) as page:
        direct, through = await page.fetch(direct_url), await page.fetch(play_url)
    captions = re.compile(r".*TYPE=CLOSED-CAPTIONS.*|CLOSED-CAPTIONS=[^,\n]*")
    assert captions.findall(through.text) == captions.findall(direct.text) != []


async def test_a_variant_without_picture_plays(
    browser: Browser, origin: Origin, programme: Programme, proxied: Proxied
) -> None:
    play_url = await proxied(Broadcast(programme).mount(origin))
    lowest = 2 + len(programme.others)
    async with HlsJsPage.opened(browser) as page:
        await page.play(f"{play_url}&quality={lowest}", AT_ONCE, pictures=False)
        report = await page.until_played(1, pictures=False)
    assert (report.fatal, report.failed_requests) == ((), ())
    assert report.size == (0, 0)
    assert not any(re.search(r"/(low|high)/init", request.path) for request in origin.requests)


FEATURES: dict[str, tuple[Sequence[Feature], str, str]] = {
    "dates, bitrates, start offset, SCTE-35": ([Dates(), Bitrates(), START, AdBreaks()], "", ""),
    "variables": ([Variables()], "?viewer=7", CARRIED),
    "AES-128 with rotation and session keys": ([RotatingKeys(every=1)], "", ""),
}


@pytest.mark.parametrize("said", FEATURES)
async def test_what_a_broadcast_says_is_understood(
    browser: Browser, origin: Origin, programme: Programme, proxied: Proxied, said: str
) -> None:
    features, query, carried = FEATURES[said]
    broadcast = Broadcast(programme, features=features, query=carried, window=6)
    play_url = await proxied(broadcast.mount(origin) + query)
    report = await played(browser, play_url)
    assert report.frames > 12
    segments = [each for each in origin.requests if re.search(r"/\d+-index", each.path)]
    assert segments
    if said == "variables":
        values = {(each.query["team"], each.query["viewer"]) for each in segments}
        assert values == {("red", "7")}
    if "AES" in said:
        assert len({each.path for each in origin.requests if ".key" in each.path}) >= 2


async def test_keys_that_need_headers_are_fetched(
    browser: Browser, origin: Origin, programme: Programme, proxied: Proxied
) -> None:
    url = Broadcast(programme, features=[RotatingKeys(every=1)]).mount(origin)
    origin.behave("/broadcast/a/", NeedsHeader("Authorization", "Bearer spa"))
    report = await played(browser, await proxied(url, {"Authorization": "Bearer spa"}))
    assert report.frames > 12
    keys = {request.path for request in origin.requests if ".key" in request.path}
    assert len(keys) >= 2


async def test_what_stands_beside_the_picture_is_reached(
    browser: Browser, origin: Origin, programme: Programme, proxied: Proxied
) -> None:
    """I-frames, thumbnails and session data, which hls.js leaves to the page."""
    play_url = await proxied(Broadcast(programme).mount(origin))
    async with HlsJsPage.opened(browser) as page:
        listed = (await page.fetch(play_url)).text

        def behind(tag: str) -> str:
            found = re.search(rf'#EXT-X-{tag}:.*URI="([^"]+)"', listed)
            assert found
            return urljoin(play_url, str(found[1]))

        session = await page.fetch(behind("SESSION-DATA"))
        assert json.loads(session.text) == {"title": "Grand Prix", "round": 1}
        for tag, content_type in (
            ("I-FRAME-STREAM-INF", "video/iso.segment"),
            ("IMAGE-STREAM-INF", "image/jpeg"),
        ):
            url = behind(tag)
            media = (await page.fetch(url)).text.splitlines()
            ranges = [line.partition(":")[2] for line in media if "BYTERANGE:" in line]
            pieces = [line for line in media if line and not line.startswith("#")]
            asked = {"Range": as_header(ranges[0])} if ranges else {}
            piece = await page.fetch(urljoin(url, pieces[0]), asked)
            assert piece.status == (206 if ranges else 200)
            assert piece.content_type == content_type
            assert piece.size_bytes > 100
        assert only_to(play_url, page.asked)


def as_header(byte_range: str) -> str:
    """What an EXT-X-BYTERANGE asks for."""
    length, _, start = byte_range.partition("@")
    return f"bytes={start}-{int(start) + int(length) - 1}"
