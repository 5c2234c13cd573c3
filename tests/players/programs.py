"""Players that are programs."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

TIMEOUT_S = 60

DECODED_BY_LIBAV = """
import hashlib, sys, av
with av.open(sys.argv[1]) as container:
    for frame in container.decode():
        content = b"".join(bytes(plane) for plane in frame.planes)
        print(type(frame).__name__, frame.pts, hashlib.md5(content).hexdigest())
"""


async def output(*command: str) -> bytes:
    """What a program writes; fails the test with what it complains of."""
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    try:
        async with asyncio.timeout(TIMEOUT_S):
            written, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return written


async def frame_hashes(url: str, *options: str) -> list[str]:
    """A hash of every frame that ffmpeg decodes of all streams of `url`."""
    written = await output(
        *("ffmpeg", "-v", "error", *options, "-i", url, "-map", "0:v?", "-map", "0:a?"),
        *("-f", "framehash", "-hash", "md5", "-"),
    )
    lines = written.decode().splitlines()
    return [line.rpartition(",")[2].strip() for line in lines if not line.startswith("#")]


async def libav_hashes(url: str) -> list[str]:
    """Every frame that the newest libav decodes of all streams of `url`, by kind, with a hash.

    It refuses segments whose address does not end like a media file.
    """
    written = await output(sys.executable, "-c", DECODED_BY_LIBAV, url)
    return sorted(written.decode().splitlines())


async def read_by_streamlink(url: str) -> bytes:
    """What streamlink hands to a player."""
    command = ("-m", "streamlink", "--no-config", "--loglevel", "error", "--stdout")
    return await output(sys.executable, *command, f"hls://{url}", "best")


async def downloaded_by_yt_dlp(url: str, path: Path) -> bytes:
    """What yt-dlp writes into the file `path`."""
    command = ("-m", "yt_dlp", "--ignore-config", "--quiet", "--no-cache-dir", "--no-part")
    native = ("--hls-prefer-native", "--fixup", "never")
    await output(sys.executable, *command, *native, "--output", str(path), url)
    return await asyncio.to_thread(path.read_bytes)
