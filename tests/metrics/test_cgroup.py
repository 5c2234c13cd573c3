"""What is read of control groups: both versions, whole trees, containers, and nonsense."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.metrics.cgroup import Memory, memory

MIB = 1 << 20
PHYSICAL = 8 << 30
V1_NONE = 0x7FFF_FFFF_FFFF_F000


class System:
    """A machine's folders, as far as they are read."""

    def __init__(self, root: Path, *lines: str) -> None:
        self.root = root
        self.say("proc/self/cgroup", "".join(f"{line}\n" for line in lines))

    def say(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def first(self, path: str, limit: int, use: int, inactive: int = 0) -> None:
        folder = f"sys/fs/cgroup/memory/{path}"
        self.say(f"{folder}/memory.limit_in_bytes", f"{limit}\n")
        self.say(f"{folder}/memory.usage_in_bytes", f"{use}\n")
        stat = f"cache 1\ninactive_file 7\ntotal_cache 1\ntotal_inactive_file {inactive}\n"
        self.say(f"{folder}/memory.stat", stat)

    def second(
        self, path: str, limit: int | str, use: int, inactive: int = 0, high: int | str = "max"
    ) -> None:
        folder = f"sys/fs/cgroup/{path}"
        self.say(f"{folder}/memory.max", f"{limit}\n")
        self.say(f"{folder}/memory.high", f"{high}\n")
        self.say(f"{folder}/memory.current", f"{use}\n")
        self.say(f"{folder}/memory.stat", f"anon 1\nfile 1\ninactive_file {inactive}\n")

    def memory(self) -> Memory:
        return memory(self.root, PHYSICAL)


def test_a_limit_of_the_second_version_counts_no_file_that_can_be_dropped(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/f1")
    system.second("f1", 256 * MIB, 100 * MIB, inactive=30 * MIB)
    assert system.memory() == Memory(256 * MIB, 70 * MIB)
    assert system.memory().room_bytes == 186 * MIB


def test_a_limit_of_the_first_version_does_neither(tmp_path: Path) -> None:
    system = System(tmp_path, "5:cpu,cpuacct:/x", "4:memory:/f1", "0::/")
    system.first("f1", 256 * MIB, 100 * MIB, inactive=30 * MIB)
    system.first("", V1_NONE, 900 * MIB)
    assert system.memory() == Memory(256 * MIB, 70 * MIB)


def test_above_memory_high_processes_are_held_up_so_that_it_is_a_limit_too(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/f1")
    system.second("f1", 256 * MIB, 100 * MIB, high=200 * MIB)
    assert system.memory().limit_bytes == 200 * MIB
    system.second("f1", "max", 100 * MIB, high=200 * MIB)
    assert system.memory().limit_bytes == 200 * MIB


def test_of_the_groups_around_each_other_the_one_with_the_least_room_holds(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/kubepods/pod/f1")
    system.second("kubepods/pod/f1", 256 * MIB, 100 * MIB)
    system.second("kubepods/pod", 512 * MIB, 400 * MIB)
    system.second("kubepods", "max", 6000 * MIB)
    assert system.memory() == Memory(512 * MIB, 400 * MIB)
    system.second("kubepods/pod", 512 * MIB, 110 * MIB)
    assert system.memory() == Memory(256 * MIB, 100 * MIB)


@pytest.mark.parametrize("path", ["/", "/system.slice/docker-0123.scope", "/../../pod/f1"])
def test_in_a_container_the_mount_is_its_own_group(tmp_path: Path, path: str) -> None:
    system = System(tmp_path, f"0::{path}")
    system.second("", 256 * MIB, 100 * MIB)
    assert system.memory() == Memory(256 * MIB, 100 * MIB)


def test_in_a_container_of_the_first_version_it_is_too(tmp_path: Path) -> None:
    system = System(tmp_path, "4:memory:/docker/0123")
    system.first("", 256 * MIB, 100 * MIB)
    assert system.memory() == Memory(256 * MIB, 100 * MIB)


def test_no_limit_is_none(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/f1", "4:memory:/f1")
    system.second("f1", "max", 100 * MIB)
    system.first("f1", V1_NONE, 100 * MIB)
    assert system.memory() == Memory()
    # What the machine does not have can't be run out of first.
    system.first("f1", PHYSICAL, 100 * MIB)
    assert system.memory() == Memory()


def test_where_the_system_has_no_such_thing_there_is_none(tmp_path: Path) -> None:
    assert memory(tmp_path, PHYSICAL) == Memory()


def test_a_group_that_has_gone_says_nothing(tmp_path: Path) -> None:
    system = System(tmp_path, "0::/f1")
    system.second("f1", 256 * MIB, 100 * MIB)
    (tmp_path / "sys/fs/cgroup/f1/memory.current").unlink()
    assert system.memory() == Memory()
    system.second("f1", 256 * MIB, 100 * MIB)
    (tmp_path / "sys/fs/cgroup/f1/memory.stat").unlink()
    assert system.memory() == Memory(256 * MIB, 100 * MIB)


@given(st.text(max_size=60), st.text(max_size=30), st.text(max_size=60))
def test_nonsense_is_no_limit_and_no_fault(
    tmp_path_factory: pytest.TempPathFactory, groups: str, limit: str, stat: str
) -> None:
    system = System(tmp_path_factory.mktemp("x"), groups, "0::/f1")
    system.second("f1", limit, 100 * MIB)
    system.say("sys/fs/cgroup/f1/memory.stat", stat)
    found = system.memory()
    assert 0 <= found.limit_bytes < PHYSICAL
    assert found.used_bytes in (0, 100 * MIB)


def test_this_machine_s_own_groups_can_be_read() -> None:
    found = memory()
    assert found == Memory() or 0 < found.used_bytes
