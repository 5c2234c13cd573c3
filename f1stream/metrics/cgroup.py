"""How much memory the control groups around this process have, and may have: see cgroups(7)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Memory:
    """What all processes of a group use, and what they may; without a limit (0) nothing is said.

    Files that nobody has read of late don't count: the kernel drops them before it kills anybody.
    """

    limit_bytes: int = 0
    used_bytes: int = 0

    @property
    def room_bytes(self) -> int:
        """What is left below the limit."""
        return self.limit_bytes - self.used_bytes


def memory(root: Path = Path("/"), physical_bytes: int | None = None) -> Memory:
    """That of this process's groups with the least room; blocks for a moment.

    Groups lie in each other, and each can have a limit. `root` is where the system's folders are,
    `physical_bytes` what the machine has: a limit beyond that is none.
    """
    most_bytes = physical_bytes or _physical_bytes()
    found = (group.memory() for group in _groups(root))
    limited = [each for each in found if 0 < each.limit_bytes < most_bytes]
    return min(limited, key=lambda each: each.room_bytes, default=Memory())


@dataclass(frozen=True, slots=True)
class _Group:
    folder: Path
    limits: tuple[str, ...]
    use: str
    inactive: str

    def memory(self) -> Memory:
        """None (without a limit) where the group is gone, or the kernel does not say."""
        # Above the first `memory.high` processes are held up, which viewers notice as well.
        limits = [limit for name in self.limits if (limit := _number(self.folder / name))]
        used_bytes = _number(self.folder / self.use)
        if not limits or used_bytes is None:
            return Memory()
        return Memory(min(limits), max(0, used_bytes - self._inactive_bytes()))

    def _inactive_bytes(self) -> int:
        with suppress(OSError, ValueError):
            for line in (self.folder / "memory.stat").read_text("ascii").splitlines():
                name, _, value = line.partition(" ")
                if name == self.inactive:
                    return int(value)
        return 0


def _groups(root: Path) -> Iterator[_Group]:
    """This process's, of the version that has the memory controller."""
    try:
        lines = (root / "proc/self/cgroup").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return
    mounts = root / "sys/fs/cgroup"
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if "memory" in controllers.split(","):
            for folder in _upwards(mounts / "memory", path):
                yield _Group(
                    folder,
                    ("memory.limit_in_bytes",),
                    "memory.usage_in_bytes",
                    "total_inactive_file",
                )
        elif not controllers:
            for folder in _upwards(mounts, path):
                yield _Group(
                    folder, ("memory.max", "memory.high"), "memory.current", "inactive_file"
                )


def _upwards(mount: Path, path: str) -> Iterator[Path]:
    """A group's folder and those above it.

    In a container the path can be the host's, where nothing is mounted: the mount is its own
    group then.
    """
    parts = [part for part in path.split("/") if part]
    if ".." in parts:
        parts = []
    for length in range(len(parts), -1, -1):
        yield mount.joinpath(*parts[:length])


def _number(file: Path) -> int | None:
    """None for a word, which is "max", and for what can't be read."""
    try:
        return int(file.read_text("ascii"))
    except (OSError, ValueError):
        return None


def _physical_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
