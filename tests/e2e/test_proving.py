"""Streams proven by the whole service in a real browser, and what is left of it after a restart."""

from __future__ import annotations

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from f1stream.app import Running, proving, running
from f1stream.http import create_app
from f1stream.http.listening import answering
from f1stream.jobs import Proving
from f1stream.serving import checks_at
from f1stream.settings import Data, Settings, UpstreamSettings, Verify
from tests.e2e.conftest import CHROMIUM
from tests.origin import Origin
from tests.program import LOOPBACK, alive, children, started

# The program on a machine that it takes for calm.
AT_EASE = """
import f1stream.jobs.calm as calm
from f1stream.cli import main
calm.MOST_LAG_S, calm.MOST_LOAD = 60, 1_000_000
main()
"""


@pytest.fixture(autouse=True)
def at_ease(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests know that their machine is busy; and the Chromium is the one that was found."""
    monkeypatch.setattr("f1stream.jobs.calm.MOST_LAG_S", 60)
    monkeypatch.setattr("f1stream.jobs.calm.MOST_LOAD", 1_000_000)
    monkeypatch.setenv("PATH", os.pathsep.join((folder_of_chromium(), os.environ["PATH"])))


def folder_of_chromium() -> str:
    return str(Path(CHROMIUM.read_text().strip()).parent)


@asynccontextmanager
async def house(folder: Path, **verify: Any) -> AsyncIterator[tuple[Running, Proving, str]]:
    """The demo as it is served: the services, the queue of checks, and where viewers come to."""
    settings = Settings(
        data=Data(dir=folder),
        upstream=UpstreamSettings(allow_private=["127.0.0.0/8"]),
        verify=Verify(timeout=60, **verify),
    )
    async with running(settings, demo=True) as run:
        await run.background.keeping.recall()
        await run.services.previews.recall()
        app = create_app(run.services)
        async with answering(app, run.services, "127.0.0.1", 0) as port, checks_at(run) as base:
            viewers = f"http://127.0.0.1:{port}"
            if verify:
                settings = replace_base(settings, f"http://localhost:{port}/")
                base = settings.verify.proxy_base
            yield run, proving(settings, run, base), viewers


def replace_base(settings: Settings, base: str) -> Settings:
    verify = settings.verify.model_copy(update={"proxy_base": base})
    return settings.model_copy(update={"verify": verify})


async def test_the_demo_is_proven_by_its_frames_and_a_restart_keeps_the_proof_and_its_picture(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as (run, queue, url), aiohttp.ClientSession(url) as viewer:
        keeping = asyncio.create_task(run.background.keeping.run())
        await run.background.refresh.round()
        assert await queue.step()
        (stream,) = await listed(viewer)
        proof = stream["verdict"]["proof"]
        assert stream["verdict"]["level"] == "frames"
        assert proof["means"] == "local browser"
        assert proof["evidence"]["picture"] == "moving"
        assert proof["evidence"]["played_s"] >= 3
        picture = await picture_of(viewer, stream)
        assert picture.startswith(b"\xff\xd8\xff")
        assert len(picture) <= 30 * 1024
        assert run.services.viewing.active() == [], "a check is no viewer"
        assert not await queue.step(), "what was just proven is left alone"
        keeping.cancel()
        await asyncio.wait([keeping])
    async with house(tmp_path) as (_, _, url), aiohttp.ClientSession(url) as viewer:
        (again,) = await listed(viewer)
        assert again["stale"]
        assert again["verdict"] == stream["verdict"]
        assert again["preview_url"] == stream["preview_url"]
        assert await picture_of(viewer, again) == picture


async def test_it_is_proven_at_the_viewers_own_address_by_its_name_and_not_taken_for_watched(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, proxy_base="http://localhost") as (run, queue, _):
        await run.background.refresh.round()
        assert await queue.step()
        (entry,) = run.catalogue.all()
        assert entry.proof is not None
        assert (entry.proof.level, entry.proof.reason) == ("frames", None)
        assert run.services.viewing.active() == []


async def test_without_a_browser_the_list_says_that_the_probe_has_proven_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing_there(executable: str | None) -> Any:
        from f1stream.errors import BrowserLost

        raise BrowserLost("chromium does not start; install chromium")

    monkeypatch.setattr("f1stream.browser.supply.launch", nothing_there)
    async with house(tmp_path) as (run, queue, url), aiohttp.ClientSession(url) as viewer:
        await run.background.refresh.round()
        assert await queue.step()
        (stream,) = await listed(viewer)
        assert stream["verdict"]["level"] == "segment"
        assert stream["verdict"]["proof"]["means"] == "probe"
        assert "install chromium" in stream["verdict"]["proof"]["detail"]
        assert stream["preview_url"] is None


async def test_probe_starts_no_browser_for_what_is_no_stream(
    tmp_path: Path, origin: Origin
) -> None:
    origin.route("/page", "<html>", content_type="text/html")
    arguments = ("probe", origin.at("/page"), "--browser")
    async with started(tmp_path, *arguments, configuration=LOOPBACK) as process:
        out, _ = await process.communicate()
        assert process.returncode == 1
        assert b"not a playlist" in out
        assert b"proven with" not in out


async def test_probe_plays_a_stream_and_prints_the_evidence(
    tmp_path: Path, origin: Origin, encoded: Any
) -> None:
    origin.files(encoded.ts.parent, "/ts/")
    environment = {"F1STREAM_VERIFY__TIMEOUT": "60"}
    arguments = ("probe", origin.at("/ts/index.m3u8?token=hunter2"), "--browser")
    async with started(
        tmp_path, *arguments, configuration=LOOPBACK, environment=environment
    ) as process:
        out, err = await process.communicate()
    shown = out.decode()
    assert process.returncode == 0, shown + err.decode()
    assert re.search(r"^127\.0\.0\.1: plays \(frames\)$", shown, re.MULTILINE)
    assert re.search(r"^ +proven with +local browser, hls\.js \d", shown, re.MULTILINE)
    assert re.search(r"^ +played +\d\.\d s, \d+ frames, \d+ dropped *$", shown, re.MULTILINE)
    assert re.search(r"^ +picture +\d+ x \d+, moving *$", shown, re.MULTILINE)
    assert "hunter2" not in shown


async def test_being_told_to_stop_in_the_middle_of_a_check_it_ends_soon_and_leaves_no_browser(
    tmp_path: Path,
) -> None:
    arguments = ("serve", "--demo", "--host", "127.0.0.1", "--port", "0")
    environment = {"F1STREAM_VERIFY__ENABLED": "true"}
    async with started(
        tmp_path, *arguments, environment=environment, program=("-c", AT_EASE)
    ) as process:
        async with asyncio.timeout(120):
            # The service, the driver of the browser, the browser and its helpers.
            while len(family := descendants(process.pid)) < 4:
                await asyncio.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            await process.communicate()
        assert process.returncode == 0
        async with asyncio.timeout(15):
            while alive(family):
                await asyncio.sleep(0.05)


def descendants(pid: int) -> set[int]:
    below = children(pid)
    return below.union(*(descendants(child) for child in below))


async def listed(viewer: aiohttp.ClientSession) -> list[dict[str, Any]]:
    answer = await (await viewer.get("/streams")).json()
    streams: list[dict[str, Any]] = answer["streams"]
    return streams


async def picture_of(viewer: aiohttp.ClientSession, stream: dict[str, Any]) -> bytes:
    answer = await viewer.get(stream["preview_url"])
    assert answer.status == 200
    return await answer.read()
