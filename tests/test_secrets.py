"""Credentials planted wherever a source can have one, and looked for in all that comes out."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from tests.origin import Encoded, Origin
from tests.origin.faults import Html, Reset, Status
from tests.program import LOOPBACK, address, started

SECRETS = tuple(f"hunter2{of}" for of in ("user", "pass", "path", "query", "header", "token"))
JSON = ("/health", "/ready", "/streams", "/streams/active", "/extractors", "/schedule")


def planted(origin: Origin, path: str) -> str:
    """An address with a credential in each of its parts."""
    url = origin.at(f"/hunter2path{path}?token=hunter2query")
    return url.replace("http://", "http://hunter2user:hunter2pass@")


def configuration(origin: Origin) -> str:
    """Sources that work and that fail, each in another way, all with credentials."""

    def source(kind: str, name: str, path: str) -> str:
        headers = '{ Authorization = "Bearer hunter2header", Cookie = "a=hunter2header" }'
        options = f'name = "{name}"\nurl = "{planted(origin, path)}"\nheaders = {headers}\n'
        return f'[[sources]]\ntype = "{kind}"\n{options}'

    return (
        LOOPBACK
        + "connect_timeout = 1\nread_timeout = 1\n"
        + '[server]\nlog_level = "debug"\nlog_format = "json"\n'
        + '[access]\nadmin_token = "hunter2token"\n'
        + source("direct", "Good", "/ts/index.m3u8")
        + source("direct", "Refused", "/refused.m3u8")
        + source("direct", "Reset", "/reset.m3u8")
        + source("m3u", "List", "/list.m3u")
        + source("m3u", "Page", "/html")
        + '[[sources]]\ntype = "jsonapi"\nname = "Feed"\nstreams = "[]"\nurl = "url"\n'
        + f'endpoint = "{planted(origin, "/html")}"\n'
        + 'request_headers = { Authorization = "Bearer hunter2header" }\n'
    )


def broadcast(origin: Origin, encoded: Encoded) -> None:
    origin.files(encoded.ts.parent, "/hunter2path/ts/")
    origin.route(
        "/hunter2path/list.m3u",
        f"#EXTM3U\n#EXTINF:-1,F1 one\n{planted(origin, '/ts/index.m3u8')}\n"
        f"#EXTINF:-1,F1 two\n{planted(origin, '/refused.m3u8')}\n",
    )
    origin.fault("/hunter2path/refused.m3u8", Status(401))
    origin.fault("/hunter2path/reset.m3u8", Reset())
    origin.fault("/hunter2path/html", Html())


@asynccontextmanager
async def told(viewer: aiohttp.ClientSession, said: list[str]) -> AsyncIterator[list[str]]:
    """All that can be asked for, right and wrong; yields the play URLs."""

    async def ask(path: str, method: str = "GET", **headers: str) -> str:
        async with viewer.request(method, path, headers=headers) as response:
            text = (await response.read()).decode(errors="replace")
            said.append(f"{response.headers}{text}")
            return text

    for path in (*JSON, "/metrics", "/schedule.ics", "/no/such/path"):
        await ask(path)
    await ask("/extract", "POST")
    await ask("/extract", "POST", Authorization="Bearer hunter2tokex")
    listed = json.loads(await ask("/streams/all"))["streams"]
    links = [stream["play_url"] for stream in listed]
    links += [way["play_url"] for stream in listed for way in stream["alternatives"]]
    for link in links:
        # A playlist's links lead to the upstream's address, in base64: a link is what it is for.
        async with viewer.get(link) as response:
            if response.content_type == "application/problem+json":
                said.append(await response.text())
        for wrong in (f"{link[:-3]}abc", f"{link}&quality=x", link.replace("/proxy", "/relay")):
            await ask(wrong)
    yield links


async def run(folder: Path, *arguments: str, configured: str) -> str:
    """What a command prints."""
    async with started(folder, *arguments, configuration=configured) as process:
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    return (out + err).decode()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.skipif(sys.platform != "linux", reason="several processes on one port")
async def test_no_credential_is_in_anything_that_serving_says(
    tmp_path: Path, origin: Origin, encoded: Encoded, workers: int
) -> None:
    broadcast(origin, encoded)
    configured = configuration(origin).replace("[server]\n", f"[server]\nworkers = {workers}\n")
    said: list[str] = []
    async with started(
        tmp_path, "serve", "--host", "127.0.0.1", "--port", "0", configuration=configured
    ) as process:
        async with aiohttp.ClientSession(await address(process)) as viewer:
            async with asyncio.timeout(30):
                while "Good" not in await (await viewer.get("/streams")).text():
                    await asyncio.sleep(0.1)
            async with told(viewer, said) as links:
                assert len(links) >= 4
        process.terminate()
        out, err = await process.communicate()
    lines = [json.loads(line) for line in err.decode().splitlines()]
    assert {"f1stream.net.client", "f1stream.http.requests"} <= {line["logger"] for line in lines}
    assert any("request_id" in line for line in lines)
    assert not found([*said, out.decode(), err.decode()])


async def test_no_credential_is_in_anything_that_a_command_prints(
    tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    broadcast(origin, encoded)
    configured = configuration(origin)
    bad = configured + '[upstream2]\nx = "hunter2token"\n[[sources]]\ntype = "direct"\nurl = 5\n'
    said = [
        await run(tmp_path, "check", configured=configured),
        await run(tmp_path, "check", configured=bad),
        await run(tmp_path, "extract", configured=configured),
        await run(tmp_path, "extract", "--json", configured=configured),
    ]
    for path in ("/ts/index.m3u8", "/refused.m3u8"):
        said.append(await run(tmp_path, "probe", planted(origin, path), configured=configured))
    assert "The configuration is valid" in said[0]
    assert "Refused" in said[2]
    assert not found(said)


def found(said: list[str]) -> list[str]:
    """Where a credential is in what was said."""
    return [
        text[max(text.index(secret) - 200, 0) : text.index(secret) + 40]
        for text in said
        for secret in SECRETS
        if secret in text
    ]
