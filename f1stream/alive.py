"""Whether the f1stream on this machine answers, as an exit code: a container's health check.

It is run as a file, `python -I -S f1stream/alive.py`, and takes nothing but sockets: a check comes
twice a minute, and an HTTP client takes ten times as long to import as this takes to answer.
"""

from __future__ import annotations

import os
import socket
import sys

TIMEOUT_S = 4
DEFAULT_PORT = 8000


def alive(port: int) -> bool:
    """Whether `GET /health` on loopback answers 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), TIMEOUT_S) as connection:
            connection.sendall(b"GET /health HTTP/1.0\r\n\r\n")
            return connection.recv(64).split()[1:2] == [b"200"]
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(not alive(int(os.environ.get("F1STREAM_SERVER__PORT") or DEFAULT_PORT)))
