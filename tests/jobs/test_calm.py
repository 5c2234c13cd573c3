"""Whether the machine is too busy to judge anything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from f1stream.jobs import calm
from f1stream.jobs.calm import Calm, give_way, strain


async def test_processors_that_have_too_much_to_do_leave_no_calm() -> None:
    for much, calms in ((0.0, True), (0.99, True), (1.0, False), (7.0, False)):
        # Beside others on this machine the loop itself may be late; once in three it is not.
        looks = [await Calm(strain=lambda much=much: much).reigns() for _ in range(3)]  # type: ignore[misc]
        assert any(looks) is calms


async def test_a_loop_that_is_held_up_leaves_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calm, "MOST_LAG_S", 0.03)
    async with held_up():
        assert not await Calm(strain=lambda: 0).reigns()


async def test_background_work_waits_for_a_loop_that_is_held_up_but_not_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(calm, "MOST_LAG_S", 0.03)
    monkeypatch.setattr(calm, "PAUSE_S", 0.01)
    async with held_up():
        began_s = time.monotonic()
        await give_way(most_s=0.5)
        assert time.monotonic() - began_s >= 0.5
        waiting = asyncio.create_task(give_way(most_s=60))
        await asyncio.sleep(0.2)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 20)


@asynccontextmanager
async def held_up() -> AsyncIterator[None]:
    """Keeps the loop busy for a tenth of a second at a time."""
    stop = asyncio.Event()

    async def hold_up() -> None:
        while not stop.is_set():
            busy_until = time.perf_counter() + 0.1
            while time.perf_counter() < busy_until:
                pass
            await asyncio.sleep(0)

    holding = asyncio.create_task(hold_up())
    yield
    stop.set()
    await holding


@pytest.mark.parametrize(
    ("pressure", "load", "too_much"),
    [(99.0, 9.0, True), (99.0, 0.5, False), (5.0, 9.0, False), (None, 9.0, True)],
    ids=["both", "pressed but shared by few", "load of a minute ago", "no pressure is told"],
)
def test_pressure_says_whether_and_load_how_much(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pressure: float | None,
    load: float,
    too_much: bool,
) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (load, 0.0, 0.0))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    told = tmp_path / "cpu"
    if pressure is not None:
        told.write_text(f"some avg10={pressure:.2f} avg60=0.00 avg300=0.00 total=1\nfull avg10=0\n")
    assert (strain(told) >= 1) is too_much


def test_what_the_kernel_tells_in_another_way_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
    told = tmp_path / "cpu"
    for text in ("", "some", "some avg10=much"):
        told.write_text(text)
        assert strain(told) == 0
