"""Varnish with its store in memory."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar
from urllib.parse import urlsplit

from bench.peers.base import Ground, Peer, Service
from bench.processes import free_port, running

# Objects that are being fetched can't be evicted: with less, sixteen at a time do not fit.
LEAST_CACHE_BYTES = 128 << 20

_VCL = """
vcl 4.1;
backend default {{ .host = "{host}"; .port = "{port}"; }}
"""


class Varnish(Peer):
    """One varnishd; its worker is a child with threads, whatever the number of workers asked."""

    name: ClassVar[str] = "varnish"

    def installed(self) -> bool:
        return shutil.which("varnishd") is not None

    @asynccontextmanager
    async def serving(self, ground: Ground) -> AsyncIterator[Service]:
        port = free_port()
        upstream = urlsplit(ground.upstream_url)
        vcl = ground.directory / "bench.vcl"
        vcl.write_text(_VCL.format(host=upstream.hostname, port=upstream.port))
        cache_bytes = max(ground.cache_bytes, LEAST_CACHE_BYTES)
        argv = ["varnishd", "-F", "-n", str(ground.directory / "varnish"), "-f", str(vcl)]
        argv += ["-a", f"127.0.0.1:{port}", "-T", "none", "-s", f"malloc,{cache_bytes}"]
        async with running(argv, directory=ground.directory, port=port) as pid:
            yield Service(pid, port, lambda name: f"http://127.0.0.1:{port}/{name}")
