"""mediaflow-proxy, as it comes, with one worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar
from urllib.parse import quote

from bench.peers.base import Ground, Peer, Service, peers_directory
from bench.processes import free_port, running


class Mediaflow(Peer):
    """Its segment cache is bounded by a count of 50, which stays; so does its read-ahead."""

    name: ClassVar[str] = "mediaflow-proxy"

    def installed(self) -> bool:
        return (peers_directory() / "venv" / "bin" / "mediaflow-proxy").exists()

    @asynccontextmanager
    async def serving(self, ground: Ground) -> AsyncIterator[Service]:
        port = free_port()
        uvicorn = str(peers_directory() / "venv" / "bin" / "uvicorn")
        argv = [uvicorn, "mediaflow_proxy.main:app", "--host", "127.0.0.1", "--port", str(port)]
        argv += ["--workers", str(ground.workers), "--log-level", "warning", "--no-access-log"]
        env = {"TMPDIR": str(ground.directory), "LOG_LEVEL": "WARNING"}

        def playlist_url(name: str) -> str:
            upstream = quote(f"{ground.upstream_url}/{name}", safe="")
            return f"http://127.0.0.1:{port}/proxy/hls/manifest.m3u8?d={upstream}"

        async with running(argv, directory=ground.directory, port=port, env=env) as pid:
            yield Service(pid, port, playlist_url)
