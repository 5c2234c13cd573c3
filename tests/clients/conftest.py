"""An f1stream on a port of its own, for clients that are programs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from f1stream.http import create_app
from f1stream.http.listening import answering
from tests.conftest import OpenHouse
from tests.origin import Origin


@pytest.fixture
async def proxied(
    house: OpenHouse, origin: Origin
) -> AsyncIterator[Callable[[str], Awaitable[str]]]:
    """Gives the play URL of an origin's playlist, as a program outside would use it."""
    async with AsyncExitStack() as stack:

        async def play_url(url: str) -> str:
            f1stream = await house(url)
            services = f1stream.run.services
            port = await stack.enter_async_context(
                answering(create_app(services), services, "127.0.0.1", 0)
            )
            return f"http://127.0.0.1:{port}{await f1stream.play_url()}"

        yield play_url
