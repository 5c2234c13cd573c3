"""What a live playlist says besides its segments is said where players expect it, and holds."""

from __future__ import annotations

import json
from urllib.parse import urljoin

import aiohttp
import m3u8
import pytest

from tests.origin import Encoded, LiveWindow, ManualClock, Origin
from tests.origin.features import (
    CARRIED,
    INDEPENDENT,
    START,
    AdBreaks,
    Bitrates,
    Dates,
    Feature,
    Gaps,
    Interstitials,
    Variables,
)
from tests.origin.keys import RotatingKeys
from tests.origin.manners import NeedsHeader
from tests.players.programs import frame_hashes

ALL: list[Feature] = [
    INDEPENDENT,
    START,
    Dates(),
    Gaps(),
    Bitrates(),
    AdBreaks(),
    Interstitials(("/vod.m3u8", "https://ads.example/vod.m3u8"), 6),
    RotatingKeys(),
    Variables(),
]


class Window:
    """A live window of 12 segments, two times round what was encoded, with some features."""

    def __init__(self, origin: Origin, encoded: Encoded, *features: Feature) -> None:
        self.clock = ManualClock()
        self.live = LiveWindow(encoded.ts, window=12, clock=self.clock, features=features)
        self.live.ended = True
        self.url = self.live.mount(origin)

    def lines(self, tag: str) -> list[str]:
        playlist = self.live.playlist().splitlines()
        return [line for line in playlist if line.startswith(f"#EXT-X-{tag}")]

    def parsed(self) -> m3u8.M3U8:
        return m3u8.loads(self.live.playlist(), uri=self.url)


@pytest.mark.parametrize(
    "keys",
    [RotatingKeys(), RotatingKeys(every=1, iv=False), RotatingKeys(every=5)],
    ids=["every 2", "every segment, vectors by number", "every 5"],
)
async def test_ffmpeg_decodes_the_same_frames_through_changing_keys(
    origin: Origin, encoded: Encoded, keys: RotatingKeys
) -> None:
    plain = await frame_hashes(Window(origin, encoded).url)
    assert len(plain) > 2 * 25 * 6
    assert await frame_hashes(Window(origin, encoded, keys).url) == plain
    asked = {request.path for request in origin.requests if request.path.endswith(".key")}
    assert len(asked) == -(-12 // keys.every)


async def test_keys_change_and_the_first_segment_always_says_its_own(
    origin: Origin, encoded: Encoded, web: aiohttp.ClientSession
) -> None:
    window = Window(origin, encoded, RotatingKeys(every=4))
    window.clock.now_s = 3
    origin.behave("/live/key-", NeedsHeader("Authorization", "Bearer x"))
    keys = [segment.key for segment in window.parsed().segments]
    assert [key.uri for key in keys] == [f"key-{number // 4}.key" for number in range(3, 15)]
    async with web.get(keys[0].absolute_uri) as response:
        assert response.status == 403
    async with web.get(keys[0].absolute_uri, headers={"Authorization": "Bearer x"}) as response:
        assert await response.read() == RotatingKeys().key(0)


async def test_sample_aes_is_marked_for_every_key_system_and_not_done(
    origin: Origin, encoded: Encoded, web: aiohttp.ClientSession
) -> None:
    fairplay = ("com.apple.streamingkeydelivery", "skd://key")
    keys = RotatingKeys(method="SAMPLE-AES", also=(fairplay,))
    window = Window(origin, encoded, keys)
    assert len(window.lines("KEY:METHOD=SAMPLE-AES")) == 12
    assert window.lines("KEY")[1].endswith(
        'URI="skd://key",KEYFORMAT="com.apple.streamingkeydelivery",KEYFORMATVERSIONS="1"'
    )
    plain = (encoded.ts.parent / "index0.ts").read_bytes()
    async with web.get(urljoin(window.url, "0-index0.ts")) as response:
        assert await response.read() == plain


async def test_what_is_a_gap_is_not_there(
    origin: Origin, encoded: Encoded, web: aiohttp.ClientSession
) -> None:
    window = Window(origin, encoded, Gaps(every=5))
    segments = window.parsed().segments
    assert [bool(segment.gap_tag) for segment in segments] == [n % 5 == 4 for n in range(12)]
    for segment in segments[3:6]:
        async with web.get(segment.absolute_uri) as response:
            assert response.status == (404 if segment.gap_tag else 200)


async def test_dates_bitrates_and_breaks_stand_at_their_segments(
    origin: Origin, encoded: Encoded
) -> None:
    window = Window(origin, encoded, Dates(), Bitrates(), AdBreaks())
    window.clock.now_s = 1
    segments = window.parsed().segments
    assert segments[0].program_date_time.isoformat() == "2026-03-08T04:00:01+00:00"
    assert [segment.bitrate for segment in segments[:4]] == [150, 180, None, 150]
    out, back = (
        [bool(segment.dateranges and name in str(segment.dateranges[0])) for segment in segments]
        for name in ("SCTE35-OUT", "SCTE35-IN")
    )
    assert [number + 1 for number, there in enumerate(out) if there] == [6, 12]
    assert [number + 1 for number, there in enumerate(back) if there] == [2, 8]


async def test_interstitials_name_one_asset_or_a_list(
    origin: Origin, encoded: Encoded, web: aiohttp.ClientSession
) -> None:
    window = Window(origin, encoded, Dates(), Interstitials(("/a.m3u8", "/b.m3u8"), 6, every=6))
    one, several = window.lines("DATERANGE")
    assert 'X-ASSET-URI="/a.m3u8"' in one
    assert 'X-ASSET-LIST="assets-1.json"' in several
    async with web.get(urljoin(window.url, "assets-1.json?_HLS_primary_id=1")) as response:
        assert response.content_type == "application/json"
        listed = json.loads(await response.text())
    assert [asset["URI"] for asset in listed["ASSETS"]] == ["/a.m3u8", "/b.m3u8"]


async def test_variables_are_defined_in_all_three_ways(origin: Origin, encoded: Encoded) -> None:
    window = Window(origin, encoded, Variables())
    assert [line.partition("=")[0] for line in window.lines("DEFINE")] == [
        "#EXT-X-DEFINE:NAME",
        "#EXT-X-DEFINE:IMPORT",
        "#EXT-X-DEFINE:QUERYPARAM",
    ]
    assert window.parsed().segments[0].uri == "{$here}0-index0.ts?team={$team}&viewer={$viewer}"
    assert CARRIED.startswith("?viewer=")


async def test_the_head_says_the_version_that_its_tags_need(
    origin: Origin, encoded: Encoded
) -> None:
    window = Window(origin, encoded, *ALL)
    assert window.lines("VERSION") == ["#EXT-X-VERSION:11"]
    assert window.lines("INDEPENDENT-SEGMENTS")
    assert window.parsed().start.time_offset == -3.0
    assert len(window.parsed().segments) == 12


async def test_a_sequence_can_jump_and_start_again(origin: Origin, encoded: Encoded) -> None:
    window = Window(origin, encoded, Dates())
    window.clock.now_s = 4
    before = window.parsed()
    for first in (9_000_000, 0):
        window.live.renumber(first)
        after = window.parsed()
        assert after.media_sequence == first
        assert after.files == before.files
    window.clock.now_s = 5
    assert window.parsed().media_sequence == 1
