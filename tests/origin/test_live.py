"""A live window is what a live stream looks like from outside."""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin

import aiohttp
import m3u8
import pytest

from tests.origin import Encoded, LiveWindow, ManualClock, Origin


async def read(web: aiohttp.ClientSession, url: str, status: int = 200) -> bytes:
    async with web.get(url) as response:
        assert response.status == status
        return await response.read()


async def test_a_live_window_slides_and_loops(
    origin: Origin, web: aiohttp.ClientSession, encoded: Encoded
) -> None:
    clock = ManualClock()
    url = LiveWindow(encoded.ts, clock=clock).mount(origin)
    for second in range(20):
        clock.now_s = float(second)
        playlist = m3u8.loads((await read(web, url)).decode(), uri=url)
        assert not playlist.is_endlist
        number = playlist.discontinuity_sequence
        for position, segment in enumerate(playlist.segments):
            number += segment.discontinuity
            assert segment.media_sequence == second + position
            assert number == segment.media_sequence // 6
    newest = playlist.segments[-1]
    file = f"index{newest.media_sequence % 6}.ts"
    on_disk = await asyncio.to_thread((encoded.ts.parent / file).read_bytes)
    assert await read(web, newest.absolute_uri) == on_disk
    await read(web, urljoin(url, f"{newest.media_sequence + 1}-index0.ts"), 404)


@pytest.mark.parametrize("kind", ["fmp4", "byterange_fmp4", "aes128"])
async def test_a_live_window_of_every_kind_serves_what_it_lists(
    origin: Origin, web: aiohttp.ClientSession, encoded: Encoded, kind: str
) -> None:
    url = LiveWindow(getattr(encoded, kind), token="t").mount(origin)
    playlist = m3u8.loads((await read(web, url)).decode(), uri=url)
    for listed in (*playlist.segments, *playlist.segment_map, *filter(None, playlist.keys)):
        assert await read(web, listed.absolute_uri)


async def test_a_live_windows_links_expire_with_their_token(
    origin: Origin, web: aiohttp.ClientSession, encoded: Encoded
) -> None:
    window = LiveWindow(encoded.ts, clock=ManualClock(), token="old")
    url = window.mount(origin)
    before = m3u8.loads((await read(web, url)).decode(), uri=url).segments[0].absolute_uri
    assert await read(web, before)
    window.token = "new"
    await read(web, before, 403)
    after = m3u8.loads((await read(web, url)).decode(), uri=url).segments[0].absolute_uri
    assert await read(web, after)


async def test_a_live_window_can_end(encoded: Encoded) -> None:
    window = LiveWindow(encoded.ts, clock=ManualClock())
    window.ended = True
    assert window.playlist().endswith("#EXT-X-ENDLIST\n")
