"""The Chromium that the set-up found, and one that somebody else has started."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

CHROMIUM = (Path(__file__).parents[2] / ".setup" / "chromium").read_text().strip()


@asynccontextmanager
async def remote(folder: Path) -> AsyncIterator[tuple[Process, str]]:
    """A Chromium that somebody else has started, and its DevTools address."""
    process = await asyncio.create_subprocess_exec(
        *(CHROMIUM, "--headless", "--no-sandbox", "--remote-debugging-port=0"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *("--no-first-run", f"--user-data-dir={folder}"),
        stderr=PIPE,
        stdout=DEVNULL,
        start_new_session=True,
    )
    try:
        assert process.stderr is not None
        async with asyncio.timeout(30):
            while not (found := re.search(rb"ws://(\S+?)/", await process.stderr.readline())):
                pass
        yield process, f"http://{found[1].decode()}"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()
