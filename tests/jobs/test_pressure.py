"""What gives way as memory runs short: the cache, then the background, and how it is told."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.errors import MemoryShort
from f1stream.jobs import Pressure
from f1stream.jobs import pressure as module
from f1stream.jobs.pressure import (
    CACHE_MARK,
    CALM_S,
    GROWN_S,
    LEAST_CACHE_BYTES,
    REST_MARK,
    WORK_MARK,
    budget,
    is_short,
)
from f1stream.metrics.cgroup import Memory

MIB = 1 << 20
LIMIT = 400 * MIB
MOST = 128 * MIB


class Held:
    """A cache that is full at all times: it holds what it is let have."""

    def __init__(self, max_bytes: int = MOST) -> None:
        self.max_bytes = self.held_bytes = max_bytes

    def allow(self, max_bytes: int) -> None:
        self.max_bytes = self.held_bytes = max_bytes


@dataclass
class Machine:
    """Memory that the caches and others share, and the time."""

    limit_bytes: int = LIMIT
    others_bytes: int = 0
    caches: list[Held] = field(default_factory=lambda: [Held()])
    now_s: float = 0.0

    def memory(self) -> Memory:
        held = sum(cache.held_bytes for cache in self.caches)
        return Memory(self.limit_bytes, self.others_bytes + held)

    @property
    def used_bytes(self) -> int:
        return self.memory().used_bytes

    def pressure(self, cache: int = 0, share: float = 1.0) -> Pressure:
        return Pressure(
            self.caches[cache], share=share, memory=self.memory, clock=lambda: self.now_s
        )


async def test_without_a_limit_nothing_changes() -> None:
    machine = Machine(limit_bytes=0, others_bytes=LIMIT)
    pressure = machine.pressure()
    await pressure.look()
    await pressure.admit(1 << 40)
    assert machine.caches[0].max_bytes == MOST
    assert not pressure.short


async def test_the_cache_has_what_others_leave_of_the_first_mark() -> None:
    machine = Machine()
    pressure = machine.pressure()
    for others, left in ((0, MOST), (172, MOST), (200, 100 * MIB), (250, 50 * MIB), (350, None)):
        machine.others_bytes = others * MIB
        await pressure.look()
        assert machine.caches[0].max_bytes == (LEAST_CACHE_BYTES if left is None else left)
        await pressure.look()
        assert machine.caches[0].max_bytes == (LEAST_CACHE_BYTES if left is None else left)


async def test_it_is_given_back_when_others_have_gone() -> None:
    machine = Machine(others_bytes=300 * MIB)
    pressure = machine.pressure()
    await pressure.look()
    assert machine.caches[0].max_bytes == LEAST_CACHE_BYTES
    machine.others_bytes = 0
    await pressure.look()
    assert machine.caches[0].max_bytes == MOST


@given(st.lists(st.integers(0, 400), min_size=1, max_size=8))
async def test_no_cache_leads_over_the_mark_that_did_not_have_to(others: list[int]) -> None:
    """Whatever the others do: after each look there is room, or the cache has its least."""
    machine = Machine()
    pressure = machine.pressure()
    for each in others:
        machine.others_bytes = each * MIB
        await pressure.look()
        [cache] = machine.caches
        assert LEAST_CACHE_BYTES <= cache.max_bytes <= MOST
        fits = machine.used_bytes <= LIMIT * CACHE_MARK
        assert fits or cache.max_bytes == LEAST_CACHE_BYTES


@given(st.integers(0, 280))
async def test_several_processes_make_room_together(others: int) -> None:
    """Each looks after its own part and knows of the others' by what is in use alone."""
    machine = Machine(others_bytes=others * MIB, caches=[Held(64 * MIB), *[Held(16 * MIB)] * 0])
    machine.caches = [Held(64 * MIB), Held(32 * MIB), Held(32 * MIB)]
    each = [machine.pressure(number, share) for number, share in enumerate((0.5, 0.25, 0.25))]
    for _ in range(10):
        for pressure in each:
            await pressure.look()
    least = all(c.max_bytes <= LEAST_CACHE_BYTES * 0.5 for c in machine.caches)
    assert machine.used_bytes <= LIMIT * CACHE_MARK + MIB or least
    room = LIMIT * CACHE_MARK - machine.used_bytes
    assert room < MOST * 3 * module.STEP or sum(c.max_bytes for c in machine.caches) == MOST


def test_a_budget_shrinks_at_once_and_does_not_follow_each_breath() -> None:
    assert budget(50, 100, least_bytes=10, most_bytes=160) == 50
    assert budget(99, 100, least_bytes=10, most_bytes=160) == 99
    assert budget(105, 100, least_bytes=10, most_bytes=160) == 100
    assert budget(115, 100, least_bytes=10, most_bytes=160) == 115
    # The rest of the whole is always worth it.
    assert budget(200, 155, least_bytes=10, most_bytes=160) == 160
    assert budget(-5, 100, least_bytes=10, most_bytes=160) == 10


@given(st.integers(0, LIMIT), st.booleans())
def test_the_background_rests_above_one_mark_until_below_another(used: int, before: bool) -> None:
    short = is_short(Memory(LIMIT, used), before=before)
    if used > LIMIT * REST_MARK:
        assert short
    elif used <= LIMIT * WORK_MARK:
        assert not short
    else:
        assert short is before


async def test_a_process_is_let_in_where_the_cache_can_make_room() -> None:
    machine = Machine(others_bytes=170 * MIB)
    pressure = machine.pressure()
    await pressure.look()
    assert machine.caches[0].max_bytes == MOST
    await pressure.admit(100 * MIB)
    # Before the process has grown, so that it finds the room when it does.
    assert machine.caches[0].max_bytes == 30 * MIB or machine.caches[0].max_bytes == 32 * MIB
    machine.others_bytes += 100 * MIB
    machine.now_s += GROWN_S
    await pressure.look()
    assert machine.caches[0].max_bytes == LEAST_CACHE_BYTES
    machine.others_bytes -= 100 * MIB
    await pressure.look()
    assert machine.caches[0].max_bytes == MOST


async def test_two_that_come_at_once_don_t_share_the_same_room() -> None:
    machine = Machine(others_bytes=240 * MIB)
    pressure = machine.pressure()
    await pressure.admit(90 * MIB)
    machine.now_s -= 2 * module.PATIENCE_S
    with pytest.raises(MemoryShort):
        await _impatient(machine, pressure, 90 * MIB)


async def test_where_there_is_no_room_it_is_told_with_the_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    machine = Machine(others_bytes=330 * MIB)
    with pytest.raises(MemoryShort, match=r"362 MiB of 400 MiB .* 64 MiB more .* raise the mem"):
        await _impatient(machine, machine.pressure(), 64 * MIB)


async def test_what_can_never_fit_is_not_waited_for() -> None:
    machine = Machine()
    with pytest.raises(MemoryShort):
        await machine.pressure().admit(LIMIT)
    assert machine.now_s == 0


async def _impatient(machine: Machine, pressure: Pressure, size_bytes: int) -> None:
    """Ask for room with all patience gone by the second look."""
    read = machine.memory

    def memory() -> Memory:
        machine.now_s += module.PATIENCE_S
        return read()

    pressure._read = memory
    await pressure.admit(size_bytes)


async def test_each_edge_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "f1stream.jobs.pressure")
    machine = Machine(others_bytes=250 * MIB)
    pressure = machine.pressure()

    async def told(others: int, seconds: float = 1.0) -> list[str]:
        caplog.clear()
        machine.others_bytes = others * MIB
        for _ in range(3):
            machine.now_s += seconds
            await pressure.look()
        return [record.getMessage() for record in caplog.records]

    [squeezed] = await told(250)
    assert "gets less than cache.segment_bytes, 50 MiB of 128 MiB; raise the mem" in squeezed
    assert await told(240) == []
    [rests] = await told(360)
    assert "392 MiB of 400 MiB" in rests
    assert "until there is room; raise the memory limit" in rests
    assert pressure.short
    assert await told(330) == []
    assert pressure.short
    [works] = await told(250)
    assert "there is memory again" in works
    # A cache that has all again for a moment only is no news.
    assert await told(100) == []
    assert await told(250) == []
    [eased] = await told(100, seconds=CALM_S)
    assert "has all of cache.segment_bytes again" in eased
