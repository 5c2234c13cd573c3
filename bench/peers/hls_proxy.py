"""HLS-Proxy for Node.js, without prefetching: one request in, one request out."""

from __future__ import annotations

import base64
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import ClassVar

from bench.peers.base import Ground, Peer, Service, peers_directory
from bench.processes import free_port, running

PACKAGE = "@warren-bank/hls-proxy"
# The program listens on every interface and has no option to do otherwise.
_ON_LOOPBACK = """
const { Server } = require("node:net");
const listen = Server.prototype.listen;
Server.prototype.listen = function (port, host, ...rest) {
  return listen.call(this, port, "127.0.0.1", ...rest);
};
"""


class HLSProxy(Peer):
    """One process, whatever the number of workers asked."""

    name: ClassVar[str] = "hls-proxy"

    def installed(self) -> bool:
        return shutil.which("node") is not None and _program().exists()

    @asynccontextmanager
    async def serving(self, ground: Ground) -> AsyncIterator[Service]:
        port = free_port()
        on_loopback = ground.directory / "loopback.cjs"
        on_loopback.write_text(_ON_LOOPBACK)
        argv = ["node", "--require", str(on_loopback), str(_program())]
        argv += ["--host", f"127.0.0.1:{port}", "--port", str(port), "-v", "0"]

        def playlist_url(name: str) -> str:
            upstream = base64.b64encode(f"{ground.upstream_url}/{name}".encode()).decode()
            return f"http://127.0.0.1:{port}/{upstream}.m3u8"

        async with running(argv, directory=ground.directory, port=port) as pid:
            yield Service(pid, port, playlist_url)


def _program() -> Path:
    return peers_directory() / "npm" / "node_modules" / PACKAGE / "hls-proxy" / "bin" / "hlsd.js"
