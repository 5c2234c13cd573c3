"""The pictures of proven streams: few, small, newest, and still there after a restart."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.store import sealed
from f1stream.verifier import previews as module
from f1stream.verifier.previews import MAX_BYTES, Previews

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)


def jpeg(text: str) -> bytes:
    return b"\xff\xd8\xff" + text.encode()


def clock() -> Callable[[], datetime]:
    ticks = iter(range(1_000_000))
    return lambda: NOW + timedelta(seconds=next(ticks))


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "previews").iterdir())


async def recalled(folder: Path, *, most: int = 10) -> Previews:
    again = Previews(folder, most=most)
    await again.recall()
    return again


async def test_the_newest_picture_is_kept_and_has_a_version_of_its_own(tmp_path: Path) -> None:
    previews = Previews(tmp_path / "data", clock=clock())
    assert previews.get("a") is None
    await previews.keep("a", jpeg("one"))
    first = previews.get("a")
    await previews.keep("a", jpeg("two"))
    second = previews.get("a")
    assert first is not None
    assert second is not None
    assert (second.jpeg, second.taken_at) == (jpeg("two"), NOW + timedelta(seconds=1))
    assert first.version != second.version
    again = (await recalled(tmp_path / "data")).get("a")
    assert again is not None
    assert (again.jpeg, again.version) == (second.jpeg, second.version)
    assert (tmp_path / "data" / "previews" / "a.jpg").stat().st_mode & 0o777 == 0o600
    assert repr(previews) == "<Previews 1 pictures · 0 KiB>"


async def test_what_is_no_small_jpeg_is_not_kept(tmp_path: Path) -> None:
    previews = Previews(tmp_path)
    for picture in (b"", b"<svg>", jpeg("x" * MAX_BYTES)):
        await previews.keep("a", picture)
    assert previews.get("a") is None
    await previews.keep("a", jpeg("x" * (MAX_BYTES - 3)))
    assert previews.get("a") is not None


async def test_of_too_many_the_oldest_goes(tmp_path: Path) -> None:
    previews = Previews(tmp_path, most=2, clock=clock())
    for name in ("a", "b", "a", "c"):
        await previews.keep(name, jpeg(name))
    assert previews.get("b") is None
    assert files(tmp_path) == ["a.jpg", "c.jpg"]


async def test_those_of_streams_that_are_gone_go(tmp_path: Path) -> None:
    previews = Previews(tmp_path)
    for name in ("a", "b", "c"):
        await previews.keep(name, jpeg(name))
    (tmp_path / "previews" / "c.jpg").unlink()
    await previews.keep_only({"b", "d"})
    assert files(tmp_path) == ["b.jpg"]
    assert [previews.get(name) is not None for name in ("a", "b", "c")] == [False, True, False]


async def test_a_folder_that_holds_anything_is_read_for_what_is_a_picture(tmp_path: Path) -> None:
    folder = tmp_path / "previews"
    folder.mkdir()
    (folder / "good.jpg").write_bytes(sealed(jpeg("good")))
    (folder / "bare.jpg").write_bytes(jpeg("bare"))
    (folder / "cut.jpg").write_bytes(b"")
    (folder / "large.jpg").write_bytes(sealed(jpeg("x" * MAX_BYTES)))
    (folder / "UPPER.jpg").write_bytes(sealed(jpeg("x")))
    (folder / "note.txt").write_text("hello")
    killed = folder / ".good.jpg.abc123"
    killed.write_bytes(jpeg("hal"))
    os.utime(killed, (time.time() - 3600, time.time() - 3600))
    (folder / "folder.jpg").mkdir()
    previews = await recalled(tmp_path)
    assert repr(previews).startswith("<Previews 1 pictures")
    assert previews.get("good") is not None
    assert not killed.exists()


async def test_after_a_restart_no_more_than_the_newest_are_held(tmp_path: Path) -> None:
    previews = Previews(tmp_path)
    for number, name in enumerate(("a", "b", "c")):
        await previews.keep(name, jpeg(name))
        os.utime(tmp_path / "previews" / f"{name}.jpg", (number, number))
    again = await recalled(tmp_path, most=2)
    assert [again.get(name) is not None for name in ("a", "b", "c")] == [False, True, True]


async def test_a_disk_that_is_no_good_is_told_once_and_pictures_live_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "f1stream")
    (tmp_path / "previews").write_text("a file where the folder should be")
    previews = await recalled(tmp_path)
    for name in ("a", "b"):
        await previews.keep(name, jpeg(name))
    assert previews.get("a") is not None
    assert previews.get("b") is not None
    (tmp_path / "previews").unlink()
    await previews.keep("c", jpeg("c"))
    assert len(caplog.messages) == 3
    assert "can't be read" in caplog.messages[0]
    assert "can't be written" in caplog.messages[1]
    assert "set data.dir" in caplog.messages[1]
    assert "can be written again" in caplog.messages[2]


def test_a_picture_has_the_same_version_wherever_it_comes_from() -> None:
    @given(st.binary(), st.binary())
    def holds(one: bytes, other: bytes) -> None:
        versions = {module._preview(picture, NOW).version for picture in (one, other)}
        assert len(versions) == len({one, other})

    holds()
