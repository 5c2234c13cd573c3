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
    tmp_path: Path, origin: Origin
) -> None:
    now = datetime.now(UTC)
    verdict = Verdict(now, Level.SEGMENT, is_live=True, health=Health("ts", ("avc1",)))
    entries = tuple(
        Entry(
            Stream(f"s{n}", f"F1 {n}", "direct", "A", Upstream(origin.at(f"/{n}.m3u8")), now),
            verdict,
        )
        for n in range(1_000)
    )
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "catalogue.json").write_bytes(
        dumped([Remembered("direct", "A", now, entries)])
    )
    configuration = LOOPBACK + source("A", origin.at("/1.m3u8"))
    async with started(tmp_path, *SERVE, configuration=configuration) as process:
        url = await address(process)
        began_s = time.perf_counter()
        async with aiohttp.ClientSession(url) as viewer:
            answer = await (await viewer.get("/streams/all")).json()
        assert time.perf_counter() - began_s < 1
        assert answer["count"] in (1, 1_000), "until its source is read, what was known"
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
