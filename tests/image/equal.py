"""Whether two builds of the same are the same: layer for layer, byte for byte."""

from __future__ import annotations

import filecmp
import os
import stat
from collections.abc import Iterator
from pathlib import Path


def differences(one: Path, other: Path, *, dates: bool = True) -> Iterator[str]:
    """Each path at which two folders differ, and in what; in dates only where these are asked for.

    Directories may have different dates: an engine gives those that COPY makes the date of
    SOURCE_DATE_EPOCH.
    """
    paths = [_below(one), _below(other)]
    for path in sorted(paths[0] ^ paths[1]):
        yield f"{path} is in {one if path in paths[0] else other} alone"
    for path in sorted(paths[0] & paths[1]):
        for what in _differs(one / path, other / path, dates):
            yield f"{path} differs in {what}"


def _below(folder: Path) -> set[str]:
    return {
        os.path.relpath(os.path.join(at, name), folder)  # noqa: PTH118
        for at, folders, names in os.walk(folder)
        for name in (*folders, *names)
    }


def _differs(one: Path, other: Path, dates: bool) -> Iterator[str]:
    stats = one.lstat(), other.lstat()
    if stats[0].st_mode != stats[1].st_mode:
        yield "its mode"
        return
    if stat.S_ISDIR(stats[0].st_mode):
        return
    if dates and stats[0].st_mtime_ns != stats[1].st_mtime_ns:
        yield "its date"
    if stat.S_ISLNK(stats[0].st_mode):
        if one.readlink() != other.readlink():
            yield "what it leads to"
    elif not filecmp.cmp(one, other, shallow=False):
        yield "its content"
