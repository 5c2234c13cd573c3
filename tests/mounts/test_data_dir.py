"""A data dir that is not as it should be: it is told with the remedy, and viewers are served."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.image.build import REPOSITORY, entered
from tests.program import LOOPBACK, source

OTHER_UID = 12345


class Served:
    """One f1stream in a namespace, while it runs and after."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.log: list[dict[str, str]] = []

    @property
    def warnings(self) -> list[str]:
        return [line["message"] for line in self.log if line["level"] == "warning"]

    async def streams(self) -> list[str]:
        """The titles that are listed, once there are any."""
        async with aiohttp.ClientSession(self.url) as viewer, asyncio.timeout(30):
            while True:
                assert (await viewer.get("/health")).status == 200
                async with viewer.get("/streams/all") as answer:
                    if found := (await answer.json())["streams"]:
                        return [stream["title"] for stream in found]
                await asyncio.sleep(0.05)


@asynccontextmanager
async def served(
    folder: Path, *, before: str = "", uid: int | None = None, volume: Path | None = None
) -> AsyncIterator[Served]:
    """f1stream with /data as `before`, a shell command in its namespace, has made it."""
    stage = folder / "stage"
    (stage / "data").mkdir(parents=True)
    (stage / "data").chmod(0o755)
    (folder / "f1stream.toml").write_text(LOOPBACK + source("A", "http://127.0.0.1:9/a.m3u8"))
    for each in (folder, *list(folder.parents)[:3]):
        each.chmod(0o755)
    serve = [sys.executable, "-m", "f1stream", "serve", "--host", "127.0.0.1", "--port", "0"]
    command = ["sh", "-c", f"{before or ':'}; exec {shlex.join(serve)}"]
    process = await asyncio.create_subprocess_exec(
        *entered(stage, command, directory=str(folder), uid=uid, volume=volume),
        env={
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "PYTHONPATH": f"{folder}:{REPOSITORY}",
            "F1STREAM_DATA__DIR": "/data",
            "F1STREAM_SCHEDULE__ENABLED": "false",
        },
        stdout=PIPE,
        stderr=PIPE,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            line = (await process.stdout.readline()).decode()
        assert "f1stream is at" in line, (await process.communicate())[1].decode()
        yield (run := Served(line.split()[-1]))
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(15):
            _, err = await process.communicate()
        run.log = [json.loads(each) for each in err.decode().splitlines()]
        assert process.returncode == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


@pytest.mark.parametrize(
    ("before", "why"),
    [
        ("mount -t tmpfs -o ro tmpfs /data", "Read-only file system"),
        (
            "mount -t tmpfs -o size=16k tmpfs /data; head -c 64k /dev/zero >/data/full 2>&-",
            "No space left on device",
        ),
    ],
    ids=["read-only", "full"],
)
async def test_what_cannot_be_written_is_told_once_and_kept_in_memory(
    tmp_path: Path, before: str, why: str
) -> None:
    async with served(tmp_path, before=before) as run:
        assert await run.streams() == ["A"]
        await asyncio.sleep(2.5)
    [key] = [line for line in run.warnings if line.startswith("/data can't be written")]
    [catalogue] = [line for line in run.warnings if line.startswith("/data/catalogue.json")]
    assert why in key
    assert "F1STREAM_SECRET" in key
    assert why in catalogue
    assert "set data.dir" in catalogue


async def test_another_user_s_folder_is_told_and_viewers_are_served(tmp_path: Path) -> None:
    async with served(tmp_path, uid=OTHER_UID) as run:
        assert await run.streams() == ["A"]
    assert any("/data can't be written (Permission denied)" in line for line in run.warnings)


async def test_another_user_s_link_key_is_told_with_what_to_do(tmp_path: Path) -> None:
    """As after a change of the user that f1stream runs as."""
    data = tmp_path / "volume"
    data.mkdir()
    (data / "link.key").write_text("00" * 32)
    (data / "link.key").chmod(0o600)
    async with served(tmp_path, uid=OTHER_UID, volume=data) as run:
        assert await run.streams() == ["A"]
    [told] = [line for line in run.warnings if line.startswith("/data/link.key")]
    assert "can't be read (Permission denied)" in told
    assert "chown" in told


async def test_a_slow_volume_holds_up_no_viewer(tmp_path: Path) -> None:
    """Every write waits as on a network file system that is busy."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, time\n"
        "sync = os.fsync\n"
        "def slow(handle):\n    time.sleep(1.5)\n    sync(handle)\n"
        "os.fsync = slow\n"
    )
    async with served(tmp_path) as run, aiohttp.ClientSession(run.url) as viewer:
        assert await run.streams() == ["A"]
        loop = asyncio.get_running_loop()
        until_s, slowest_s = loop.time() + 4, 0.0
        while loop.time() < until_s:
            began_s = loop.time()
            assert (await viewer.get("/health")).status == 200
            slowest_s = max(slowest_s, loop.time() - began_s)
            await asyncio.sleep(0.02)
        # Each write takes longer than that.
        assert slowest_s < 1.4
    assert run.warnings == []
    assert "127.0.0.1:9" in (tmp_path / "stage/data/catalogue.json").read_text()
