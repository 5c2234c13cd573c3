"""What becomes of viewers when the program is told to stop."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from f1stream.http import create_app, listening
from f1stream.http.listening import answering
from tests.conftest import OpenHouse
from tests.origin import Origin
from tests.origin.faults import SlowBody
from tests.program import LOOPBACK, address, alive, children, source, started

SIZE = 400_000


def broadcast(origin: Origin) -> str:
    origin.route("/0.ts", bytes(SIZE))
    return origin.route("/live.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/0.ts\n")


async def readiness(viewer: aiohttp.ClientSession) -> tuple[int, Any]:
    async with viewer.get("/ready") as response:
        return response.status, await response.json()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.skipif(sys.platform != "linux", reason="several processes on one port")
async def test_told_to_stop_it_says_so_and_finishes_what_it_sends(
    tmp_path: Path, origin: Origin, workers: int
) -> None:
    configuration = LOOPBACK + source("A", broadcast(origin)) + f"[server]\nworkers = {workers}\n"
    async with started(
        tmp_path, "serve", "--host", "127.0.0.1", "--port", "0", configuration=configuration
    ) as process:
        url = await address(process)
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(url, connector=connector) as viewer:
            async with asyncio.timeout(20):
                while not (known := (await (await viewer.get("/streams")).json())["streams"]):
                    await asyncio.sleep(0.05)
            playlist = await (await viewer.get(known[0]["play_url"])).text()
            path = "/" + playlist.splitlines()[-1]
            origin.fault("/0.ts", SlowBody(chunk_bytes=20_000, interval_s=0.1))
            # Enough of them that the kernel gives some to each process.
            answers = [await viewer.get(path) for _ in range(8 * workers)]
            for answer in answers:
                await answer.content.readany()
            fronts = children(process.pid)
            process.terminate()
            async with asyncio.timeout(5):
                while (told := await readiness(viewer))[0] == 200:
                    await asyncio.sleep(0.01)
            assert told == (503, {"ready": False, "reasons": ["stopping"], "notes": []})
            rests = [await answer.content.read() for answer in answers]
            assert min(map(len, rests)) > SIZE / 2
            async with asyncio.timeout(10):
                assert await process.wait() == 0
        assert process.stderr is not None
        assert b"traceback" not in await process.stderr.read()
        assert not alive(fronts)


async def test_who_reads_too_slowly_is_cut_when_the_time_is_up(
    house: OpenHouse, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "DRAIN_S", 0.4)
    monkeypatch.setattr(listening, "LAST_S", 0.1)
    f1stream = await house(broadcast(origin))
    play_url = await f1stream.play_url()
    services = f1stream.run.services
    origin.fault("/0.ts", SlowBody(chunk_bytes=1, interval_s=0.05))
    async with AsyncExitStack() as viewers:
        async with answering(create_app(services), services, "127.0.0.1", 0) as port:
            viewer = await viewers.enter_async_context(
                aiohttp.ClientSession(f"http://127.0.0.1:{port}")
            )
            playlist = await (await viewer.get(play_url)).text()
            answer = await viewer.get("/" + playlist.splitlines()[-1])
            await answer.content.readany()
            stopped_s = time.monotonic()
        assert 0.3 < time.monotonic() - stopped_s < 5
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.content.read()
        answer.close()


async def test_until_all_workers_serve_it_is_not_ready(house: OpenHouse) -> None:
    f1stream = await house()
    f1stream.run.services.starting = True
    response = await f1stream.client.get("/ready")
    assert response.status == 503
    assert await response.json() == {"ready": False, "reasons": ["starting"], "notes": []}
