"""f1stream as a program whose wall clock is years off when it starts, and then set right."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.origin import Origin
from tests.program import LOOPBACK, address, source, started

# Debian's faketime: it moves the wall clock of a process and leaves its monotonic one alone.
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
TARGET_S = 2
# Sources are asked every five seconds whether they are due.
SOON_S = 20

pytestmark = pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed")


class Clock:
    """The program's wall clock, as an offset from the right one."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def ahead(self, years: float) -> None:
        self.file.write_text(f"{years * 365.25 * 86_400:+.0f}\n")

    @property
    def environment(self) -> dict[str, str]:
        return {
            "LD_PRELOAD": str(LIBRARIES[0]),
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


@asynccontextmanager
async def served(folder: Path, origin: Origin, clock: Clock) -> AsyncIterator[str]:
    """Its address, with one source and a password."""
    origin.route("/0.ts", b"G" + bytes(187))
    text = f"#EXTM3U\n#EXT-X-TARGETDURATION:{TARGET_S}\n#EXTINF:{TARGET_S},\n0.ts\n"
    url = origin.route("/live.m3u8", text)
    configuration = LOOPBACK + source("A", url) + "[access]\nviewer_password = 'sesame'\n"
    command = ("serve", "--host", "127.0.0.1", "--port", "0")
    async with started(
        folder, *command, configuration=configuration, environment=clock.environment
    ) as process:
        yield await address(process)


@asynccontextmanager
async def signed_in(url: str) -> AsyncIterator[aiohttp.ClientSession]:
    """A viewer who gives the password now."""
    async with aiohttp.ClientSession(url, cookie_jar=aiohttp.DummyCookieJar()) as stranger:
        async with stranger.post("/login", json={"password": "sesame"}) as welcome:
            cookies = {name: each.value for name, each in welcome.cookies.items()}
    async with aiohttp.ClientSession(
        url, cookies=cookies, cookie_jar=aiohttp.CookieJar(unsafe=True)
    ) as viewer:
        yield viewer


async def answer(viewer: aiohttp.ClientSession, path: str) -> Any:
    async with viewer.get(path) as found:
        assert found.status == 200, (path, await found.text())
        return json.loads(await found.read())


async def last_run(viewer: aiohttp.ClientSession) -> datetime | None:
    [known] = (await answer(viewer, "/extractors"))["extractors"]
    return datetime.fromisoformat(known["last_run"]) if known["last_run"] else None


async def plays(viewer: aiohttp.ClientSession) -> None:
    async with asyncio.timeout(SOON_S):
        while not (known := (await answer(viewer, "/streams/all"))["streams"]):
            await asyncio.sleep(0.1)
    async with viewer.get(known[0]["play_url"]) as found:
        assert found.status == 200
        [segment] = [each for each in (await found.text()).splitlines() if each[0] != "#"]
    async with viewer.get(f"/{segment}") as found:
        assert found.status == 200
        assert len(await found.read()) == 188


async def all_have_a_status(viewer: aiohttp.ClientSession) -> None:
    races = (await answer(viewer, "/schedule"))["races"]
    found = {session["status"] for race in races for session in race["sessions"]}
    assert found
    assert found <= {"past", "live", "upcoming"}


@pytest.mark.parametrize("years", [-56, 73])
async def test_what_can_run_does_and_catches_up_when_the_clock_is_set(
    tmp_path: Path, origin: Origin, years: float
) -> None:
    clock = Clock(tmp_path / "clock")
    clock.ahead(years)
    async with served(tmp_path, origin, clock) as url:
        async with signed_in(url) as viewer:
            await plays(viewer)
            await all_have_a_status(viewer)
            then = await last_run(viewer)
            assert then is not None
            assert abs(then.year - (datetime.now(UTC).year + years)) <= 1
        clock.ahead(0)
        async with signed_in(url) as viewer:
            await plays(viewer)
            await all_have_a_status(viewer)
            async with asyncio.timeout(SOON_S):
                while await last_run(viewer) == then:
                    await asyncio.sleep(0.2)
            now = await last_run(viewer)
            assert now is not None
            assert abs(now - datetime.now(UTC)).total_seconds() < SOON_S
