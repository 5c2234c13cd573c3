"""All eighteen extractors in one configuration, through the program."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from f1stream.catalogue.record import loaded
from f1stream.extractors import EXTRACTORS
from tests.extractors.servers.everything import every_source
from tests.origin import Encoded
from tests.program import address, started

SERVE = ("serve", "--host", "127.0.0.1", "--port", "0")
SECRETS = re.compile(r"hunter2|s3cret|c00kie")
EMBEDS = 1


@pytest.fixture
async def configuration(encoded: Encoded) -> AsyncIterator[str]:
    segment = encoded.ts.with_name("index0.ts").read_bytes()
    async with every_source(segment) as configuration:
        yield configuration


async def extracted(folder: Path, configuration: str, *arguments: str) -> tuple[str, str]:
    """What `extract` says on its two outputs, once it has ended well."""
    async with started(folder, "extract", *arguments, configuration=configuration) as process:
        async with asyncio.timeout(60):
            out, err = await process.communicate()
        assert process.returncode == 0, err.decode()
        return out.decode(), err.decode()


def playable_in(kept: Path) -> set[str]:
    """The ids of what has been kept as playable so far."""
    if not kept.exists():
        return set()
    sources = loaded(kept.read_bytes())
    return {entry.stream.id for source in sources for entry in source.entries if entry.playable}


async def asked(viewer: aiohttp.ClientSession, path: str, until: Callable[[Any], bool]) -> Any:
    """The answer at `path`, once it is as it should be."""
    async with asyncio.timeout(60):
        while not until(answer := await (await viewer.get(path)).json()):
            await asyncio.sleep(0.1)
    return answer


async def test_each_finds_what_plays_in_json_and_in_a_table(
    tmp_path: Path, configuration: str
) -> None:
    out, err = await extracted(tmp_path, configuration, "--json")
    rows = json.loads(out)
    found = {name for row in rows for name in (row["source"], *row["alternatives"])}
    assert found == set(re.findall(r'^name = "(.+)"$', configuration, re.MULTILINE))
    assert len(found) == len(EXTRACTORS) == 18
    playable = [row for row in rows if row["playable"]]
    assert len(playable) == len(rows) - EMBEDS
    assert {row["verdict"] for row in playable} == {"plays (segment, live)"}
    assert {row["container"] for row in playable} == {"ts"}
    assert len(re.findall(r"^.+: \d streams? in \d+\.\d s$", err, re.MULTILINE)) == 18
    assert not SECRETS.search(out + err)

    out, err = await extracted(tmp_path, configuration)
    assert len(re.findall(r"^\S.* ok +[1-9] streams?", out, re.MULTILINE)) == 18
    assert out.count("plays (segment)") == len(playable)
    assert f"\n18 sources: 18 ok · {len(rows)} streams: {len(playable)} playable, 1 embed" in out
    assert not SECRETS.search(out + err)


async def test_serving_them_all_survives_a_kill(tmp_path: Path, configuration: str) -> None:
    async with started(tmp_path, *SERVE, configuration=configuration) as process:
        async with aiohttp.ClientSession(await address(process)) as viewer:
            sources = await asked(
                viewer,
                "/extractors",
                lambda said: all(each["state"] == "ok" for each in said["extractors"]),
            )
            assert sources["count"] == 18
            known = await asked(
                viewer, "/streams/all", lambda said: all(map(is_judged, said["streams"]))
            )
            listed = (await (await viewer.get("/streams")).json())["streams"]
            assert len(listed) == known["count"] - EMBEDS
            for stream in listed:
                playlist = await (await viewer.get(stream["play_url"])).text()
                assert playlist.startswith("#EXTM3U"), stream["title"]
            assert not SECRETS.search(json.dumps([sources, known, listed]))
            ids = {stream["id"] for stream in listed}
            async with asyncio.timeout(20):
                while not ids <= playable_in(tmp_path / "data" / "catalogue.json"):
                    await asyncio.sleep(0.1)
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with started(tmp_path, *SERVE, configuration=configuration) as process:
        async with aiohttp.ClientSession(await address(process)) as viewer:
            began_s = time.perf_counter()
            again = (await (await viewer.get("/streams")).json())["streams"]
            assert time.perf_counter() - began_s < 1
            assert {stream["id"] for stream in again} == ids


def is_judged(stream: dict[str, Any]) -> bool:
    return stream["stream_type"] == "embed" or stream["verdict"]["checked_at"] is not None
