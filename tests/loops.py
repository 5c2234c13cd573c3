"""Both event loops that f1stream runs on, for what depends on their transports."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine

import pytest
import uvloop

Run = Callable[[Coroutine[None, None, None]], None]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    """Runs one coroutine in a loop of the kind to be tested; nothing may be left of it."""
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop

    async def watched(test: Coroutine[None, None, None], faults: list[str]) -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: faults.append(f"{context['message']}: {context.get('exception')!r}")
        )
        async with asyncio.timeout(10):
            await test

    def run(test: Coroutine[None, None, None]) -> None:
        faults: list[str] = []
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(watched(test, faults))
        assert not faults, faults

    return run
