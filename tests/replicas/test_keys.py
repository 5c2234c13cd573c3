"""The key that links are signed with, the same for all replicas."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from f1stream import store
from f1stream.replicas import common_keys, opened
from f1stream.replicas.state import State
from tests.program import started
from tests.replicas.redis_server import PASSWORD, RedisServer

OWN, OTHER = b"1" * 32, b"2" * 32


@pytest.fixture
async def state(server: RedisServer, redis: Redis) -> AsyncIterator[State]:
    async with opened(server.url, lease_s=1) as opened_state:
        yield opened_state


async def keys_in(folder: Path) -> list[bytes]:
    return await asyncio.to_thread(store.link_keys, folder)


async def test_the_first_gives_its_own_and_keeps_what_it_had(state: State, tmp_path: Path) -> None:
    own = await keys_in(tmp_path)
    assert await common_keys(state, [*own, OTHER], tmp_path) == [*own, OTHER]
    assert await state.link_key(OTHER) == own[0]


async def test_a_later_one_signs_with_the_firsts_and_still_knows_its_own(
    state: State, tmp_path: Path
) -> None:
    await state.set_link_key(OTHER)
    [own] = await keys_in(tmp_path)
    assert await common_keys(state, [own], tmp_path) == [OTHER, own]
    # It is the same at the next start, though Redis be gone by then.
    assert await keys_in(tmp_path) == [OTHER, own]
    assert await common_keys(state, await keys_in(tmp_path), tmp_path) == [OTHER, own]


async def test_where_it_can_t_be_kept_it_holds_for_this_process(
    state: State, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await state.set_link_key(OTHER)
    file = tmp_path / "no-folder"
    await asyncio.to_thread(file.touch)
    assert await common_keys(state, [OWN], file) == [OTHER, OWN]
    assert "can't be written" in caplog.text


async def test_without_redis_its_own_is_good_enough(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        async with opened(f"redis://127.0.0.1:{port}", lease_s=1) as state:
            assert await common_keys(state, [OWN, OTHER], tmp_path) == [OWN, OTHER]


async def test_the_command_rotates_for_all(
    state: State, server: RedisServer, tmp_path: Path
) -> None:
    await state.set_link_key(OTHER)
    environment = {"F1STREAM_REDIS_URL": server.url}
    async with started(tmp_path, "rotate-secret", environment=environment) as process:
        await process.communicate()
        assert process.returncode == 0
    new, _ = await keys_in(tmp_path / "data")
    assert await state.link_key(OTHER) == new
    environment = {"F1STREAM_REDIS_URL": server.with_password(f"{PASSWORD}-wrong")}
    async with started(tmp_path, "rotate-secret", environment=environment) as process:
        _, said = await process.communicate()
        assert process.returncode == 1
    assert b"the other replicas don't know of it: Redis at 127.0.0.1 lets nobody in" in said
    assert PASSWORD.encode() not in said
