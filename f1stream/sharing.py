"""One port, several processes: this one owns the upstreams, the fronts are its viewers."""

from __future__ import annotations

import asyncio
import os
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from f1stream.brief import Brief
from f1stream.fronts import Fronts
from f1stream.http import Services, create_app, create_inner_app
from f1stream.http.listening import DRAIN_S, answering, answering_fronts


def shares(total_bytes: int, workers: int) -> tuple[int, int]:
    """How a budget is divided: the owner's part and each front's.

    The owner has half: what it forgets is fetched from the upstream again, what a front forgets
    only from the owner.
    """
    if workers == 1:
        return total_bytes, 0
    owned_bytes = total_bytes // 2
    return owned_bytes, (total_bytes - owned_bytes) // (workers - 1)


@asynccontextmanager
async def sharing(
    services: Services, brief: Brief, workers: int
) -> AsyncIterator[tuple[int, Fronts]]:
    """Answer viewers at the brief's address, here and in `workers - 1` fronts; yields the port.

    At the end the owner still answers the fronts while all finish what they send. Raises
    `OSError` where the port can't be had, `FrontFailed` where a front does not start.
    """
    await asyncio.to_thread(_claim, brief.host, brief.port)
    async with (
        _private_folder() as folder,
        answering_fronts(create_inner_app(services), folder / "owner"),
        Fronts(workers - 1, end_s=DRAIN_S + 1) as fronts,
        answering(create_app(services), services, brief.host, brief.port, shared=True) as port,
    ):
        await fronts.start(replace(brief, port=port, socket=folder / "owner"))
        yield port, fronts


def _claim(host: str, port: int) -> None:
    """Raise `OSError` where another service listens: sharing a port is for our own fronts only.

    Without SO_REUSEPORT a bind is refused beside any other listener, with it only beside those
    that don't have it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


@asynccontextmanager
async def _private_folder() -> AsyncIterator[Path]:
    """A folder that no other user can look into, for the life of the process."""
    folder = await asyncio.to_thread(_made_folder)
    try:
        yield Path(folder.name)
    finally:
        await asyncio.to_thread(folder.cleanup)


def _made_folder() -> tempfile.TemporaryDirectory[str]:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    usable = os.access(runtime, os.W_OK | os.X_OK)
    return tempfile.TemporaryDirectory(prefix="f1stream-", dir=runtime if usable else None)
