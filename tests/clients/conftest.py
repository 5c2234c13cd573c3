"""An f1stream on a port of its own, for clients that are programs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from f1stream.http import create_app
from f1stream.http.listening import answering
from tests.conftest import OpenHouse
from tests.origin import Origin

Proxied = Callable[..., Awaitable[str]]


@pytest.fixture
async def proxied(house: OpenHouse, origin: Origin) -> AsyncIterator[Proxied]:
    """Gives the play URL of an origin's playlist, as a program outside would use it.

    `headers` are those of its source.
    """
    async with AsyncExitStack() as stack:

        async def play_url(url: str, headers: dict[str, str] | None = None) -> str:
            f1stream = await house(url, headers=headers)
            services = f1stream.run.services
            port = await stack.enter_async_context(
                answering(create_app(services), services, "127.0.0.1", 0)
            )
            return f"http://127.0.0.1:{port}{await f1stream.play_url()}"

        yield play_url
