"""The relay that f1stream replaces: FastAPI and httpx, one client for every request."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from bench.peers.base import Ground, Peer, Service, peers_directory
from bench.processes import free_port, running

APP_DIRECTORY = Path(__file__).parent


class OldRelay(Peer):
    """`old_relay_app.py` under uvicorn, in the peers' own environment."""

    name: ClassVar[str] = "old-relay"

    def installed(self) -> bool:
        site = (peers_directory() / "venv" / "lib").glob("python3*/site-packages")
        return any(
            all((packages / name).is_dir() for name in ("fastapi", "httpx", "uvicorn"))
            for packages in site
        )

    @asynccontextmanager
    async def serving(self, ground: Ground) -> AsyncIterator[Service]:
        port = free_port()
        uvicorn = str(peers_directory() / "venv" / "bin" / "uvicorn")
        argv = [uvicorn, "old_relay_app:app", "--app-dir", str(APP_DIRECTORY)]
        argv += ["--host", "127.0.0.1", "--port", str(port), "--workers", str(ground.workers)]
        argv += ["--log-level", "warning", "--no-access-log"]

        def playlist_url(name: str) -> str:
            upstream = base64.urlsafe_b64encode(f"{ground.upstream_url}/{name}".encode()).decode()
            return f"http://127.0.0.1:{port}/proxy?url={upstream}"

        async with running(argv, directory=ground.directory, port=port) as pid:
            yield Service(pid, port, playlist_url)
