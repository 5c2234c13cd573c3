"""Players that are not browsers, through the proxy and on the origin directly."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clients.conftest import Proxied
from tests.origin import Encoded, LiveWindow, Origin
from tests.origin.keys import RotatingKeys
from tests.players.programs import (
    downloaded_by_yt_dlp,
    frame_hashes,
    libav_hashes,
    read_by_streamlink,
)

KINDS = ["ts", "fmp4", "byterange", "byterange_fmp4", "aes128", "audio", "multi"]


def published(origin: Origin, playlist: Path) -> str:
    return origin.files(playlist.parent) + playlist.name


@pytest.mark.parametrize("kind", KINDS)
async def test_ffmpeg_decodes_the_same_frames(
    origin: Origin, proxied: Proxied, encoded: Encoded, kind: str
) -> None:
    url = published(origin, getattr(encoded, kind))
    direct = await frame_hashes(url)
    assert len(direct) > 100
    assert await frame_hashes(await proxied(url)) == direct


@pytest.mark.parametrize("kind", KINDS)
async def test_the_newest_ffmpeg_decodes_the_same_frames(
    origin: Origin, proxied: Proxied, encoded: Encoded, kind: str
) -> None:
    url = published(origin, getattr(encoded, kind))
    direct = await libav_hashes(url)
    assert len(direct) > 100
    assert await libav_hashes(await proxied(url)) == direct


@pytest.mark.parametrize("kind", ["ts", "byterange", "aes128"])
async def test_streamlink_reads_the_same_bytes(
    origin: Origin, proxied: Proxied, encoded: Encoded, kind: str
) -> None:
    url = published(origin, getattr(encoded, kind))
    direct = await read_by_streamlink(url)
    assert len(direct) > 100_000
    assert await read_by_streamlink(await proxied(url)) == direct


@pytest.mark.parametrize("kind", ["ts", "fmp4", "multi"])
async def test_yt_dlp_downloads_the_same_file(
    origin: Origin, proxied: Proxied, encoded: Encoded, tmp_path: Path, kind: str
) -> None:
    url = published(origin, getattr(encoded, kind))
    direct = await downloaded_by_yt_dlp(url, tmp_path / "direct.mp4")
    assert len(direct) > 50_000
    path = tmp_path / "proxied.mp4"
    assert await downloaded_by_yt_dlp(await proxied(url), path) == direct


async def test_keys_that_change_open_the_same_segments(
    origin: Origin, proxied: Proxied, encoded: Encoded, tmp_path: Path
) -> None:
    keys = RotatingKeys(every=2)
    window = LiveWindow(encoded.ts, window=6, clock=lambda: 0.0, features=[keys])
    window.ended = True
    play_url = await proxied(window.mount(origin))
    plain = b"".join((encoded.ts.parent / f"index{number}.ts").read_bytes() for number in range(6))
    assert await read_by_streamlink(play_url) == plain
    assert await downloaded_by_yt_dlp(play_url, tmp_path / "plain.ts") == plain
    assert await frame_hashes(play_url) == await frame_hashes(str(encoded.ts))
    assert await libav_hashes(play_url) == await libav_hashes(str(encoded.ts))
