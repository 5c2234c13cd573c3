"""A control group with a limit of memory, of either version, for as long as it is needed."""

from __future__ import annotations

import asyncio
import os
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import ClassVar

_V1 = Path("/sys/fs/cgroup/memory")
_V2 = Path("/sys/fs/cgroup")
# Enters the group, and becomes the program: whatever that starts is in it from the first byte on.
_ENTER = 'echo $$ >"$0/cgroup.procs" && exec "$@"'


class NoGroup(Exception):
    """No control group can be made here; the text says why, and what to do."""


class Group(ABC):
    """A group at `path`; what it tells is of all its processes together."""

    limit_file: ClassVar[str]
    use_file: ClassVar[str]
    peak_file: ClassVar[str]
    inactive: ClassVar[str]

    def __init__(self, path: Path) -> None:
        self.path = path

    def entered(self, argv: Sequence[str]) -> list[str]:
        """The command line that runs `argv` inside."""
        return ["sh", "-c", _ENTER, str(self.path), *argv]

    def pids(self) -> list[int]:
        """Who is in it."""
        return [int(pid) for pid in (self.path / "cgroup.procs").read_text().split()]

    @property
    def limit_bytes(self) -> int:
        return self.number(self.limit_file)

    @property
    def use_bytes(self) -> int:
        """What the kernel counts, files that it could drop included."""
        return self.number(self.use_file)

    @property
    def held_bytes(self) -> int:
        """What is left of that without the files that nobody has used of late."""
        return self.use_bytes - self.fields("memory.stat")[self.inactive]

    @property
    def peak_bytes(self) -> int:
        """The most that the kernel has counted; 0 where it does not keep that."""
        with suppress(OSError):
            return self.number(self.peak_file)
        return 0

    @abstractmethod
    def restrict(self, limit_bytes: int) -> None:
        """Set the limit, with nothing beyond it on disk."""

    @property
    @abstractmethod
    def kills(self) -> int:
        """How many processes the kernel has killed for want of memory."""

    def number(self, name: str) -> int:
        return int((self.path / name).read_text())

    def fields(self, name: str) -> dict[str, int]:
        lines = (line.split() for line in (self.path / name).read_text().splitlines())
        return {key: int(value) for key, value in lines}


class First(Group):
    """Version 1: the memory controller has a tree of its own."""

    limit_file = "memory.limit_in_bytes"
    use_file = "memory.usage_in_bytes"
    peak_file = "memory.max_usage_in_bytes"
    inactive = "total_inactive_file"

    def restrict(self, limit_bytes: int) -> None:
        (self.path / self.limit_file).write_text(str(limit_bytes))
        with suppress(OSError):
            (self.path / "memory.memsw.limit_in_bytes").write_text(str(limit_bytes))

    @property
    def kills(self) -> int:
        return self.fields("memory.oom_control").get("oom_kill", 0)


class Second(Group):
    """Version 2: one tree for all controllers."""

    limit_file = "memory.max"
    use_file = "memory.current"
    peak_file = "memory.peak"
    inactive = "inactive_file"

    def restrict(self, limit_bytes: int) -> None:
        (self.path / self.limit_file).write_text(str(limit_bytes))
        with suppress(OSError):
            (self.path / "memory.swap.max").write_text("0")

    @property
    def kills(self) -> int:
        return self.fields("memory.events")["oom_kill"]


@asynccontextmanager
async def limited(limit_bytes: int) -> AsyncIterator[Group]:
    """A group of its own while the block lasts, at whose end nobody may be in it any more.

    Raises `NoGroup`.
    """
    group = _made()
    try:
        try:
            group.restrict(limit_bytes)
        except OSError as error:
            raise NoGroup(f"{group.path} takes no limit of memory ({error.strerror})") from None
        yield group
    finally:
        await _removed(group)


def _made() -> Group:
    """A new group; the first version where the memory controller is there."""
    name = f"f1stream-{os.getpid()}"
    is_first = (_V1 / "memory.limit_in_bytes").exists()
    path = (_V1 if is_first else _V2) / name
    try:
        if not is_first and "memory" not in (_V2 / "cgroup.controllers").read_text().split():
            raise NoGroup("this system has no memory controller (cgroup v1 or v2)")
        if not is_first:
            (_V2 / "cgroup.subtree_control").write_text("+memory")
        path.mkdir()
    except OSError as error:
        raise NoGroup(
            f"no control group can be made at {path} ({error.strerror}): be root, on Linux, and "
            "not in a container that may not make any"
        ) from None
    return First(path) if is_first else Second(path)


async def _removed(group: Group) -> None:
    """Its last processes may be ending yet."""
    for _ in range(100):
        try:
            return group.path.rmdir()
        except OSError:
            await asyncio.sleep(0.1)
    raise AssertionError(f"{group.path} can't be removed: {group.pids()} are in it")
