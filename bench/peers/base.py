"""What every peer is: a program that is started in front of an upstream."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Ground:
    """What a peer is started on.

    `playlists` are the names below `upstream_url` that it will be asked for, `directory` is its
    own and lies in memory, `cache_bytes` is what it may keep where it can be told.
    """

    directory: Path
    upstream_url: str
    ca_file: Path
    playlists: tuple[str, ...]
    cache_bytes: int
    workers: int


@dataclass(frozen=True, slots=True)
class Service:
    """A running peer: the pid of its first process, and where it answers with which playlist."""

    pid: int
    port: int
    playlist_url: Callable[[str], str]


class Peer(ABC):
    """One file each; the roster is in the package's `__init__`."""

    name: ClassVar[str]

    @abstractmethod
    def installed(self) -> bool:
        """Whether everything is there that `serving` needs."""

    @abstractmethod
    def serving(self, ground: Ground) -> AbstractAsyncContextManager[Service]:
        """The peer in front of `ground.upstream_url`, answering when the block begins."""


def peers_directory() -> Path:
    """Where peers live that no distribution packages: `$BENCH_PEERS`, or below the user's cache."""
    given = os.environ.get("BENCH_PEERS")
    return Path(given) if given else Path.home() / ".cache" / "f1stream-bench"
