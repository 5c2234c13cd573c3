"""Who waits for a moment wakes at that moment."""

from __future__ import annotations

import asyncio

import pytest

from tests.origin import ManualClock, RealClock


async def test_a_manual_clock_wakes_who_waits_when_it_is_time() -> None:
    clock = ManualClock()
    early, late = (asyncio.create_task(clock.until(at_s)) for at_s in (1, 2))
    await asyncio.sleep(0)
    clock.now_s = 1.5
    await early
    assert not late.done()
    clock.now_s += 0.5
    await late
    assert clock() == 2


async def test_what_has_been_is_not_waited_for() -> None:
    await ManualClock(5).until(4)
    await RealClock().until(0)


async def test_a_real_clock_is_never_early() -> None:
    clock = RealClock()
    at_s = clock() + 0.01
    async with asyncio.timeout(1):
        await clock.until(at_s)
    assert clock() >= at_s
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.001):
            await clock.until(clock() + 60)
