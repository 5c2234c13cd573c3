"""The keys that links are signed with, the same for all replicas."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from redis.asyncio import Redis

from f1stream import store
from f1stream.hls.links import Links
from f1stream.replicas import CommonKeys, StateGone, opened
from f1stream.replicas.keys import agreed
from f1stream.replicas.state import LinkKeys, State
from tests.program import started
from tests.replicas.redis_server import PASSWORD, RedisServer

OWN, OTHER = b"1" * 32, b"2" * 32
A, B, C, D = (bytes([n] * 32) for n in range(4))


@pytest.fixture
async def state(server: RedisServer, redis: Redis) -> AsyncIterator[State]:
    async with opened(server.url, lease_s=1) as opened_state:
        yield opened_state


async def keys_in(folder: Path) -> list[bytes]:
    return await asyncio.to_thread(store.link_keys, folder)


async def followed(state: State, own: Sequence[bytes], folder: Path) -> list[bytes]:
    """The keys of links that had `own`, after those of all were taken over."""
    links = Links(own)
    await CommonKeys(state, links, folder).follow()
    return list(links.keys)


@pytest.mark.parametrize(
    ("own", "common", "ended", "then"),
    [
        pytest.param([A], [A], [], [A], id="the same"),
        pytest.param([A, B], [A], [], [A, B], id="one of its own is still accepted"),
        pytest.param([A, B], [A], [B], [A], id="unless it ended for all"),
        pytest.param([B], [A], [], [A, B], id="begun apart"),
        pytest.param([B, C], [A], [], [A, B], id="begun apart, and rotated there"),
        pytest.param([A], [B, A], [], [B, A], id="rotated"),
        pytest.param([A, C], [B, A], [C], [B, A], id="rotated once more"),
        pytest.param([A, C], [B, A], [], [B, A], id="one before the last ends in any case"),
        pytest.param([A], [B], [A], [B], id="rotated without grace"),
        pytest.param([A], [D, C], [A, B], [D, C], id="two rotations were missed"),
        pytest.param([B], [C, A], [], [C, A, B], id="begun apart, and then rotated"),
    ],
)
def test_what_is_used_of_what_there_is(
    own: list[bytes], common: list[bytes], ended: list[bytes], then: list[bytes]
) -> None:
    assert agreed(own, LinkKeys(tuple(common), frozenset(ended))) == tuple(then)


async def test_the_first_gives_its_own_and_keeps_what_it_had(state: State, tmp_path: Path) -> None:
    own = await keys_in(tmp_path)
    assert await followed(state, [*own, OTHER], tmp_path) == [*own, OTHER]
    assert (await state.link_keys([OTHER])).keys == (own[0], OTHER)


async def test_a_later_one_signs_with_the_firsts_and_still_knows_its_own(
    state: State, tmp_path: Path
) -> None:
    await state.link_keys([OTHER])
    [own] = await keys_in(tmp_path)
    assert await followed(state, [own], tmp_path) == [OTHER, own]
    # It is the same at the next start, though Redis be gone by then.
    assert await keys_in(tmp_path) == [OTHER, own]
    assert await followed(state, await keys_in(tmp_path), tmp_path) == [OTHER, own]


async def test_where_it_can_t_be_kept_it_holds_for_this_process(
    state: State, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    await state.link_keys([OTHER])
    file = tmp_path / "no-folder"
    await asyncio.to_thread(file.touch)
    assert await followed(state, [OWN], file) == [OTHER, OWN]
    assert "can't be written" in caplog.text


async def test_without_redis_its_own_is_good_enough(tmp_path: Path) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        port = nobody.getsockname()[1]
        links = Links([OWN, OTHER])
        async with opened(f"redis://127.0.0.1:{port}", lease_s=1) as state:
            with pytest.raises(StateGone):
                await CommonKeys(state, links, tmp_path).follow()
    assert links.keys == (OWN, OTHER)


async def rotated(folder: Path, url: str, *arguments: str) -> tuple[int | None, bytes]:
    """What the command ends with, and says."""
    environment = {"F1STREAM_REDIS_URL": url}
    async with started(folder, "rotate-secret", *arguments, environment=environment) as process:
        told, said = await process.communicate()
        return process.returncode, told + said


async def test_the_command_rotates_for_all(
    state: State, server: RedisServer, tmp_path: Path
) -> None:
    await state.link_keys([OTHER])
    # What was signed with until now stays good for all, whatever this one had.
    assert (await rotated(tmp_path, server.url))[0] == 0
    new, _ = await keys_in(tmp_path / "data")
    assert await state.link_keys([OTHER]) == LinkKeys((new, OTHER), frozenset())
    assert (await rotated(tmp_path, server.url, "--now"))[0] == 0
    [newest] = await keys_in(tmp_path / "data")
    keys, ended = await state.link_keys([OTHER])
    assert keys == (newest,)
    assert {new, OTHER} <= ended


async def test_the_command_says_that_nobody_knows_and_can_be_run_again(
    state: State, server: RedisServer, tmp_path: Path
) -> None:
    await state.link_keys([OTHER])
    code, said = await rotated(tmp_path, server.with_password(f"{PASSWORD}-wrong"), "--now")
    assert code == 1
    assert b"the replicas don't know of it: Redis at 127.0.0.1 lets nobody in" in said
    assert PASSWORD.encode() not in said
    [unknown] = await keys_in(tmp_path / "data")
    assert (await state.link_keys([OTHER])).keys == (OTHER,)
    assert (await rotated(tmp_path, server.url, "--now"))[0] == 0
    _, ended = await state.link_keys([OTHER])
    assert {OTHER, unknown} <= ended
