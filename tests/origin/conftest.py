"""The origin's own tests use the fixtures that it offers to all others."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.origin.fixtures import encoded, origin, programme, stock, tracks

__all__ = ["encoded", "origin", "programme", "stock", "tracks", "web"]


@pytest.fixture
async def web() -> AsyncIterator[aiohttp.ClientSession]:
    """A client without any habits of its own."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=20)) as session:
        yield session
