"""The walk, past an f1stream that runs as the deployment runs it, and past one that does not."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from pytest_aiohttp.plugin import AiohttpServer

from tests.contract.walk import WALK, walked
from tests.program import address, started
from tests.schedule.test_storage import OLD_FILE

# What the deployment sets.
ENVIRONMENT = {
    "CHROME_CDP_URL": "http://chrome-service.chrome-service.svc.cluster.local:9222",
    "PLAYBACK_VERIFY_PROXY_BASE": "http://f1.f1-stream.svc.cluster.local",
    "PLAYBACK_VERIFY_ENABLED": "true",
    "PLAYBACK_VERIFY_CONCURRENCY": "2",
    "PLAYBACK_VERIFY_TIMEOUT": "20",
    "DISCORD_TOKEN": "hunter2",
    "DISCORD_CHANNELS": "1, 2",
    # What a cluster injects for the service.
    "F1_SERVICE_HOST": "10.0.0.1",
    "F1_PORT": "tcp://10.0.0.1:80",
    "F1STREAM_PORT": "tcp://10.0.0.1:80",
}
SERVE = ("serve", "--host", "127.0.0.1", "--port", "0", "--demo")


@pytest.fixture
async def deployed(tmp_path: Path) -> AsyncIterator[str]:
    """The address of one that runs with the deployment's environment and the old volume."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "schedule.json").write_text(json.dumps(OLD_FILE))
    environment = {
        **ENVIRONMENT,
        "SCHEDULE_PATH": str(data / "schedule.json"),
        # No test leaves this machine.
        "CHROME_CDP_URL": "http://127.0.0.1:9",
        "DISCORD_TOKEN": "",
    }
    async with started(tmp_path, *SERVE, environment=environment) as process:
        yield await address(process)
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    assert process.returncode == 0


async def test_the_deployment_s_environment_is_a_configuration(tmp_path: Path) -> None:
    async with started(tmp_path, "check", environment=ENVIRONMENT) as process:
        out, err = await process.communicate()
    assert process.returncode == 0
    assert b"The configuration is valid: 1 sources." in out
    assert b"hunter2" not in out + err


@pytest.mark.parametrize(
    "environment",
    [
        {"PLAYBACK_VERIFY_TIMEOUT": "soon", "PLAYBACK_VERIFY_PROXY_BASE": "hunter2"},
        {"DISCORD_TOKEN": "hunter2", "DISCORD_CHANNELS": "general"},
        {"F1STREAM_SECRET": "hunter2"},
        {"F1STREAM_SOURCES": "[hunter2"},
    ],
    ids=lambda environment: " ".join(environment),
)
async def test_each_malformed_variable_is_named_and_its_value_is_not(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    async with started(tmp_path, *SERVE, environment=environment) as process:
        async with asyncio.timeout(20):
            out, err = await process.communicate()
    assert (process.returncode, out) == (2, b"")
    told = err.decode()
    assert all(name in told for name in environment if name != "DISCORD_TOKEN")
    assert "hunter2" not in told
    assert "Traceback" not in told


async def test_it_keeps_every_promise_with_the_deployment_s_environment(deployed: str) -> None:
    async with aiohttp.ClientSession(deployed) as client, asyncio.timeout(30):
        while not (await (await client.get("/streams")).json())["streams"]:
            await asyncio.sleep(0.05)
        schedule = await (await client.get("/schedule")).json()
    assert await walked(deployed) == []
    # The old volume's season is the one that is shown.
    assert [race["race_name"] for race in schedule["races"]] == ["Miami Grand Prix"]


async def test_a_server_that_keeps_none_is_told_all_of_them(aiohttp_server: AiohttpServer) -> None:
    server = await aiohttp_server(web.Application())
    told: list[str] = []
    faults = await walked(str(server.make_url("/")), told.append)
    assert [fault.partition(":")[0] for fault in faults] == [each.__name__ for each in WALK]
    assert len([line for line in told if line.startswith("FAULT")]) == len(WALK)
