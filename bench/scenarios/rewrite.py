"""Rewriting alone, without a service around it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from bench.load.aside import run_aside
from bench.origin import Origin
from bench.peers import Peer
from bench.scenarios.base import Figures, Options, Scenario


class Rewrite(Scenario):
    """f1stream's rewriter against `m3u8`, reading and writing; see `bench.rewrite`."""

    name: ClassVar[str] = "rewrite"
    about: ClassVar[str] = (
        "f1stream's rewriter against m3u8.loads and dumps: from nothing, and at a refresh"
    )
    peers: ClassVar[tuple[str, ...]] = ("f1stream",)

    async def run(self, peer: Peer, origin: Origin, options: Options, directory: Path) -> Figures:
        return await run_aside("bench.rewrite", {"seconds": options.load_s})
