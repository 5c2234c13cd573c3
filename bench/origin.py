"""The upstream of every peer: an nginx that serves a directory in memory and logs each request."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from bench.processes import ProgramFailed, free_port, running

# 6.2 Mbit/s at four seconds a segment; a part is a low-latency part, or a poor man's segment.
SEGMENT_BYTES = 3_100_000
PART_BYTES = 100_000

_CONFIGURATION = """
daemon off;
user root;
worker_processes 1;
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 8192; }}
http {{
    log_format request "$request_uri";
    access_log {directory}/requests.log request;
    sendfile on;
    keepalive_timeout 300;
    keepalive_requests 10000000;
    types {{ video/mp2t ts; application/vnd.apple.mpegurl m3u8; }}
    server {{
        listen 127.0.0.1:{http_port} backlog=4096;
        listen 127.0.0.1:{https_port} ssl;
        ssl_certificate {directory}/server.pem;
        ssl_certificate_key {directory}/server.key;
        root {directory}/www;
        # As many objects as a scenario wants to name, out of one file each.
        location ~ /segment/ {{ rewrite ^ /segment.ts break; expires 1h; }}
        location ~ /part/ {{ rewrite ^ /part.ts break; expires 1h; }}
        location / {{ expires 1s; }}
    }}
}}
"""

# What Python's ssl module insists on since 3.13 (VERIFY_X509_STRICT).
_CA_EXTENSIONS = ("-addext", "keyUsage=critical,keyCertSign,cRLSign")
_SERVER_EXTENSIONS = """\
basicConstraints = CA:FALSE
subjectAltName = IP:127.0.0.1
authorityKeyIdentifier = keyid
subjectKeyIdentifier = hash
"""


@dataclass(frozen=True, slots=True)
class Origin:
    """A running origin. `directory` lies in memory; `ca_file` is what its certificate needs."""

    directory: Path
    http_url: str
    https_url: str
    ca_file: Path

    def publish(self, name: str, body: bytes) -> None:
        """Make `body` what `/name` answers, from one request to the next."""
        new = self.directory / "www" / f".{name}.new"
        new.write_bytes(body)
        new.replace(self.directory / "www" / name)

    def log_position(self) -> int:
        """Where the request log ends now."""
        return self._log.stat().st_size

    def requests_since(self, position: int) -> Counter[str]:
        """How often each path was asked for since `log_position` was `position`."""
        with self._log.open() as log:
            log.seek(position)
            return Counter(log.read().split())

    @property
    def _log(self) -> Path:
        return self.directory / "requests.log"


@asynccontextmanager
async def serving(directory: Path) -> AsyncIterator[Origin]:
    """An origin in `directory` while the block lasts."""
    http_port, https_port = free_port(), free_port()
    (directory / "www").mkdir(parents=True)
    noise = Random(1)
    (directory / "www" / "segment.ts").write_bytes(noise.randbytes(SEGMENT_BYTES))
    (directory / "www" / "part.ts").write_bytes(noise.randbytes(PART_BYTES))
    await _certify(directory)
    configuration = directory / "nginx.conf"
    configuration.write_text(
        _CONFIGURATION.format(directory=directory, http_port=http_port, https_port=https_port)
    )
    origin = Origin(
        directory=directory,
        http_url=f"http://127.0.0.1:{http_port}",
        https_url=f"https://127.0.0.1:{https_port}",
        ca_file=directory / "ca.pem",
    )
    async with running(
        ["nginx", "-p", str(directory), "-c", str(configuration)],
        directory=directory,
        port=http_port,
    ):
        yield origin


async def _certify(directory: Path) -> None:
    """A CA that signs one certificate for 127.0.0.1, both for a day."""
    (directory / "server.cnf").write_text(_SERVER_EXTENSIONS)
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    await _openssl(
        directory,
        ["req", "-x509", *new_key, "-days", "1", "-subj", "/CN=bench CA", *_CA_EXTENSIONS],
        ["-keyout", "ca.key", "-out", "ca.pem"],
    )
    await _openssl(
        directory,
        ["req", *new_key, "-subj", "/CN=127.0.0.1"],
        ["-keyout", "server.key", "-out", "server.csr"],
    )
    await _openssl(
        directory,
        ["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key"],
        ["-CAcreateserial", "-days", "1", "-extfile", "server.cnf", "-out", "server.pem"],
    )


async def _openssl(directory: Path, what: list[str], files: list[str]) -> None:
    process = await asyncio.create_subprocess_exec(
        "openssl",
        *what,
        *files,
        cwd=directory,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, errors = await process.communicate()
    if process.returncode:
        raise ProgramFailed(f"openssl {what[0]}: {errors.decode(errors='replace')}")
