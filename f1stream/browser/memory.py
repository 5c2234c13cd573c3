"""How much memory a browser of our own takes, and the end of a page that takes too much."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from playwright.async_api import Browser

WATCH_S = 0.5
_RENDERER = "renderer"
_ASK_S = 2.0


class _ProcessInfo(TypedDict):
    """SystemInfo.ProcessInfo of the DevTools protocol, as far as it is used."""

    id: int
    type: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """One process of a browser and the memory that it shares with no other."""

    pid: int
    kind: str
    private_bytes: int


async def weigh(browser: Browser) -> list[Weighed]:
    """The processes of a browser on this machine; none where it, or the system, does not tell."""
    from playwright.async_api import Error

    try:
        async with asyncio.timeout(_ASK_S):
            session = await browser.new_browser_cdp_session()
            told = await session.send("SystemInfo.getProcessInfo")
            await session.detach()
    except (Error, TimeoutError):
        return []
    return await asyncio.to_thread(_weighed, told["processInfo"])


async def end_runaways(browser: Browser, most_bytes: int) -> None:
    """Kill, until cancelled, each page's process that takes more than that.

    The page has crashed then, which whoever uses it sees; the browser and its other pages go on.
    """
    while True:
        await asyncio.sleep(WATCH_S)
        for process in await weigh(browser):
            if process.kind == _RENDERER and process.private_bytes > most_bytes:
                with suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL)


def _weighed(processes: Iterable[_ProcessInfo]) -> list[Weighed]:
    found = []
    for process in processes:
        # It has ended meanwhile, or this system has no /proc.
        with suppress(OSError, ValueError, IndexError):
            found.append(Weighed(process["id"], process["type"], _private_bytes(process["id"])))
    return found


def _private_bytes(pid: int) -> int:
    folder = Path("/proc", str(pid))
    # The ID may be another process's by now.
    if b"--type=" not in (folder / "cmdline").read_bytes() and not _is_browser(folder):
        raise ValueError("no process of a browser")
    _, resident, shared = (folder / "statm").read_text().split()[:3]
    return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")


def _is_browser(folder: Path) -> bool:
    return b"--remote-debugging-" in (folder / "cmdline").read_bytes()
