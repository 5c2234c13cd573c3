"""How the real libraries reach the network, where the operator says how."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import ssl
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from f1stream.errors import ExtractionFailed
from f1stream.isolated import Isolation, Job, Means
from f1stream.isolated import streamlink as streamlink_job
from f1stream.isolated import ytdlp as ytdlp_job
from f1stream.isolated.playlists import Answer
from tests.extractors.servers.hls import MULTIVARIANT, add_hls
from tests.origin import Origin

LOOPBACK = [ipaddress.ip_network("127.0.0.1")]
JOBS = [streamlink_job, ytdlp_job]


async def asked(module: Any, url: str, means: Means) -> Answer:
    job = Job(module.__name__, module.Question(url=url), Answer, "library", "a.example")
    return await Isolation(allow_private=LOOPBACK, means=means).run(job, timeout_s=60)


@pytest.mark.parametrize("module", JOBS)
async def test_the_operator_s_proxy_is_used(module: Any, origin: Origin) -> None:
    add_hls(origin)
    url = "http://a.example/live/index.m3u8"
    answer = await asked(module, url, Means(proxy=origin.url))
    assert [playlist.url for playlist in answer.playlists] == [url]
    assert origin.requests
    assert all(request.target.startswith("http://a.example/") for request in origin.requests)


@pytest.mark.parametrize("module", JOBS)
async def test_the_environment_s_proxy_is_not(
    module: Any, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setitem(os.environ, variable, origin.url)
    with pytest.raises(ExtractionFailed, match="can't be reached"):
        await asked(module, "http://nowhere.invalid/index.m3u8", Means())
    assert origin.requests == []


@pytest.mark.parametrize("module", JOBS)
async def test_the_operator_s_certificates_are_trusted_and_no_other(
    module: Any, tmp_path: Path
) -> None:
    certificate = await _certificate(tmp_path)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    await asyncio.to_thread(context.load_cert_chain, certificate)

    async def playlist(request: web.Request) -> web.Response:
        return web.Response(text=MULTIVARIANT, content_type="application/x-mpegurl")

    app = web.Application()
    app.router.add_get("/{name}.m3u8", playlist)
    async with TestServer(app) as plain:
        assert plain.runner is not None
        site = web.TCPSite(plain.runner, "127.0.0.1", 0, ssl_context=context)
        await site.start()
        port = plain.runner.addresses[-1][1]
        url = f"https://127.0.0.1:{port}/index.m3u8"
        answer = await asked(module, url, Means(ca_file=certificate))
        assert [playlist.url for playlist in answer.playlists] == [url]
        with pytest.raises(ExtractionFailed):
            await asked(module, url, Means())


async def _certificate(folder: Path) -> Path:
    """A certificate for this machine that it signed itself, with its key."""
    file = folder / "own.pem"
    process = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
        *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
        *("-keyout", str(file), "-out", str(folder / "certificate.pem")),
        stderr=DEVNULL,
    )
    assert await process.wait() == 0

    def joined() -> None:
        with file.open("a") as whole:
            whole.write((folder / "certificate.pem").read_text())

    await asyncio.to_thread(joined)
    return file
