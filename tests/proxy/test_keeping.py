"""What the store keeps, passes on, and fetches before anybody asks."""

from __future__ import annotations

import asyncio

from f1stream.errors import NotKept
from f1stream.models import Upstream
from f1stream.proxy.reuse import WASTED
from f1stream.proxy.segments import MOST_AHEAD, Segments
from tests.origin import Origin
from tests.origin.faults import Reset, StallInBody
from tests.proxy.viewing import MIB, a_store, noise, viewed

BODY = noise(100_000)


async def watched_alone(store: Segments, origin: Origin, count: int) -> list[str]:
    """So many bodies that one viewer sees once each; returns those that were not kept."""
    passed = []
    for number in range(count):
        url = origin.route(f"/alone/{number}", BODY)
        try:
            assert (await viewed(store, url)).got == BODY
        except NotKept:
            passed.append(f"/alone/{number}")
    return passed


async def test_one_viewer_alone_is_served_by_passing_on_after_a_while(origin: Origin) -> None:
    async with a_store(max_bytes=MIB) as store:
        passed = await watched_alone(store, origin, 3 * WASTED)
        assert passed
        assert all(origin.count(path) == 0 for path in passed)
        assert "Reuse does not pay" in repr(store)


async def test_with_a_second_viewer_everything_is_kept_again(origin: Origin) -> None:
    async with a_store(max_bytes=MIB) as store:
        last = (await watched_alone(store, origin, 3 * WASTED))[-1]
        assert (await viewed(store, origin.at(last))).got == BODY
        url = origin.route("/together", BODY)
        both = await asyncio.gather(viewed(store, url), viewed(store, url))
        assert [viewer.got for viewer in both] == [BODY, BODY]
        assert origin.count("/together") == 1


async def test_what_two_viewers_share_is_always_kept(origin: Origin) -> None:
    async with a_store(max_bytes=MIB) as store:
        for number in range(3 * WASTED):
            url = origin.route(f"/{number}", BODY)
            assert (await viewed(store, url)).got == BODY
            assert (await viewed(store, url)).got == BODY
            assert origin.count(f"/{number}") == 1


async def test_what_is_fetched_ahead_is_there_when_somebody_asks(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        store.prefetch(Upstream(url), "test")
        await origin.asked("/x")
        assert (await viewed(store, url)).got == BODY
        store.prefetch(Upstream(url), "test")
    assert origin.count("/x") == 1


async def test_a_viewer_alone_who_finds_it_fetched_ahead_has_it_kept(origin: Origin) -> None:
    async with a_store(max_bytes=MIB) as store:
        for number in range(3 * WASTED):
            url = origin.route(f"/{number}", BODY)
            store.prefetch(Upstream(url), "test")
            assert (await viewed(store, url)).got == BODY
            assert origin.count(f"/{number}") == 1


async def test_only_so_much_is_fetched_ahead_at_a_time(origin: Origin) -> None:
    origin.fault("/", StallInBody(1000))
    async with a_store() as store:
        for number in range(MOST_AHEAD + 2):
            store.prefetch(Upstream(origin.route(f"/{number}", BODY)), "test")
        await origin.asked(f"/{MOST_AHEAD - 1}")
        assert len(origin.requests) == MOST_AHEAD


async def test_what_fails_ahead_of_time_is_fetched_anew_when_somebody_asks(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", Reset(1000), times=1)
    async with a_store() as store:
        store.prefetch(Upstream(url), "test")
        while "0 held" not in repr(store):
            await asyncio.sleep(0.01)
        assert (await viewed(store, url)).got == BODY
    assert origin.count("/x") == 2


async def test_nothing_is_fetched_ahead_that_would_not_be_kept(origin: Origin) -> None:
    async with a_store(max_bytes=MIB) as store:
        await watched_alone(store, origin, 3 * WASTED)
        store.prefetch(Upstream(origin.route("/x", BODY)), "test")
        await asyncio.sleep(0)
    assert origin.count("/x") == 0


async def test_a_body_too_large_to_be_kept_is_not_fetched_ahead_twice(origin: Origin) -> None:
    url = origin.route("/x", noise(2 * MIB))
    async with a_store(max_bytes=MIB) as store:
        store.prefetch(Upstream(url), "test")
        while "0 held" not in repr(store):
            await asyncio.sleep(0.01)
        store.prefetch(Upstream(url), "test")
        await asyncio.sleep(0)
    assert origin.count("/x") == 1
