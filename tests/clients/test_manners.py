"""However oddly an upstream sends it, players that are not browsers get the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.clients.conftest import Proxied
from tests.origin import Encoded, Manner, ManualClock, Origin
from tests.origin.manners import (
    Chunked,
    Compressed,
    Disguises,
    Http10,
    NeedsCookie,
    Redirects,
    SetsCookie,
    Typed,
)
from tests.origin.tokens import Tokens
from tests.players.programs import (
    downloaded_by_yt_dlp,
    frame_hashes,
    libav_hashes,
    read_by_streamlink,
)

INDEX = "/index.m3u8"
JPEG = Disguises()
HTML = Disguises(instead=".html", content_type="text/plain")
COOKIE: list[Manner] = [NeedsCookie(free=INDEX), SetsCookie(INDEX)]

MANNERS: dict[str, list[Manner]] = {
    "gzip": [Compressed("gzip", unasked=True)],
    "br": [Compressed("br", unasked=True)],
    "zstd": [Compressed("zstd", unasked=True)],
    "wrong charset": [Typed("text/plain; charset=utf-16", ".m3u8")],
    "segments called .jpg": [JPEG],
    "segments called .html": [HTML],
    "cookie": COOKIE,
    "redirect per segment": [Redirects(".ts")],
    "HTTP/1.0": [Http10()],
    "chunked": [Chunked()],
    "tokens in paths": [Tokens(ManualClock(), INDEX, place="path")],
    "tokens in queries": [Tokens(ManualClock(), INDEX, place="query")],
}


@pytest.fixture
async def elsewhere() -> AsyncIterator[Origin]:
    """Another host."""
    async with Origin("127.0.0.2") as origin:
        yield origin


def behaving(origin: Origin, playlist: Path, *manners: Manner) -> str:
    for manner in manners:
        origin.behave("/", manner)
    return origin.files(playlist.parent) + playlist.name


@pytest.mark.parametrize("manner", MANNERS)
async def test_ffmpeg_decodes_the_same_frames_of_an_upstream_with_manners(
    origin: Origin, proxied: Proxied, encoded: Encoded, manner: str
) -> None:
    play_url = await proxied(behaving(origin, encoded.ts, *MANNERS[manner]))
    assert await frame_hashes(play_url) == await frame_hashes(str(encoded.ts))


@pytest.mark.parametrize("disguise", [JPEG, HTML], ids=[".jpg", ".html"])
@pytest.mark.parametrize("kind", ["ts", "fmp4"])
async def test_disguised_segments_play_everywhere(
    origin: Origin,
    proxied: Proxied,
    encoded: Encoded,
    tmp_path: Path,
    disguise: Manner,
    kind: str,
) -> None:
    playlist: Path = getattr(encoded, kind)
    plain_url = origin.files(playlist.parent, "/plain/") + playlist.name
    origin.files(playlist.parent, "/odd/")
    origin.behave("/odd/", disguise)
    play_url = await proxied(origin.at(f"/odd/{playlist.name}"))
    assert await libav_hashes(play_url) == await libav_hashes(str(playlist))
    assert await read_by_streamlink(play_url) == await read_by_streamlink(plain_url)
    odd, plain = tmp_path / "odd.mp4", tmp_path / "plain.mp4"
    assert await downloaded_by_yt_dlp(play_url, odd) == await downloaded_by_yt_dlp(plain_url, plain)


async def test_segments_that_are_redirected_to_another_host_play(
    origin: Origin, elsewhere: Origin, proxied: Proxied, encoded: Encoded
) -> None:
    elsewhere.files(encoded.ts.parent)
    url = behaving(origin, encoded.ts, Redirects(".ts", to=elsewhere.url))
    play_url = await proxied(url)
    assert await frame_hashes(play_url) == await frame_hashes(str(encoded.ts))
    assert elsewhere.count("/index0.ts") == 1


async def test_a_cookie_of_the_master_goes_with_what_each_viewer_asks_for(
    origin: Origin, proxied: Proxied, encoded: Encoded
) -> None:
    play_url = await proxied(behaving(origin, encoded.multi, *COOKIE))
    plain = await libav_hashes(str(encoded.multi))
    assert await libav_hashes(play_url) == plain
    assert await libav_hashes(play_url) == plain
