"""Replicas with a real Redis between them: who works, and what each knows of the other's work."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis

from f1stream import store
from f1stream.catalogue import Catalogue, Viewing, stream_id
from f1stream.errors import TooSoon
from f1stream.hls.links import Links
from f1stream.metrics.snapshot import Part
from f1stream.models import Level, Means, Proof, Stream, Upstream, Verdict
from f1stream.replicas import CommonKeys, Replica, announce_keys, opened
from f1stream.replicas.pages import PAGE
from f1stream.verifier import Previews
from tests.replicas.redis_server import RedisServer, redis_server

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
LEASE_S = 0.6
# However busy the machine: what happens at all, happens by then.
PATIENCE_S = 20
PICTURE = b"\xff\xd8\xff and the rest of a JPEG"
ONE = stream_id("A", "one")

pytestmark = pytest.mark.usefixtures("redis")


def found(key: str, url: str = "http://a.example/x?token=1") -> Stream:
    return Stream(stream_id("A", key), key, "direct", "A", Upstream(url), NOW)


@dataclass
class House:
    """One replica, with sources that only say how often they were read."""

    folder: Path
    works: int = 0
    reads: list[str] = field(default_factory=list)
    too_soon: bool = False
    viewing: Viewing = field(default_factory=Viewing)

    def __post_init__(self) -> None:
        self.catalogue = Catalogue([("direct", "A"), ("m3u", "B")], self.viewing.active)
        self.previews = Previews(self.folder)

    async def work(self) -> None:
        self.works += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.works -= 1

    async def force(self) -> None:
        if self.too_soon:
            raise TooSoon("a moment ago", 7)
        await self.once("A")

    async def reread(self, name: str) -> None:
        await self.once(name)

    async def once(self, name: str) -> None:
        self.reads.append(name)
        await asyncio.sleep(0)
        fresh = found("one", f"http://a.example/x?token={len(self.reads) + 1}")
        self.catalogue.succeeded(name, [fresh], datetime.now(UTC))

    def url(self) -> str:
        entry = self.catalogue.get(ONE)
        return entry.stream.upstream.url if entry else ""


@dataclass
class Together:
    """A replica that takes part."""

    house: House
    replica: Replica
    task: asyncio.Task[None]

    async def gone(self) -> None:
        """End it without a word to the others."""
        self.task.cancel()
        await asyncio.wait({self.task})


@asynccontextmanager
async def taking_part(
    url: str, house: House, *, links: Links | None = None, lease_s: float = LEASE_S
) -> AsyncIterator[Together]:
    async with opened(url, lease_s=lease_s) as state:
        keys = CommonKeys(state, links, house.folder) if links else None
        replica = Replica(state, house.catalogue, house.viewing, house.previews, house, keys=keys)
        task = asyncio.create_task(replica.run(house.work))
        try:
            yield Together(house, replica, task)
        finally:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.01)


@pytest.fixture
async def pair(server: RedisServer, tmp_path: Path) -> AsyncIterator[tuple[Together, Together]]:
    """The first leads and the second follows."""
    async with taking_part(server.url, House(tmp_path / "1")) as first:
        await until(lambda: first.house.works)
        async with taking_part(server.url, House(tmp_path / "2")) as second:
            await until(lambda: not second.replica.notes())
            yield first, second


Pair = tuple[Together, Together]


async def test_what_the_leader_knows_the_other_knows(pair: Pair) -> None:
    leader, follower = (each.house for each in pair)
    leader.catalogue.succeeded("A", [found("one"), found("two")], NOW)
    leader.catalogue.failed("B", "a.example answers 500", NOW)
    leader.catalogue.judged(ONE, Verdict(NOW, Level.SEGMENT, is_live=True))
    proof = Proof(NOW, Means.LOCAL_BROWSER, Level.FRAMES)
    leader.catalogue.proven(ONE, proof)
    await until(lambda: follower.catalogue.snapshots() == leader.catalogue.snapshots())
    assert [one.stream.id for one in follower.catalogue.playable()] == [ONE]
    assert follower.catalogue.source("B").error == "a.example answers 500"
    assert (leader.works, follower.works) == (1, 0)


async def test_of_many_streams_those_that_change_are_told_and_the_rest_stays(
    pair: Pair, redis: Redis
) -> None:
    leader, follower = (each.house for each in pair)
    many = [found(str(number)) for number in range(3 * PAGE)]
    leader.catalogue.succeeded("A", many, NOW)
    await until(lambda: len(follower.catalogue.all()) == len(many))
    pages = await redis.hgetall("{f1stream}:pages")
    leader.catalogue.judged(many[PAGE].id, Verdict(NOW, Level.SEGMENT))
    await until(lambda: follower.catalogue.playable())
    after = await redis.hgetall("{f1stream}:pages")
    assert [name for name in pages if after[name] != pages[name]] == [b"1 A"]
    leader.catalogue.succeeded("A", many[:1], NOW)
    await until(lambda: len(follower.catalogue.all()) == 1)
    await pair[1].replica.reread("A")
    assert await redis.hkeys("{f1stream}:pages") == [b"0 A"]
    assert follower.catalogue.snapshots() == leader.catalogue.snapshots()


async def test_what_a_leader_before_has_left_is_cleared_away(
    server: RedisServer, redis: Redis, tmp_path: Path
) -> None:
    await redis.hset("{f1stream}:sources", "of another configuration", b"x")
    for page in ("0 A", "7 A", "x A", "0 of another configuration", "nothing like it"):
        await redis.hset("{f1stream}:pages", page, b"x")
    house = House(tmp_path)
    house.catalogue.succeeded("A", [found("one")], NOW)
    async with taking_part(server.url, house) as only:
        await until(lambda: house.works)
        await only.replica.reread("A")
        async with asyncio.timeout(PATIENCE_S):
            while set(await redis.hkeys("{f1stream}:pages")) != {b"0 A"}:
                await asyncio.sleep(0.01)
    assert set(await redis.hkeys("{f1stream}:sources")) == {b"A", b"B"}


async def test_a_picture_is_seen_through_both_and_forgotten_by_both(pair: Pair) -> None:
    leader, follower = (each.house for each in pair)
    await leader.previews.keep(ONE, PICTURE)
    await until(lambda: follower.previews.get(ONE) == leader.previews.get(ONE) is not None)
    await leader.previews.keep_only([])
    await until(lambda: follower.previews.get(ONE) is None)


async def test_who_comes_later_is_told_all_there_is(
    server: RedisServer, pair: Pair, tmp_path: Path
) -> None:
    leader, follower = (each.house for each in pair)
    leader.catalogue.succeeded("A", [found("one")], NOW)
    await leader.previews.keep(ONE, PICTURE)
    await until(lambda: follower.previews.get(ONE))
    third = House(tmp_path / "3")
    await third.previews.keep("of-before", PICTURE)
    async with taking_part(server.url, third) as later:
        await until(lambda: not later.replica.notes())
        assert third.catalogue.snapshots() == leader.catalogue.snapshots()
        assert third.previews.ids() == [ONE]


async def test_what_is_watched_through_one_is_watched_for_all(pair: Pair) -> None:
    leader, follower = (each.house for each in pair)
    follower.viewing.seen(ONE, "a viewer")
    await until(lambda: leader.viewing.active() == [ONE])
    assert not leader.viewing.viewers()
    follower.viewing.ended(ONE)
    await until(lambda: leader.viewing.active() == [])


async def test_a_source_is_read_by_the_leader_and_known_to_who_asked(pair: Pair) -> None:
    leader, follower = pair
    await follower.replica.reread("A")
    assert (leader.house.reads, follower.house.reads) == (["A"], [])
    assert follower.house.url() == leader.house.url() == "http://a.example/x?token=2"


async def test_an_extraction_is_the_leaders_and_so_is_its_no(pair: Pair) -> None:
    leader, follower = pair
    await follower.replica.extract()
    assert (leader.house.reads, follower.house.reads) == (["A"], [])
    assert follower.house.url() == leader.house.url()
    leader.house.too_soon = True
    with pytest.raises(TooSoon) as caught:
        await follower.replica.extract()
    assert caught.value.wait_s == 7


async def test_what_a_viewer_reports_reaches_the_leader(pair: Pair) -> None:
    leader, follower = pair
    leader.house.catalogue.succeeded("A", [found("one")], NOW)
    follower.replica.reported(ONE)
    await until(lambda: (one := leader.house.catalogue.get(ONE)) and one.reported)


async def test_the_work_of_one_that_leaves_moves_at_once(pair: Pair) -> None:
    leader, follower = pair
    leader.house.catalogue.succeeded("A", [found("one")], NOW)
    await until(follower.house.url)
    leader.house.catalogue.started("A")
    await until(lambda: follower.house.catalogue.source("A").state == "running")
    await leader.gone()
    await until(lambda: follower.house.works)
    assert leader.house.works == 0
    # What the one that is gone had begun is not taken for being under way.
    assert follower.house.catalogue.source("A").state == "ok"
    assert follower.house.url()


async def test_who_has_lost_the_lease_stops_and_what_it_still_writes_is_lost(
    pair: Pair, redis: Redis
) -> None:
    leader, follower = pair
    leader.house.catalogue.succeeded("A", [found("one")], NOW)
    await until(follower.house.url)
    await redis.set("{f1stream}:leader", "somebody else", px=60_000)
    leader.house.catalogue.succeeded("A", [found("late")], NOW)
    await until(lambda: not leader.house.works)
    # It follows now, and takes what there is for true.
    await until(leader.house.url)
    assert [one.stream.title for one in leader.house.catalogue.all()] == ["one"]
    assert [one.stream.title for one in follower.house.catalogue.all()] == ["one"]
    assert not follower.house.works


async def test_one_that_writes_what_nobody_can_read_changes_nothing(
    pair: Pair, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    leader, follower = (each.house for each in pair)
    leader.catalogue.succeeded("A", [found("one")], NOW)
    await until(follower.url)
    for written in (b"f1stream-catalogue 99 x 1\nx", b"\xff", b""):
        await redis.hset("{f1stream}:sources", "A", written)
        await redis.publish("{f1stream}:bell", '{"kind": "source", "name": "A"}')
    await redis.hset("{f1stream}:pictures", "a", b"\0")
    await redis.publish("{f1stream}:bell", '{"kind": "picture", "name": "a"}')
    await until(lambda: "run the same version everywhere" in caplog.text)
    assert follower.url()
    assert not follower.previews.ids()
    assert caplog.text.count("can't be read") == 1


async def test_one_that_leads_and_one_that_follows_hear_of_other_keys(
    server: RedisServer, tmp_path: Path
) -> None:
    one, two, three = (bytes([n] * 32) for n in range(3))
    links = Links([one]), Links([two])
    async with taking_part(server.url, House(tmp_path / "1"), links=links[0]) as leader:
        await until(lambda: leader.house.works)
        async with taking_part(server.url, House(tmp_path / "2"), links=links[1]) as follower:
            await until(lambda: not follower.replica.notes())
            # Its own one was never common: who plays with it goes on.
            assert [each.keys for each in links] == [(one,), (one, two)]
            assert await asyncio.to_thread(store.link_keys, tmp_path / "2") == [one, two]
            await announce_keys(server.url, [three, one], [])
            await until(lambda: [each.keys for each in links] == [(three, one)] * 2)
            await announce_keys(server.url, [two], [three, one])
            await until(lambda: [each.keys for each in links] == [(two,)] * 2)
            assert await asyncio.to_thread(store.link_keys, tmp_path / "2") == [two]


async def test_one_that_began_without_redis_takes_the_others_key_once_it_is_there(
    tmp_path: Path,
) -> None:
    common, own = bytes(32), b"1" * 32
    with redis_server(tmp_path) as server:
        server.kill()
        links = Links([own])
        async with taking_part(server.url, House(tmp_path / "1"), links=links) as late:
            await until(lambda: late.house.works)
            before = links.keys
            await server.restart()
            await announce_keys(server.url, [common], [])
            await until(lambda: not late.replica.notes())
            assert (before, links.keys) == ((own,), (common, own))
            assert await asyncio.to_thread(store.link_keys, tmp_path / "1") == [common, own]


async def test_its_part_is_known(pair: Pair) -> None:
    leader, follower = pair
    assert leader.replica.part() == Part(leads=True, connected=True)
    assert follower.replica.part() == Part(leads=False, connected=True)


async def test_with_a_wrong_password_it_works_by_itself_and_says_so(
    server: RedisServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with taking_part(server.with_password("no"), House(tmp_path)) as alone:
        await until(lambda: alone.house.works)
        await alone.replica.reread("A")
        await alone.replica.extract()
        assert alone.house.reads == ["A", "A"]
        [note] = alone.replica.notes()
        assert "127.0.0.1 lets nobody in" in note
        assert "it works for itself" in note
        assert alone.replica.part() == Part(leads=False, connected=False)
        # It goes on trying, and does not go on complaining.
        await asyncio.sleep(LEASE_S)
    assert caplog.text.count("lets nobody in") == 1


async def test_redis_gone_and_back(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        async with (
            taking_part(server.url, House(tmp_path / "1")) as leader,
            taking_part(server.url, House(tmp_path / "2"), lease_s=5) as follower,
        ):
            await until(lambda: leader.house.works + follower.house.works)
            if follower.house.works:
                leader, follower = follower, leader
            await until(lambda: not follower.replica.notes())
            leader.house.catalogue.succeeded("A", [found("one")], NOW)
            await until(follower.house.url)
            server.kill()
            await until(lambda: leader.replica.notes() and follower.replica.notes())
            # The one goes on, the other knows what it knew.
            assert (leader.house.works, follower.house.works) == (1, 0)
            assert follower.house.url().endswith("token=1")
            assert "it serves what was known last" in follower.replica.notes()[0]
            # A viewer whose token has ended is helped all the same, many by one reading.
            await asyncio.gather(*(follower.replica.reread("A") for _ in range(5)))
            assert follower.house.reads == ["A"]
            leader.house.catalogue.succeeded("A", [found("one", "http://a.example/new")], NOW)
            await server.restart()
            await until(lambda: not leader.replica.notes() and not follower.replica.notes())
            await until(
                lambda: leader.house.catalogue.snapshots() == follower.house.catalogue.snapshots()
            )
            assert leader.house.works + follower.house.works == 1


async def test_redis_that_hangs_is_as_good_as_gone_and_comes_back(tmp_path: Path) -> None:
    with redis_server(tmp_path) as server:
        async with taking_part(server.url, House(tmp_path / "1")) as leader:
            await until(lambda: leader.house.works)
            server.signalled(signal.SIGSTOP)
            await until(leader.replica.notes)
            assert "does not answer within 2 s" in leader.replica.notes()[0]
            assert leader.house.works == 1
            leader.house.catalogue.succeeded("A", [found("one")], NOW)
            server.signalled(signal.SIGCONT)
            await until(lambda: not leader.replica.notes())
            later = House(tmp_path / "2")
            async with taking_part(server.url, later):
                await until(later.url)


async def test_many_wishes_at_once_wait_for_their_turn(pair: Pair) -> None:
    leader, follower = pair
    await asyncio.gather(*(follower.replica.reread("A") for _ in range(50)))
    assert len(leader.house.reads) == 50
    assert follower.house.reads == []


async def test_one_that_follows_works_for_itself_when_redis_stays_away(tmp_path: Path) -> None:
    now_s = 0.0
    with redis_server(tmp_path) as server:
        async with taking_part(server.url, House(tmp_path / "1")) as leader:
            await until(lambda: leader.house.works)
            house = House(tmp_path / "2")
            async with opened(server.url, lease_s=LEASE_S) as state:
                replica = Replica(
                    state,
                    house.catalogue,
                    house.viewing,
                    house.previews,
                    house,
                    clock=lambda: now_s,
                )
                task = asyncio.create_task(replica.run(house.work))
                try:
                    await until(lambda: not replica.notes())
                    server.kill()
                    await until(replica.notes)
                    assert not house.works
                    now_s = 61.0
                    await until(lambda: house.works)
                finally:
                    task.cancel()
                    await asyncio.wait({task})
