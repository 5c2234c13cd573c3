"""Two f1streams and a Redis, run as programs: what viewers notice when one of them is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from redis.asyncio import Redis

from f1stream import store
from tests.origin import Origin
from tests.program import LOOPBACK, address, children, source, started
from tests.replicas.redis_server import PASSWORD, RedisServer, redis_server

SERVE = ("serve", "--host", "127.0.0.1", "--port", "0")
LEASE_S = 2
MOVED_S = 15
PATIENCE_S = 40
# So many that none of two workers is missed.
CONNECTIONS = 30
SEGMENT = b"\x47" + bytes(187) * 500


def broadcast(origin: Origin) -> str:
    origin.route("/0.ts", SEGMENT)
    return origin.route("/live.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/0.ts\n")


@dataclass
class Program:
    """One f1stream that runs, a viewer of it, and what it writes to its log."""

    process: asyncio.subprocess.Process
    viewer: aiohttp.ClientSession
    said: bytearray

    async def told(self, path: str, method: str = "GET") -> Any:
        async with self.viewer.request(method, path) as response:
            assert response.status == 200
            return await response.json()

    async def play_url(self) -> str:
        """What plays its one stream, once it is known to play."""
        async with asyncio.timeout(PATIENCE_S):
            while not (streams := (await self.told("/streams"))["streams"]):
                await asyncio.sleep(0.05)
        url: str = streams[0]["play_url"]
        return url

    async def link(self) -> str:
        """What its one stream has now, whether it still moves or not."""
        url: str = (await self.told("/streams/all"))["streams"][0]["play_url"]
        return url

    async def plays(self, play_url: str) -> None:
        """Play a stream's playlist and its segment."""
        async with self.viewer.get(play_url) as playlist:
            assert playlist.status == 200
            last = (await playlist.text()).splitlines()[-1]
        async with self.viewer.get("/" + last) as segment:
            assert (segment.status, await segment.read()) == (200, SEGMENT)

    async def answers(self, play_url: str) -> set[int]:
        """How a playlist is answered on many connections, by whichever worker has each."""
        found = set()
        for _ in range(CONNECTIONS):
            async with self.viewer.get(play_url, headers={"Connection": "close"}) as playlist:
                found.add(playlist.status)
        return found

    async def says(self, words: bytes, *, after: int = 0) -> None:
        """Wait until its log has these words."""
        async with asyncio.timeout(PATIENCE_S):
            while words not in self.said[after:]:
                await asyncio.sleep(0.02)


@asynccontextmanager
async def replica(
    folder: Path, redis_url: str, upstream: str, *, workers: int = 1
) -> AsyncIterator[Program]:
    await asyncio.to_thread(folder.mkdir)
    said = bytearray()

    async def listen(process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        while line := await process.stderr.readline():
            said.extend(line)

    async with started(
        folder,
        *SERVE,
        configuration=LOOPBACK + source("A", upstream),
        environment={
            "F1STREAM_REDIS_URL": redis_url,
            "F1STREAM_DATA__REDIS_LEASE": str(LEASE_S),
            "F1STREAM_SERVER__WORKERS": str(workers),
        },
    ) as process:
        listening = asyncio.create_task(listen(process))
        async with aiohttp.ClientSession(await address(process)) as viewer:
            yield Program(process, viewer, said)
        if process.returncode is None:
            process.kill()
        await listening
        assert PASSWORD.encode() not in said
        assert b"Traceback" not in said


async def both(first: Program, second: Program) -> tuple[Program, Program]:
    """Who leads and who follows, once both do."""
    async with asyncio.timeout(PATIENCE_S):
        while b"one of several" not in first.said or b"one of several" not in second.said:
            await asyncio.sleep(0.02)
    return (first, second) if b"leads and works" in first.said else (second, first)


async def test_viewers_go_on_when_redis_is_killed_and_the_work_moves_with_the_leader(
    tmp_path: Path, origin: Origin
) -> None:
    upstream = broadcast(origin)
    with redis_server(tmp_path) as server:
        async with (
            replica(tmp_path / "1", server.url, upstream) as first,
            replica(tmp_path / "2", server.url, upstream) as second,
        ):
            leader, follower = await both(first, second)
            # One link, whoever made it, plays on both, and one of them has read the source.
            links = [await each.play_url() for each in (leader, follower)]
            assert links[0] == links[1]
            for each in (leader, follower):
                await each.plays(links[0])
            runs = [
                (await each.told("/extractors"))["extractors"][0] for each in (leader, follower)
            ]
            assert runs[0]["last_run"] == runs[1]["last_run"]

            marks = len(leader.said), len(follower.said)
            server.kill()
            await leader.says(b"can't be reached", after=marks[0])
            await follower.says(b"can't be reached", after=marks[1])
            for each in (leader, follower):
                await each.plays(links[0])
                assert await each.play_url() == links[0]
                told = await each.told("/ready")
                assert told["ready"]
                assert "this replica is by itself: Redis at 127.0.0.1" in told["notes"][0]

            marks = len(leader.said), len(follower.said)
            await server.restart()
            await leader.says(b"one of several", after=marks[0])
            await follower.says(b"one of several", after=marks[1])
            leads = b"leads and works" in leader.said[marks[0] :]
            leader, follower = (leader, follower) if leads else (follower, leader)
            assert (await leader.told("/ready"))["notes"] == []

            mark, before = len(follower.said), (await follower.told("/extractors"))["extractors"]
            leader.process.kill()
            killed_s = time.monotonic()
            await follower.says(b"leads and works", after=mark)
            assert time.monotonic() - killed_s < MOVED_S
            after = (await follower.told("/extract", "POST"))["extractors"]
            assert after[0]["last_run"] > before[0]["last_run"]
            await follower.plays(links[0])


async def test_with_a_wrong_password_it_serves_alone_and_says_why(
    tmp_path: Path, origin: Origin, server: RedisServer
) -> None:
    wrong = server.with_password(f"{PASSWORD}-of-before")
    async with replica(tmp_path / "1", wrong, broadcast(origin)) as alone:
        await alone.plays(await alone.play_url())
        await alone.says(b"Redis at 127.0.0.1 lets nobody in with this user and password")
        [note] = (await alone.told("/ready"))["notes"]
        assert "set data.redis_url" in note
        assert "it works for itself" in note


async def rotated(folder: Path, redis_url: str, *arguments: str) -> None:
    """Run the command beside the replica in `folder`."""
    environment = {"F1STREAM_REDIS_URL": redis_url}
    async with started(folder, "rotate-secret", *arguments, environment=environment) as process:
        _, said = await process.communicate()
        assert process.returncode == 0, said


async def until_all(replicas: tuple[Program, ...], play_url: str, statuses: set[int]) -> None:
    """Wait until a link is answered so by every worker of each replica."""
    async with asyncio.timeout(PATIENCE_S):
        while [await each.answers(play_url) for each in replicas] != [statuses] * len(replicas):
            await asyncio.sleep(0.1)


async def test_a_new_key_on_one_is_everybodys_without_a_restart(
    tmp_path: Path, origin: Origin, server: RedisServer, redis: Redis
) -> None:
    upstream = broadcast(origin)
    async with (
        replica(tmp_path / "1", server.url, upstream) as one,
        replica(tmp_path / "2", server.url, upstream, workers=2) as two,
    ):
        await both(one, two)
        links = [await each.play_url() for each in (one, two)]
        assert links[0] == links[1]

        await rotated(tmp_path / "1", server.url)
        async with asyncio.timeout(PATIENCE_S):
            while links[0] in (new := [await each.link() for each in (one, two)]):
                await asyncio.sleep(0.05)
        assert new[0] == new[1]
        await until_all((one, two), new[0], {200})
        # Nobody who plays notices.
        await until_all((one, two), links[0], {200})
        await two.plays(links[0])

        await rotated(tmp_path / "2", server.url, "--now")
        await until_all((one, two), links[0], {403})
        await until_all((one, two), new[0], {403})
        newest = [await each.link() for each in (one, two)]
        assert newest[0] == newest[1]
        await until_all((one, two), newest[0], {200})

        # A worker that comes later begins with the keys of today.
        for worker in children(two.process.pid):
            os.kill(worker, signal.SIGKILL)
        await two.says(b"a worker serves again")
        assert await two.answers(newest[0]) == {200}
        assert await two.answers(links[0]) == {403}
        kept = [
            await asyncio.to_thread(store.link_keys, tmp_path / name / "data")
            for name in ("1", "2")
        ]
        assert kept[0] == kept[1]
        assert len(kept[0]) == 1


async def test_who_plays_from_one_that_began_without_redis_goes_on_when_it_joins(
    tmp_path: Path, origin: Origin
) -> None:
    upstream = broadcast(origin)
    with redis_server(tmp_path) as server:
        async with replica(tmp_path / "1", server.url, upstream) as first:
            common = await first.play_url()
            server.kill()
            async with replica(tmp_path / "2", server.url, upstream) as late:
                own = await late.play_url()
                assert own != common
                assert await late.answers(common) == {403}
                await server.restart()
                # Redis is empty now: whichever comes first gives its key.
                async with asyncio.timeout(PATIENCE_S):
                    while await first.link() != await late.link():
                        await asyncio.sleep(0.05)
                await both(first, late)
                assert await late.answers(own) == {200}
                assert await first.answers(common) == {200}
                for each in (first, late):
                    async with asyncio.timeout(PATIENCE_S):
                        while (await each.told("/ready"))["notes"]:
                            await asyncio.sleep(0.05)
