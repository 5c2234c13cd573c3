"""nginx as a plain reverse proxy, and with its cache in memory."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar
from urllib.parse import urlsplit

from bench.peers.base import Ground, Peer, Service
from bench.processes import free_port, running

_CONFIGURATION = """
daemon off;
user root;
worker_processes {workers};
pid {directory}/nginx.pid;
error_log {directory}/error.log;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    sendfile {sendfile};
    keepalive_timeout 300;
    keepalive_requests 10000000;
    client_body_temp_path {directory}/client;
    proxy_temp_path {directory}/temp;
    {cache_path}
    upstream origin {{
        server {host}:{upstream_port};
        keepalive 64;
        keepalive_requests 10000000;
    }}
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{
            proxy_pass {scheme}://origin;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            {cache}
        }}
    }}
}}
"""

_CACHE_PATH = (
    "proxy_cache_path {directory}/cache levels=1:2 keys_zone=hls:10m max_size={cache_bytes} "
    "inactive=10m use_temp_path=off;"
)
_CACHE = """
            proxy_cache hls;
            proxy_cache_lock on;
            proxy_cache_lock_age 30s;
            proxy_cache_lock_timeout 30s;
            proxy_cache_use_stale updating;
            proxy_cache_background_update on;
"""
# The default buffers, 8 of 4 KiB, cost nginx three times the CPU; and what a client is slow to take
# waits at the origin instead of in a file.
_NO_CACHE = """
            proxy_buffer_size 32k;
            proxy_buffers 16 32k;
            proxy_busy_buffers_size 256k;
            proxy_max_temp_file_size 0;
"""


class Nginx(Peer):
    """`proxy_pass` over kept connections, with buffers made for segments."""

    name: ClassVar[str] = "nginx"
    cache_path: ClassVar[str] = ""
    cache: ClassVar[str] = _NO_CACHE
    sendfile: ClassVar[str] = "off"

    def installed(self) -> bool:
        return shutil.which("nginx") is not None

    @asynccontextmanager
    async def serving(self, ground: Ground) -> AsyncIterator[Service]:
        port = free_port()
        upstream = urlsplit(ground.upstream_url)
        configuration = ground.directory / "nginx.conf"
        configuration.write_text(
            _CONFIGURATION.format(
                directory=ground.directory,
                workers=ground.workers,
                port=port,
                sendfile=self.sendfile,
                scheme=upstream.scheme,
                host=upstream.hostname,
                upstream_port=upstream.port,
                cache_path=self.cache_path.format(
                    directory=ground.directory, cache_bytes=ground.cache_bytes
                ),
                cache=self.cache,
            )
        )
        async with running(
            ["nginx", "-p", str(ground.directory), "-c", str(configuration)],
            directory=ground.directory,
            port=port,
        ) as pid:
            yield Service(pid, port, lambda name: f"http://127.0.0.1:{port}/{name}")


class NginxCache(Nginx):
    """`proxy_cache` on tmpfs, one fetch at a time for each object; files are read, then written."""

    name: ClassVar[str] = "nginx-cache"
    cache_path: ClassVar[str] = _CACHE_PATH
    cache: ClassVar[str] = _CACHE


class NginxSendfile(NginxCache):
    """The same with `sendfile`: the kernel sends pages of the file, and nothing is copied."""

    name: ClassVar[str] = "nginx-sendfile"
    sendfile: ClassVar[str] = "on"
