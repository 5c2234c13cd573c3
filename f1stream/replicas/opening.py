"""The way to the shared state, for those who have set one."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1stream.replicas.state import State


@asynccontextmanager
async def opened(url: str, *, lease_s: float) -> AsyncIterator[State]:
    """The state behind a `redis://`, `rediss://` or `unix://` URL.

    Nothing is connected yet: the first use does that, and each use tries again.
    """
    # A third of all that f1stream imports, and not needed by one that is alone.
    module = await asyncio.to_thread(importlib.import_module, "f1stream.replicas.state")
    async with module.connected(url, lease_s=lease_s) as state:
        yield state
