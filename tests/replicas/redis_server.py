"""A real Redis on a loopback port, which can be killed and started again."""

from __future__ import annotations

import asyncio
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PASSWORD = "planted-Redis-password"
START_S = 20


class RedisServer:
    """Empty at each start: nothing is written to disk."""

    def __init__(self, folder: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.port = int(taken.getsockname()[1])
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """With the password in it."""
        return self.with_password(PASSWORD)

    def with_password(self, password: str) -> str:
        return f"redis://:{password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Return when it answers."""
        program = shutil.which("redis-server")
        assert program, "redis-server is not installed; run: tests/programs.sh"
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "")
        self._process = subprocess.Popen(
            (program, *options, "--requirepass", PASSWORD, "--dir", str(self._folder)),
            stdout=subprocess.DEVNULL,
        )
        ends_s = time.monotonic() + START_S
        while time.monotonic() < ends_s:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.02)
        raise AssertionError("redis-server does not answer")

    def signalled(self, number: signal.Signals) -> None:
        """Send it a signal; one that is stopped listens, and does not answer."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """End it at once, if it runs."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    async def restart(self) -> None:
        """Start it anew, empty."""
        await asyncio.to_thread(self.start)


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """One that runs, until the end of the block."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
