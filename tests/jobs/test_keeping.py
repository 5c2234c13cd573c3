"""The catalogue through restarts, kills, and folders that are no good."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from f1stream import store
from f1stream.catalogue import Catalogue, record
from f1stream.jobs import Keeping
from f1stream.models import Stream, Upstream

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
KILLS = 30


def streams(count: int) -> list[Stream]:
    upstream = Upstream("http://a.example/live.m3u8?token=secret", {"Cookie": "secret"})
    return [Stream(f"s{n}", f"F1 {n}", "direct", "A", upstream, NOW) for n in range(count)]


def keeping(folder: Path, *, count: int = 0) -> tuple[Keeping, Catalogue]:
    catalogue = Catalogue([("direct", "A")])
    kept = Keeping(catalogue, folder, settle_s=0.01, clock=lambda: NOW)
    if count:
        catalogue.succeeded("A", streams(count), NOW)
    return kept, catalogue


def files(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def recalled(folder: Path) -> Catalogue:
    kept, catalogue = keeping(folder)
    await kept.recall()
    return catalogue


@asynccontextmanager
async def running(kept: Keeping) -> AsyncIterator[None]:
    task = asyncio.create_task(kept.run())
    try:
        async with asyncio.timeout(10):
            yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def written(folder: Path) -> Path:
    path = folder / "catalogue.json"
    while not path.exists():
        await asyncio.sleep(0.005)
    return path


async def test_what_was_known_is_known_after_a_restart_and_marked_as_old(tmp_path: Path) -> None:
    kept, _ = keeping(tmp_path / "data", count=3)
    async with running(kept):
        path = await written(tmp_path / "data")
    assert path.stat().st_mode & 0o777 == 0o600
    again = await recalled(tmp_path / "data")
    assert [entry.stream for entry in again.all()] == streams(3)
    assert all(entry.stale for entry in again.all())


async def test_many_changes_are_one_write_and_none_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[int] = []
    write = store.write_atomically

    def counted(path: Path, content: bytes, *, mode: int) -> None:
        writes.append(len(content))
        write(path, content, mode=mode)

    monkeypatch.setattr(store, "write_atomically", counted)
    kept, catalogue = keeping(tmp_path)
    async with running(kept):
        for _ in range(200):
            catalogue.succeeded("A", streams(2), NOW)
        await written(tmp_path)
        await asyncio.sleep(0.05)
    assert len(writes) == 1


async def test_what_is_not_written_yet_is_written_at_the_end(tmp_path: Path) -> None:
    kept, catalogue = keeping(tmp_path)
    async with running(kept):
        await asyncio.sleep(0)
        catalogue.succeeded("A", streams(1), NOW)
        await asyncio.sleep(0)
    assert len((await recalled(tmp_path)).all()) == 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it does not begin as a catalogue"),
        (b"{}", "it does not begin as a catalogue"),
        (record.dumped([])[:-1], "bytes"),
        (record.dumped([]).replace(b" 1 ", b" 2 "), "its format is 2, this version reads 1"),
    ],
    ids=["empty", "foreign", "cut", "newer"],
)
async def test_a_file_that_is_no_good_is_set_aside_with_the_remedy_and_rebuilt(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes, fault: str
) -> None:
    path = tmp_path / "catalogue.json"
    path.write_bytes(content)
    assert (await recalled(tmp_path)).all() == []
    (aside,) = files(tmp_path)
    assert aside.read_bytes() == content
    (message,) = caplog.messages
    assert fault in message
    assert str(path) in message
    assert aside.name in message
    kept, _ = keeping(tmp_path, count=1)
    async with running(kept):
        await written(tmp_path)
    assert len((await recalled(tmp_path)).all()) == 1


async def test_without_a_file_there_is_nothing_to_say(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await recalled(tmp_path / "nowhere")).all() == []
    assert caplog.messages == []


async def test_a_file_that_cannot_be_read_is_told_and_left_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "catalogue.json").mkdir()
    assert (await recalled(tmp_path)).all() == []
    assert "can't be read (Is a directory)" in caplog.text


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
async def test_a_folder_that_cannot_be_written_is_one_warning_and_memory(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    caplog.set_level(logging.INFO, "f1stream")
    monkeypatch.setattr("f1stream.jobs.keeping.RETRY_S", 0.01)
    tries: list[Path] = []
    write = store.write_atomically

    def failing(path: Path, content: bytes, *, mode: int) -> None:
        tries.append(path)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(store, "write_atomically", failing)
    kept, catalogue = keeping(tmp_path, count=1)
    async with running(kept):
        while len(tries) < 3:
            await asyncio.sleep(0.005)
        assert len(caplog.messages) == 1
        assert os.strerror(number) in caplog.text
        assert "data.dir" in caplog.text
        assert len(catalogue.all()) == 1
        monkeypatch.setattr(store, "write_atomically", write)
        await written(tmp_path)
        while len(caplog.messages) < 2:
            await asyncio.sleep(0.005)
    assert "can be written again" in caplog.messages[1]


async def test_a_write_that_a_kill_left_unfinished_is_swept_away(tmp_path: Path) -> None:
    old, young = (tmp_path / f".catalogue.json.{name}" for name in ("old", "young"))
    old.write_bytes(b"half")
    young.write_bytes(b"half")
    os.utime(old, (1_000_000, 1_000_000))
    await recalled(tmp_path)
    assert files(tmp_path) == [young]


# Forks a writer, kills it within a moment, says so, and waits for a line before the next one.
WRITER = """
import os, pathlib, random, signal, sys, time
from f1stream import store
from f1stream.catalogue import Catalogue
from f1stream.catalogue.record import dumped
from tests.jobs.test_keeping import NOW, streams
path = pathlib.Path(sys.argv[1]) / "catalogue.json"
catalogue = Catalogue([("direct", "A")])
contents = []
for count in (1, 100, 1000):
    catalogue.succeeded("A", streams(count), NOW)
    contents.append(dumped(catalogue.remembered()))
for _ in sys.stdin:
    writer = os.fork()
    while not writer:
        for content in contents:
            store.write_atomically(path, content, mode=0o600)
    time.sleep(random.uniform(0.005, 0.05))
    os.kill(writer, signal.SIGKILL)
    os.waitpid(writer, 0)
    print("killed", flush=True)
"""


def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    counts = set()
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for _ in range(KILLS):
            writer.stdin.write(b"\n")
            assert writer.stdout.readline() == b"killed\n"
            counts.add(len(asyncio.run(recalled(tmp_path)).all()))
            assert not list(tmp_path.glob("*.corrupt-*"))
    assert len(list(tmp_path.glob(".catalogue.json.*"))) > 0, (
        "no kill came in the middle of a write"
    )
    assert counts <= {0, 1, 100, 1000}
    assert len(counts) > 1
