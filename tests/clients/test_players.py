"""Players that are not browsers, through the proxy and on the origin directly."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.origin import Encoded, Origin

KINDS = ["ts", "fmp4", "byterange", "byterange_fmp4", "aes128", "audio", "multi"]
TIMEOUT_S = 60

Proxied = Callable[[str], Awaitable[str]]

DECODED_BY_LIBAV = """
import sys, av
with av.open(sys.argv[1]) as container:
    frames = sorted((f.pts, type(f).__name__) for f in container.decode())
print(len(frames), hash(tuple(frames[-3:])) and len(set(name for _, name in frames)))
"""


async def output(*command: str) -> bytes:
    """What a program writes; fails the test with what it complains of."""
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(TIMEOUT_S):
        written, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return written


def published(origin: Origin, playlist: Path) -> str:
    return origin.files(playlist.parent) + playlist.name


@pytest.mark.parametrize("kind", KINDS)
async def test_ffmpeg_decodes_the_same_frames(
    origin: Origin, proxied: Proxied, encoded: Encoded, kind: str
) -> None:
    url = published(origin, getattr(encoded, kind))

    async def hashes(of: str) -> bytes:
        return await output("ffmpeg", "-v", "error", "-i", of, "-map", "0", "-f", "framehash", "-")

    direct = await hashes(url)
    assert direct.count(b"\n") > 100
    assert await hashes(await proxied(url)) == direct


@pytest.mark.parametrize("kind", KINDS)
async def test_the_newest_ffmpeg_decodes_as_many_frames(
    origin: Origin, proxied: Proxied, encoded: Encoded, kind: str
) -> None:
    """It refuses segments whose link does not end like a media file."""
    url = published(origin, getattr(encoded, kind))

    async def decoded(of: str) -> bytes:
        return await output(sys.executable, "-c", DECODED_BY_LIBAV, of)

    direct = await decoded(url)
    assert int(direct.split()[0]) > 100
    assert await decoded(await proxied(url)) == direct


@pytest.mark.parametrize("kind", ["ts", "byterange", "aes128"])
async def test_streamlink_reads_the_same_bytes(
    origin: Origin, proxied: Proxied, encoded: Encoded, kind: str
) -> None:
    url = published(origin, getattr(encoded, kind))

    async def read(of: str) -> bytes:
        command = ("-m", "streamlink", "--no-config", "--loglevel", "error", "--stdout")
        return await output(sys.executable, *command, f"hls://{of}", "best")

    direct = await read(url)
    assert len(direct) > 100_000
    assert await read(await proxied(url)) == direct


@pytest.mark.parametrize("kind", ["ts", "fmp4", "multi"])
async def test_yt_dlp_downloads_the_same_file(
    origin: Origin, proxied: Proxied, encoded: Encoded, tmp_path: Path, kind: str
) -> None:
    url = published(origin, getattr(encoded, kind))

    async def downloaded(of: str, name: str) -> bytes:
        path = tmp_path / name
        command = ("-m", "yt_dlp", "--ignore-config", "--quiet", "--no-cache-dir", "--no-part")
        native = ("--hls-prefer-native", "--fixup", "never")
        await output(sys.executable, *command, *native, "--output", str(path), of)
        return path.read_bytes()

    direct = await downloaded(url, "direct.mp4")
    assert len(direct) > 50_000
    assert await downloaded(await proxied(url), "proxied.mp4") == direct
