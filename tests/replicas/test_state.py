"""What replicas share, in a real Redis."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import TypeAlias

import pytest
from redis.asyncio import Redis

from f1stream.replicas import opened
from f1stream.replicas.bell import Bell
from f1stream.replicas.errors import LeaseLost, StateGone
from f1stream.replicas.state import LinkKeys, State
from tests.replicas.redis_server import PASSWORD, RedisServer

LEASE_S = 0.3
Pair: TypeAlias = tuple[State, State]


@pytest.fixture
async def pair(server: RedisServer, redis: Redis) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(opened(server.url, lease_s=LEASE_S)),
            await stack.enter_async_context(opened(server.url, lease_s=LEASE_S)),
        )


async def test_one_leads_until_its_beats_stop(pair: Pair) -> None:
    first, second = pair
    assert (await first.beat([])).leads
    assert not (await second.beat([])).leads
    assert (await first.beat([])).leads
    await asyncio.sleep(LEASE_S * 1.2)
    assert (await second.beat([])).leads
    assert not (await first.beat([])).leads


async def test_who_is_told_to_stop_at_any_moment_of_a_command_does(pair: Pair) -> None:
    state, _ = pair
    await state.names("source")
    for turns in range(30):
        asking = asyncio.create_task(state.names("source"))
        for _ in range(turns):
            await asyncio.sleep(0)
        told = asking.cancel()
        await asyncio.wait({asking})
        assert asking.cancelled() == told, f"after {turns} turns of the loop"


async def test_who_leaves_is_followed_at_once_and_says_so(pair: Pair) -> None:
    first, second = pair
    await first.beat([])
    async with second.listening() as bells:
        await first.leave()
        assert await anext(bells) == Bell(kind="free")
    assert (await second.beat([])).leads


async def test_one_that_only_follows_takes_nothing_from_the_leader_as_it_leaves(
    pair: Pair,
) -> None:
    first, second = pair
    await first.beat([])
    await second.leave()
    assert not (await second.beat([])).leads


async def test_only_the_leader_writes(pair: Pair) -> None:
    first, second = pair
    await first.beat([])
    await first.put("source", "A", b"of the first")
    with pytest.raises(LeaseLost):
        await second.put("source", "A", b"of the second")
    assert await second.get("source", "A") == b"of the first"


async def test_a_late_write_of_the_leader_before_is_refused(pair: Pair) -> None:
    first, second = pair
    await first.beat([])
    await asyncio.sleep(LEASE_S * 1.2)
    await second.beat([])
    await second.put("source", "A", b"new")
    for late in (b"old", b""):
        with pytest.raises(LeaseLost):
            await first.put("source", "A", late)
    assert await first.get("source", "A") == b"new"


async def test_an_empty_value_removes(pair: Pair) -> None:
    first, second = pair
    await first.beat([])
    await first.put("picture", "a", b"jpeg")
    assert await second.names("picture") == ["a"]
    await first.put("picture", "a", b"")
    assert (await second.names("picture"), await second.get("picture", "a")) == ([], None)


async def test_what_is_written_is_told_to_who_listens(pair: Pair) -> None:
    first, second = pair
    await first.beat([])
    async with second.listening() as bells:
        await first.put("source", "Garage süd", b"..")
        assert await anext(bells) == Bell(kind="source", name="Garage süd")


async def test_a_call_of_somebody_else_is_not_heard(pair: Pair, redis: Redis) -> None:
    async with pair[0].listening() as bells:
        for noise in (b"\xff", b"{", b'{"kind": "of a later version"}', b"[]"):
            await redis.publish("{f1stream}:bell", noise)
        await pair[1].call(Bell(kind="done", number="1"))
        assert await anext(bells) == Bell(kind="done", number="1")


async def test_a_wish_is_told_only_where_somebody_leads(pair: Pair) -> None:
    first, second = pair
    wish = Bell(kind="reread", name="A", number="1")
    assert not await second.wish(wish)
    await first.beat([])
    async with first.listening() as bells:
        assert await second.wish(wish)
        assert await anext(bells) == wish


async def test_each_knows_what_is_watched_through_the_others(pair: Pair) -> None:
    first, second = pair
    assert (await first.beat(["a", "b"])).watched == ()
    assert (await second.beat(["c"])).watched == ("a", "b")
    assert (await first.beat([])).watched == ("c",)
    assert (await second.beat(["c"])).watched == ()


async def test_what_was_watched_through_one_that_is_gone_is_forgotten(pair: Pair) -> None:
    first, second = pair
    await first.beat(["a"])
    await asyncio.sleep(LEASE_S * 1.2)
    assert (await second.beat([])).watched == ()


async def test_all_have_the_key_of_whoever_comes_first(pair: Pair) -> None:
    own = [(bytes([n] * 32), bytes([n + 2] * 32)) for n in range(len(pair))]
    asked = zip(pair, own, strict=True)
    found = await asyncio.gather(*(each.link_keys(keys) for each, keys in asked))
    assert found[0] == found[1]
    assert found[0].keys in own
    assert not found[0].ended


async def test_new_keys_are_told_and_what_ends_is_known(pair: Pair) -> None:
    first, second = pair
    one, two, three = (bytes([n] * 32) for n in range(3))
    await first.link_keys([one])
    async with second.listening() as bells:
        await first.set_link_keys([two, one], [])
        assert await anext(bells) == Bell(kind="keys")
    assert await second.link_keys([two]) == LinkKeys((two, one), frozenset())
    # What all sign with until now stays, whatever is old for the one that says so.
    await first.set_link_keys([three, bytes([9] * 32)], [])
    assert await second.link_keys([two]) == LinkKeys((three, two), frozenset({one}))
    await first.set_link_keys([one[:16]], [bytes([8] * 32)])
    keys, ended = await second.link_keys([two])
    assert keys == (one[:16],)
    assert ended == {one, two, three, bytes([8] * 32)}


@pytest.mark.parametrize("held", [b"no hexadecimal", b"abcd", b""])
async def test_what_is_no_key_is_told_with_the_remedy(
    pair: Pair, redis: Redis, held: bytes
) -> None:
    await redis.set("{f1stream}:link-key", held)
    with pytest.raises(StateGone, match=r"127\.0\.0\.1 holds no link key in .*delete that key"):
        await pair[0].link_keys([bytes(32)])


async def told(url: str) -> str:
    async with opened(url, lease_s=LEASE_S) as state:
        with pytest.raises(StateGone) as caught:
            await state.beat([])
        assert PASSWORD not in repr(state)
        return str(caught.value)


async def test_a_wrong_password_is_told_by_the_host_and_the_setting(server: RedisServer) -> None:
    said = await told(server.with_password(f"{PASSWORD}-of-before"))
    assert "127.0.0.1 lets nobody in" in said
    assert "data.redis_url" in said
    assert PASSWORD not in said
    assert "lets nobody in" in await told(f"redis://127.0.0.1:{server.port}/0")


async def test_one_that_is_not_there_is_told_by_its_host_alone() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        said = await told(f"redis://:{PASSWORD}@127.0.0.1:{nobody.getsockname()[1]}/0")
    assert said == "Redis at 127.0.0.1 can't be reached; look there, or at data.redis_url"


async def test_one_that_may_not_write_is_told_with_what_it_is(
    server: RedisServer, redis: Redis
) -> None:
    await redis.config_set("maxmemory", 1)
    try:
        assert "refuses a command (OutOfMemoryError)" in await told(server.url)
    finally:
        await redis.config_set("maxmemory", 0)
