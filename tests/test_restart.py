"""What the program knows after it was ended in any way."""

from __future__ import annotations

import asyncio
import signal
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp

from f1stream.catalogue import Entry, Remembered
from f1stream.catalogue.record import dumped
from f1stream.models import Health, Level, Stream, Upstream, Verdict
from tests.conftest import OpenHouse
from tests.origin import Encoded, Origin
from tests.program import LOOPBACK, address, source, started

SERVE = ("serve", "--host", "127.0.0.1", "--port", "0")


async def listed(viewer: aiohttp.ClientSession) -> list[dict[str, Any]]:
    answer = await (await viewer.get("/streams")).json()
    streams: list[dict[str, Any]] = answer["streams"]
    return streams


async def test_streams_are_known_at_once_after_a_kill_and_marked_until_they_are_found_again(
    tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent, "/ts/")
    configuration = LOOPBACK + source("A", origin.at("/ts/index.m3u8?token=hunter2"))
    kept = tmp_path / "data" / "catalogue.json"
    async with started(tmp_path, *SERVE, configuration=configuration) as process:
        async with aiohttp.ClientSession(await address(process)) as viewer:
            async with asyncio.timeout(20):
                while not (before := await listed(viewer)):
                    await asyncio.sleep(0.05)
                while not kept.exists() or b"ts" not in kept.read_bytes():
                    await asyncio.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    assert before[0]["stale"] is False
    assert kept.stat().st_mode & 0o777 == 0o600
    async with started(tmp_path, *SERVE, configuration=configuration) as process:
        async with aiohttp.ClientSession(await address(process)) as viewer:
            (first,) = await listed(viewer)
            assert first["id"] == before[0]["id"]
            assert first["play_url"] == before[0]["play_url"]
            async with asyncio.timeout(20):
                while (await listed(viewer))[0]["stale"]:
                    await asyncio.sleep(0.05)
            again = await listed(viewer)
            assert again[0]["extracted_at"] > before[0]["extracted_at"]


async def test_a_thousand_streams_are_listed_within_a_second(
    tmp_path: Path, house: OpenHouse
) -> None:
    now = datetime.now(UTC)
    upstream = Upstream("http://127.0.0.1:9/live.m3u8", {"Cookie": "hunter2"})
    verdict = Verdict(now, Level.SEGMENT, is_live=True, health=Health("ts", ("avc1",)))
    entries = tuple(
        Entry(Stream(f"s{n}", f"F1 {n}", "direct", "source 0", upstream, now), verdict)
        for n in range(1_000)
    )
    remembered = [Remembered("direct", "source 0", now, entries)]
    (tmp_path / "catalogue.json").write_bytes(dumped(remembered))
    f1stream = await house("http://127.0.0.1:9/live.m3u8")
    began_s = time.perf_counter()
    await f1stream.run.background.keeping.recall()
    answer = await (await f1stream.client.get("/streams")).json()
    assert time.perf_counter() - began_s < 1
    assert answer["count"] == 1_000
    assert all(stream["stale"] for stream in answer["streams"])
    assert "hunter2" not in str(answer)
