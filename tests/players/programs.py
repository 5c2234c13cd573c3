"""Players that are programs."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE

TIMEOUT_S = 60


async def output(*command: str) -> bytes:
    """What a program writes; fails the test with what it complains of."""
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE)
    async with asyncio.timeout(TIMEOUT_S):
        written, complaints = await process.communicate()
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
