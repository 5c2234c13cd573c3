"""What two builds can differ in is found, each of it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.image.equal import differences


def _redated(folder: Path) -> None:
    os.utime(folder / "a/file", (1, 1))


def _rewritten(folder: Path) -> None:
    (folder / "a/file").write_text("THE SAME")
    os.utime(folder / "a/file", (0, 0))


def _relinked(folder: Path) -> None:
    (folder / "a/link").unlink()
    (folder / "a/link").symlink_to("elsewhere")
    os.utime(folder / "a/link", (0, 0), follow_symlinks=False)


CHANGES: dict[str, Callable[[Path], object]] = {
    "a/file differs in its date": _redated,
    "a/file differs in its content": _rewritten,
    "a/file differs in its mode": lambda folder: (folder / "a/file").chmod(0o600),
    "a differs in its mode": lambda folder: (folder / "a").chmod(0o700),
    "a/link differs in what it leads to": _relinked,
    "a/new is in {other} alone": lambda folder: (folder / "a/new").touch(),
    "a/empty is in {one} alone": lambda folder: (folder / "a/empty").rmdir(),
}


@pytest.fixture
def builds(tmp_path: Path) -> tuple[Path, Path]:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        (folder / "a/empty").mkdir(parents=True)
        (folder / "a/file").write_text("the same")
        (folder / "a/link").symlink_to("file")
        for name in ("file", "link"):
            os.utime(folder / "a" / name, (0, 0), follow_symlinks=False)
    return one, other


def test_equal_builds_differ_in_nothing(builds: tuple[Path, Path]) -> None:
    one, other = builds
    os.utime(other / "a", (1, 1))
    assert list(differences(one, other)) == []


def test_dates_count_only_where_they_are_asked_for(builds: tuple[Path, Path]) -> None:
    one, other = builds
    _redated(other)
    assert list(differences(one, other, dates=False)) == []


@pytest.mark.parametrize("told", CHANGES)
def test_a_difference_is_told(builds: tuple[Path, Path], told: str) -> None:
    one, other = builds
    CHANGES[told](other)
    assert list(differences(one, other)) == [told.format(one=one, other=other)]
