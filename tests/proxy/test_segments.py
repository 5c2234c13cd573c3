"""The store at a real origin: who shares a fetch, what is kept, and what a broken one leaves."""

from __future__ import annotations

import asyncio
import gzip
import itertools
from dataclasses import dataclass

import pytest
from multidict import CIMultiDict

from f1stream.errors import (
    RangeNotSatisfiable,
    TooLarge,
    Truncated,
    UpstreamDown,
    UpstreamError,
    UpstreamSlow,
    UpstreamStatus,
)
from f1stream.proxy.reuse import WASTED
from f1stream.proxy.segments import Segments
from tests.origin import Exchange, Fault, ManualClock, Origin, Response
from tests.origin.faults import (
    BrokenChunk,
    Overlong,
    Redirect,
    Reset,
    SlowBody,
    StallInBody,
    Status,
    Truncate,
)
from tests.proxy.viewing import IDLE_S, MIB, ByHand, Viewer, a_store, noise, viewed

BODY = noise(300_000)
DATE = "Mon, 02 Nov 2026 12:00:00 GMT"
LATER = "Tue, 03 Nov 2026 12:00:00 GMT"


# One fetch


@pytest.mark.parametrize("viewers", [2, 200])
async def test_viewers_at_once_are_one_request(origin: Origin, viewers: int) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        everybody = await asyncio.gather(*(viewed(store, url) for _ in range(viewers)))
        assert all(viewer.got == BODY for viewer in everybody)
        assert all(viewer.head and viewer.head.length_bytes == len(BODY) for viewer in everybody)
    assert origin.count("/x") == 1


async def test_a_viewer_who_joins_gets_what_is_here_and_then_the_rest(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", by_hand := ByHand())
    async with a_store() as store:
        first = Viewer(store, url)
        sending = await by_hand.sending()
        sending.send(100_000)
        await first.has(100_000)
        second = Viewer(store, url)
        await second.has(100_000)
        assert not first.ended
        sending.send(1)
        await first.has(100_001)
        await second.has(100_001)
        sending.finish()
        assert (await first.done()).got == (await second.done()).got == BODY
    assert origin.count("/x") == 1


async def test_bytes_reach_a_viewer_long_before_a_slow_fetch_ends(origin: Origin) -> None:
    url = origin.route("/x", BODY[:10_000])
    origin.fault("/x", SlowBody(chunk_bytes=1000, interval_s=IDLE_S / 4))
    async with a_store() as store:
        viewers = [Viewer(store, url) for _ in range(3)]
        for viewer in viewers:
            await viewer.has(1)
        assert all(len(viewer.got) < 5000 for viewer in viewers)
        for viewer in viewers:
            assert (await viewer.done()).got == BODY[:10_000]
    assert origin.count("/x") == 1


async def test_a_later_viewer_is_served_without_a_request(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        for _ in range(20):
            viewer = await viewed(store, url)
            assert viewer.status == 200
            assert viewer.got == BODY
        assert store.holds("test", url)
    assert origin.count("/x") == 1


async def test_what_is_fetched_for_one_stream_is_not_another_s(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        await viewed(store, url, "one")
        await viewed(store, url, "other")
        assert not store.holds("third", url)
    assert origin.count("/x") == 2


async def test_urls_that_differ_in_their_query_are_different(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        await viewed(store, url + "?a=1")
        await viewed(store, url + "?a=2")
    assert [request.target for request in origin.requests] == ["/x?a=1", "/x?a=2"]


async def test_an_empty_body_is_shared_too(origin: Origin) -> None:
    url = origin.route("/x", b"")
    async with a_store() as store:
        for _ in range(2):
            viewer = await viewed(store, url)
            assert viewer.got == b""
            assert viewer.head
            assert viewer.head.length_bytes == 0
    assert origin.count("/x") == 1


async def test_what_an_upstream_sends_beyond_its_length_is_dropped(origin: Origin) -> None:
    url, other = origin.route("/x", BODY), origin.route("/other", BODY[:5000])
    origin.fault("/x", Overlong(1000))
    async with a_store() as store:
        for _ in range(2):
            assert (await viewed(store, url)).got == BODY
        assert (await viewed(store, other)).got == BODY[:5000]
    assert origin.count("/x") == 1


# How long it is kept


@pytest.mark.parametrize(
    "headers",
    [
        {"Cache-Control": "no-store"},
        {"Cache-Control": "private, max-age=60"},
        {"Cache-Control": "no-cache"},
        {"Cache-Control": "max-age=0"},
        {"Vary": "*"},
        {"Vary": "Cookie"},
        {"Date": DATE, "Expires": DATE},
        CIMultiDict([("Cache-Control", "max-age=60"), ("Cache-Control", "no-store")]),
        CIMultiDict([("Vary", "Origin"), ("Vary", "Cookie")]),
    ],
    ids=lambda headers: " · ".join(f"{name}: {value}" for name, value in headers.items()),
)
async def test_what_may_not_be_kept_is_shared_while_it_is_on_its_way(
    origin: Origin, headers: dict[str, str]
) -> None:
    url = origin.route("/x", BODY, headers=headers)
    origin.fault("/x", by_hand := ByHand(), times=1)
    async with a_store() as store:
        first = Viewer(store, url)
        (sending := await by_hand.sending()).send(100_000)
        await first.has(100_000)
        second = Viewer(store, url)
        await second.has(100_000)
        sending.finish()
        assert (await first.done()).got == (await second.done()).got == BODY
        assert origin.count("/x") == 1
        assert not store.holds("test", url)
        assert (await viewed(store, url)).got == BODY
        assert origin.count("/x") == 2
        assert held_bytes(store) == 0


async def test_what_may_not_be_kept_is_not_given_to_who_comes_after_its_last_byte(
    origin: Origin,
) -> None:
    url = origin.route("/x", BODY, headers={"Cache-Control": "no-store"})
    async with a_store() as store:
        slow = Viewer(store, url)
        slow.hold = True
        await viewed(store, url)
        await asyncio.sleep(0.05)
        assert origin.count("/x") == 1
        assert (await viewed(store, url)).got == BODY
        assert origin.count("/x") == 2
        slow.run()
        assert (await slow.done()).got == BODY


@pytest.mark.parametrize(
    ("headers", "fresh_s", "stale_s"),
    [
        ({"Cache-Control": "max-age=10"}, 9.9, 10.1),
        ({"Cache-Control": "max-age=10", "Age": "4"}, 5.9, 6.1),
        ({"Cache-Control": "max-age=10, s-maxage=20"}, 19.9, 20.1),
        ({"Date": DATE, "Expires": LATER}, 24 * 3600 - 1, 24 * 3600 + 1),
        ({}, 59, 61),
    ],
)
async def test_it_is_kept_as_long_as_it_is_fresh(
    origin: Origin, headers: dict[str, str], fresh_s: float, stale_s: float
) -> None:
    url = origin.route("/x", BODY, headers=headers)
    clock = ManualClock(1000.0)
    async with a_store(clock=clock) as store:
        await viewed(store, url)
        clock.now_s = 1000 + fresh_s
        await viewed(store, url)
        assert store.holds("test", url)
        assert origin.count("/x") == 1
        clock.now_s = 1000 + stale_s
        assert not store.holds("test", url)
        new = origin.route("/x", BODY[::-1], headers=headers)
        assert (await viewed(store, new)).got == BODY[::-1]
        assert origin.count("/x") == 2


async def test_its_age_is_told(origin: Origin) -> None:
    url = origin.route("/x", BODY, headers={"Cache-Control": "max-age=100", "Age": "5"})
    clock = ManualClock(1000.0)
    async with a_store(clock=clock) as store:
        assert (await viewed(store, url)).headers["Age"] == "5"
        clock.now_s += 12.9
        assert (await viewed(store, url)).headers["Age"] == "17"
        assert (await viewed(store, url, Range="bytes=0-9")).headers["Age"] == "17"


async def test_a_viewer_of_what_has_expired_reads_on(origin: Origin) -> None:
    url = origin.route("/x", BODY, headers={"Cache-Control": "max-age=10"})
    clock = ManualClock()
    async with a_store(clock=clock) as store:
        await viewed(store, url)
        slow = Viewer(store, url)
        slow.hold = True
        await asyncio.sleep(0.01)
        clock.now_s = 11
        for _ in range(3):
            other = origin.route("/x", BODY[::-1], headers={"Cache-Control": "max-age=10"})
            assert (await viewed(store, other)).got == BODY[::-1]
        slow.run()
        assert (await slow.done()).got == BODY
        assert origin.count("/x") == 2


# Viewers who leave


@pytest.mark.parametrize("after_bytes", [None, 0, 1000, 200_000])
async def test_a_fetch_that_nobody_waits_for_any_more_is_ended(
    origin: Origin, after_bytes: int | None
) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", by_hand := ByHand(), times=1)
    async with a_store(idle_s=5) as store:
        viewers = [Viewer(store, url) for _ in range(3)]
        sending = await by_hand.sending()
        if after_bytes is not None:
            sending.send(after_bytes)
            for viewer in viewers:
                await viewer.has(after_bytes)
        for viewer in viewers:
            await viewer.leave()
        await origin.gone("/x", timeout_s=1)
        assert held_bytes(store) == 0
        assert (await viewed(store, url)).got == BODY
    assert origin.count("/x") == 2


async def test_one_of_several_viewers_leaving_ends_nothing(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", by_hand := ByHand())
    async with a_store() as store:
        first, second = Viewer(store, url), Viewer(store, url)
        sending = await by_hand.sending()
        sending.send(1000)
        await first.has(1000)
        await first.leave()
        third = Viewer(store, url)
        sending.finish()
        assert (await second.done()).got == (await third.done()).got == BODY
    assert origin.disconnects == []
    assert origin.count("/x") == 1


async def test_a_viewer_who_leaves_and_one_who_comes_in_the_same_turn(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        for turns in range(40):
            leaving = Viewer(store, url + f"?{turns}")
            for _ in range(turns):
                await asyncio.sleep(0)
            leaving.task.cancel()
            coming = Viewer(store, url + f"?{turns}")
            assert (await coming.done()).got == BODY, turns


async def test_closing_ends_the_fetches_under_way(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", StallInBody(1000))
    async with a_store(idle_s=5) as store:
        viewer = Viewer(store, url)
        await viewer.has(1000)
    await viewer.done()
    assert isinstance(viewer.error, UpstreamDown)
    await origin.gone("/x", timeout_s=1)


# Bodies that break off


@pytest.mark.parametrize("viewers", [1, 3])
@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Truncate(200_000), Truncated),
        (Reset(after_bytes=200_000), (Truncated, UpstreamDown)),
        (StallInBody(200_000), UpstreamSlow),
    ],
    ids=str,
)
async def test_a_body_that_breaks_off_ends_for_all_after_what_came(
    origin: Origin, fault: Fault, error: type[UpstreamError], viewers: int
) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", fault, times=1)
    async with a_store() as store:
        everybody = [Viewer(store, url) for _ in range(viewers)]
        for viewer in everybody:
            await viewer.done()
            assert isinstance(viewer.error, error)
            assert viewer.got == BODY[:200_000]
        assert origin.count("/x") == 1
        assert held_bytes(store) == 0
        assert (await viewed(store, url)).got == BODY
        assert origin.count("/x") == 2


async def test_who_joined_late_still_gets_all_that_came_before_the_end(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", by_hand := ByHand(), times=1)
    async with a_store() as store:
        quick, slow = Viewer(store, url), Viewer(store, url)
        slow.hold = True
        (sending := await by_hand.sending()).send(100_000)
        await quick.has(100_000)
        sending.send(50_000)
        await quick.has(150_000)
        sending.break_off()
        await quick.done()
        assert isinstance(quick.error, Truncated)
        # The broken body is no longer offered, but who reads from it may do so to its end.
        assert (await viewed(store, url)).got == BODY
        slow.run()
        await slow.done()
        assert isinstance(slow.error, Truncated)
        assert quick.got == slow.got == BODY[:150_000]


@pytest.mark.parametrize("after_bytes", [0, 1000, 200_000])
async def test_a_chunk_that_is_none_ends_the_body_in_time(origin: Origin, after_bytes: int) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", BrokenChunk(after_bytes), times=1)
    async with a_store() as store:
        async with asyncio.timeout(10 * IDLE_S):
            with pytest.raises(UpstreamError):
                await viewed(store, url)
        assert (await viewed(store, url)).got == BODY


@pytest.mark.parametrize("fault", [Reset(), Truncate(0), Reset(after_bytes=0)], ids=str)
async def test_what_breaks_before_its_first_byte_is_tried_once_more(
    origin: Origin, fault: Fault
) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", fault, times=1)
    async with a_store() as store:
        everybody = await asyncio.gather(*(viewed(store, url) for _ in range(3)))
        assert all(viewer.got == BODY for viewer in everybody)
    assert origin.count("/x") == 2


@pytest.mark.parametrize("fault", [Reset(), Truncate(0)], ids=str)
async def test_and_no_more_than_once(origin: Origin, fault: Fault) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", fault)
    async with a_store() as store:
        with pytest.raises((Truncated, UpstreamDown)):
            await viewed(store, url)
        assert origin.count("/x") == 2
        assert held_bytes(store) == 0


async def test_a_stall_before_the_first_byte_is_not_tried_again(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", StallInBody(0))
    async with a_store() as store:
        with pytest.raises(UpstreamSlow):
            await viewed(store, url)
    assert origin.count("/x") == 1


async def test_redirects_without_end_are_not_tried_again(origin: Origin) -> None:
    origin.fault("/x", Redirect("/x"))
    async with a_store() as store:
        with pytest.raises(UpstreamDown, match="redirects"):
            await viewed(store, origin.at("/x"))
    assert origin.count("/x") == 6


@pytest.mark.parametrize(("status", "told"), [(404, 404), (403, 403), (410, 410), (500, 502)])
async def test_a_refusal_is_shared_and_not_kept(origin: Origin, status: int, told: int) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", Status(status), times=1)
    async with a_store() as store:
        everybody = [Viewer(store, url) for _ in range(3)]
        for viewer in everybody:
            await viewer.done()
            assert isinstance(viewer.error, UpstreamStatus)
            assert viewer.error.status == told
            assert viewer.error.upstream_status == status
        assert origin.count("/x") == 1
        assert (await viewed(store, url)).got == BODY


# The budget


async def test_the_least_recently_used_go_first(origin: Origin) -> None:
    urls = [origin.route(f"/{name}", noise(MIB, name)) for name in range(5)]
    async with a_store(max_bytes=4 * MIB) as store:
        for url in urls[:4]:
            await viewed(store, url)
        assert all(store.holds("test", url) for url in urls[:4])
        await viewed(store, urls[0])
        await viewed(store, urls[4])
        held = [store.holds("test", url) for url in urls]
        assert held == [True, False, True, True, True]
        assert held_bytes(store) == 4 * MIB


async def test_a_body_that_is_being_read_stays_as_it_is_while_others_come_and_go(
    origin: Origin,
) -> None:
    url = origin.route("/x", BODY)
    async with a_store(max_bytes=2 * MIB) as store:
        await viewed(store, url)
        slow, by_range = Viewer(store, url), Viewer(store, url, Range="bytes=1000-1999")
        slow.hold = by_range.hold = True
        await asyncio.sleep(0.01)
        for number in range(WASTED - 1):
            other = origin.route(f"/{number}", noise(400_000, number))
            assert (await viewed(store, other)).got == noise(400_000, number)
            assert store._buffers.lent_bytes <= 2 * MIB
        slow.run()
        by_range.run()
        assert (await slow.done()).got == BODY
        assert (await by_range.done()).got == BODY[1000:2000]
        assert origin.count("/x") == 1


async def test_a_body_on_its_way_stays_while_others_come_and_go(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", by_hand := ByHand())
    async with a_store(max_bytes=2 * MIB, idle_s=5) as store:
        viewer = Viewer(store, url)
        (sending := await by_hand.sending()).send(1000)
        await viewer.has(1000)
        for number in range(WASTED - 1):
            other = origin.route(f"/{number}", noise(400_000, number))
            assert (await viewed(store, other)).got == noise(400_000, number)
            sending.send(1000)
        sending.finish()
        assert (await viewer.done()).got == BODY


@pytest.mark.parametrize("encoding", [None, "identity"])
async def test_a_body_larger_than_half_the_budget_is_refused_and_remembered(
    origin: Origin, encoding: str | None
) -> None:
    headers = {"Content-Encoding": encoding} if encoding else {}
    url = origin.route("/x", bytes(3 * MIB), headers=headers)
    small = origin.route("/small", BODY)
    async with a_store(max_bytes=2 * MIB) as store:
        await viewed(store, small)
        for _ in range(3):
            with pytest.raises(TooLarge):
                await viewed(store, url)
        assert store.holds("test", small)
    assert origin.count("/x") == 1


async def test_a_body_of_just_half_the_budget_is_kept(origin: Origin) -> None:
    url, other = origin.route("/x", bytes(MIB)), origin.route("/other", bytes(MIB + 1))
    async with a_store(max_bytes=2 * MIB) as store:
        await viewed(store, url)
        assert store.holds("test", url)
        with pytest.raises(TooLarge):
            await viewed(store, other)


async def test_a_body_that_found_no_room_for_once_is_not_remembered_as_too_large(
    origin: Origin,
) -> None:
    urls = [origin.route(f"/{name}", noise(MIB, name)) for name in range(3)]
    async with a_store(max_bytes=2 * MIB) as store:
        slow = [Viewer(store, url) for url in urls[:2]]
        for viewer in slow:
            viewer.hold = True
        await asyncio.sleep(0.1)
        with pytest.raises(TooLarge):
            await viewed(store, urls[2])
        for viewer in slow:
            viewer.run()
            await viewer.done()
        assert (await viewed(store, urls[2])).got == noise(MIB, 2)
        assert store.holds("test", urls[2])


@pytest.mark.parametrize("size_bytes", [0, 1, 256 * 1024, 256 * 1024 + 1, 1_500_000])
async def test_a_chunked_body_is_shared_and_kept(origin: Origin, size_bytes: int) -> None:
    body = noise(size_bytes)
    url = origin.route("/x", body)
    origin.fault("/x", by_hand := ByHand(chunked=True))
    async with a_store() as store:
        first = Viewer(store, url)
        (sending := await by_hand.sending()).send(size_bytes // 2)
        await first.has(size_bytes // 2)
        second = Viewer(store, url)
        await second.has(size_bytes // 2)
        sending.finish()
        assert (await first.done()).got == (await second.done()).got == body
        assert second.head
        assert second.head.length_bytes is None or size_bytes < 2
        third = await viewed(store, url)
        assert third.got == body
        assert third.head
        assert third.head.length_bytes == size_bytes
    assert origin.count("/x") == 1


async def test_a_body_outgrows_its_memory_beneath_its_viewers(origin: Origin) -> None:
    body = noise(3_000_000)
    url = origin.route("/x", body)
    origin.fault("/x", by_hand := ByHand(chunked=True))
    async with a_store() as store:
        slow, quick = Viewer(store, url), Viewer(store, url)
        slow.hold = True
        sending = await by_hand.sending()
        for sent in range(0, 3_000_000, 100_000):
            sending.send(100_000)
            await quick.has(sent + 100_000)
            # What was outgrown is not lent to others while somebody looks at it.
            other = origin.route(f"/{sent}", noise(200_000, sent))
            assert (await viewed(store, other)).got == noise(200_000, sent)
            if sent % 400_000 == 300_000:
                slow.go()
        sending.finish()
        assert (await quick.done()).got == body
        slow.run()
        assert (await slow.done()).got == body


async def test_a_chunked_body_makes_room_for_itself(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", by_hand := ByHand(chunked=True))
    async with a_store(max_bytes=4 * MIB) as store:
        for name in range(4):
            await viewed(store, origin.route(f"/{name}", noise(MIB, name)))
        viewer = Viewer(store, url)
        (await by_hand.sending()).finish()
        await viewer.done()
        assert viewer.error is None
        assert viewer.got == BODY
        assert store.holds("test", url)


async def test_a_body_without_end_is_cut_at_the_budget(origin: Origin) -> None:
    url = origin.route("/x", bytes(100_000))
    origin.fault("/x", by_hand := ByHand(chunked=True))
    async with a_store(max_bytes=2 * MIB) as store:
        viewer = Viewer(store, url)
        sending = await by_hand.sending()
        sending.head()
        for _ in range(100):
            sending.exchange.send(b"%x\r\n%b\r\n" % (100_000, bytes(100_000)))
            await asyncio.sleep(0)
            assert store._buffers.lent_bytes <= 2 * MIB
        await viewer.done()
        assert isinstance(viewer.error, TooLarge)
        await origin.gone("/x", timeout_s=1)
        assert held_bytes(store) == 0


async def test_a_compressed_body_is_shared_decoded(origin: Origin) -> None:
    headers = {"Content-Encoding": "gzip", "ETag": '"of the compressed"'}
    url = origin.route("/x", gzip.compress(BODY), headers=headers)
    async with a_store() as store:
        for _ in range(2):
            viewer = await viewed(store, url)
            assert viewer.got == BODY
            assert "Content-Encoding" not in viewer.headers
            assert "ETag" not in viewer.headers
        assert (await viewed(store, url, Range="bytes=5-9")).got == BODY[5:10]
    assert origin.count("/x") == 1
    assert origin.requests[0].headers["Accept-Encoding"] == "identity"


# Ranges

RANGES = [
    ("bytes=0-9", 0, 10),
    ("bytes=0-0", 0, 1),
    ("bytes=100-", 100, 300_000),
    ("bytes=0-", 0, 300_000),
    ("bytes=-188", 299_812, 300_000),
    ("bytes=-999999", 0, 300_000),
    ("bytes=299999-299999", 299_999, 300_000),
    ("bytes=5-999999", 5, 300_000),
]


@pytest.mark.parametrize(("asked", "start", "stop"), RANGES)
async def test_a_part_of_a_whole_that_is_here(
    origin: Origin, asked: str, start: int, stop: int
) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        await viewed(store, url)
        assert_is_part(await viewed(store, url, Range=asked), start, stop)
    assert origin.count("/x") == 1


@pytest.mark.parametrize(("asked", "start", "stop"), RANGES)
async def test_a_part_of_a_whole_that_is_on_its_way(
    origin: Origin, asked: str, start: int, stop: int
) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", by_hand := ByHand())
    async with a_store() as store:
        whole = Viewer(store, url)
        (sending := await by_hand.sending()).send(1000)
        await whole.has(1000)
        part = Viewer(store, url, Range=asked)
        await part.has(max(0, min(stop, 1000) - start))
        assert part.got == BODY[start : min(stop, 1000)]
        sending.finish()
        assert_is_part(await part.done(), start, stop)
        assert (await whole.done()).got == BODY
    assert origin.count("/x") == 1


async def test_a_part_that_has_come_ends_before_the_whole_does(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", by_hand := ByHand())
    async with a_store(idle_s=5) as store:
        whole = Viewer(store, url)
        (sending := await by_hand.sending()).send(1000)
        await whole.has(1000)
        assert_is_part(await viewed(store, url, Range="bytes=500-999"), 500, 1000)
        part = Viewer(store, url, Range="bytes=500-1000")
        await part.has(500)
        assert not part.ended
        sending.break_off()
        await part.done()
        assert isinstance(part.error, Truncated)
        assert part.got == BODY[500:1000]


@pytest.mark.parametrize(("asked", "start", "stop"), RANGES)
async def test_a_part_alone_is_asked_for_alone(
    origin: Origin, asked: str, start: int, stop: int
) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        everybody = await asyncio.gather(*(viewed(store, url, Range=asked) for _ in range(5)))
        for viewer in everybody:
            assert_is_part(viewer, start, stop)
        assert_is_part(await viewed(store, url, Range=asked), start, stop)
        assert store.holds("test", url) == (asked == "bytes=0-")
    assert origin.count("/x") == 1
    assert origin.requests[0].headers.get("Range") == (asked if asked != "bytes=0-" else None)


async def test_parts_that_differ_are_fetched_apart(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        for _ in range(2):
            assert_is_part(await viewed(store, url, Range="bytes=0-99"), 0, 100)
            assert_is_part(await viewed(store, url, Range="bytes=100-199"), 100, 200)
        assert (await viewed(store, url)).got == BODY
        assert_is_part(await viewed(store, url, Range="bytes=150-249"), 150, 250)
    asked = [request.headers.get("Range") for request in origin.requests]
    assert asked == ["bytes=0-99", "bytes=100-199", None]


@dataclass(frozen=True, slots=True)
class IgnoresRanges:
    """Answers with the whole, whatever part was asked for."""

    body: bytes = BODY

    async def answer(self, exchange: Exchange) -> bool:
        exchange.complete(Response(self.body, 200, CIMultiDict(ETag='"v1"')))
        return True


async def test_an_upstream_that_knows_no_ranges_still_serves_the_part(
    origin: Origin,
) -> None:
    url = origin.at("/x")
    origin.fault("/x", IgnoresRanges())
    async with a_store() as store:
        parts = [Viewer(store, url, Range="bytes=1000-1999") for _ in range(3)]
        for part in parts:
            assert_is_part(await part.done(), 1000, 2000)
        assert origin.count("/x") == 1
        assert origin.requests[0].headers["Range"] == "bytes=1000-1999"


async def test_the_whole_that_came_for_a_part_is_kept(origin: Origin) -> None:
    url = origin.at("/x")
    origin.fault("/x", IgnoresRanges())
    async with a_store() as store:
        assert_is_part(await viewed(store, url, Range="bytes=299000-"), 299_000, 300_000)
        assert (await viewed(store, url)).got == BODY
        assert_is_part(await viewed(store, url, Range="bytes=0-9"), 0, 10)
    assert origin.count("/x") == 1


async def test_parts_in_flight_of_which_each_turns_out_to_be_the_whole(origin: Origin) -> None:
    url = origin.at("/x")
    origin.fault("/x", IgnoresRanges())
    async with a_store() as store:
        starts = range(0, 300_000, 50_000)
        parts = [Viewer(store, url, Range=f"bytes={start}-{start + 999}") for start in starts]
        for start, part in zip(starts, parts, strict=True):
            assert_is_part(await part.done(), start, start + 1000)
        assert (await viewed(store, url)).got == BODY
        assert held_bytes(store) <= 320 * 1024


@pytest.mark.parametrize("asked", ["bytes=300000-", "bytes=-0", "bytes=999999-1000000"])
@pytest.mark.parametrize("here", [True, False])
async def test_a_part_that_is_not_there(origin: Origin, asked: str, here: bool) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        if here:
            await viewed(store, url)
        with pytest.raises(RangeNotSatisfiable) as failure:
            await viewed(store, url, Range=asked)
        assert failure.value.headers == {"Content-Range": "bytes */300000"}
        # The whole that is here stays, and a part that is nowhere is not kept.
        assert store.holds("test", url) == here
        assert (await viewed(store, url)).got == BODY


@pytest.mark.parametrize("size", ["", "*", "x", "9" * 5000])
async def test_a_416_that_tells_no_size(origin: Origin, size: str) -> None:
    url = origin.route("/x", b"", status=416, headers={"Content-Range": f"bytes */{size}"})
    async with a_store() as store:
        with pytest.raises(RangeNotSatisfiable):
            await viewed(store, url, Range="bytes=5-")


@pytest.mark.parametrize("asked", ["bytes=0-1,5-6", "lines=1-2", "bytes=9-1", "bytes=-", "x"])
async def test_a_range_that_is_none_is_the_whole(origin: Origin, asked: str) -> None:
    url = origin.route("/x", BODY)
    async with a_store() as store:
        viewer = await viewed(store, url, Range=asked)
        assert viewer.status == 200
        assert viewer.got == BODY
    assert "Range" not in origin.requests[0].headers


# Validators

VALIDATED = {"ETag": '"v1"', "Last-Modified": DATE}


@pytest.mark.parametrize("here", [True, False], ids=["here", "absent"])
@pytest.mark.parametrize(
    ("condition", "status"),
    [('"v1"', 206), (DATE, 206), ('"v0"', 200), ('W/"v1"', 200), (LATER, 200), ("x", 200)],
)
async def test_if_range(origin: Origin, condition: str, status: int, here: bool) -> None:
    url = origin.route("/x", BODY, headers=VALIDATED)
    async with a_store() as store:
        if here:
            await viewed(store, url)
        viewer = await viewed(store, url, Range="bytes=5-9", If_Range=condition)
        assert viewer.status == status
        assert viewer.got == (BODY[5:10] if status == 206 else BODY)


async def test_a_part_of_an_older_version_is_not_given_for_the_newer(origin: Origin) -> None:
    url = origin.route("/x", BODY, headers={"ETag": '"v1"'})
    async with a_store() as store:
        await viewed(store, url, Range="bytes=5-9")
        origin.route("/x", BODY[::-1], headers={"ETag": '"v2"'})
        viewer = await viewed(store, url, Range="bytes=5-9", If_Range='"v2"')
        body = BODY if viewer.headers["ETag"] == '"v1"' else BODY[::-1]
        assert viewer.got == (body[5:10] if viewer.status == 206 else body)
        assert viewer.status == 200 or viewer.headers["ETag"] == '"v2"'


@pytest.mark.parametrize("here", [True, False], ids=["here", "absent"])
@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"If_None_Match": '"v1"'}, 304),
        ({"If_None_Match": 'W/"v1"'}, 304),
        ({"If_None_Match": '"v0", "v1"'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"v0"'}, 200),
        ({"If_Modified_Since": DATE}, 304),
        ({"If_Modified_Since": "Mon, 01 Jan 2024 00:00:00 GMT"}, 200),
        ({"If_None_Match": '"v0"', "If_Modified_Since": DATE}, 200),
    ],
)
async def test_a_copy_that_is_still_good(
    origin: Origin, asked: dict[str, str], status: int, here: bool
) -> None:
    url = origin.route("/x", BODY, headers=VALIDATED)
    async with a_store() as store:
        if here:
            await viewed(store, url)
        viewer = await viewed(store, url, **asked)
        assert viewer.status == status
        assert viewer.got == (BODY if status == 200 else b"")
        assert viewer.headers["ETag"] == '"v1"'
        # And the next one gets all of it.
        assert (await viewed(store, url)).got == BODY


async def test_every_order_of_leaving_and_ending(origin: Origin) -> None:
    url = origin.route("/x", BODY)
    origin.fault("/x", by_hand := ByHand())
    async with a_store(max_bytes=2 * MIB) as store:
        for number, order in enumerate(itertools.permutations(["leave", "end", "join", "run"])):
            viewer = Viewer(store, f"{url}?{number}")
            viewer.hold = True
            (sending := await by_hand.sending(len(by_hand.sendings))).send(1000)
            await asyncio.sleep(0.005)
            joined = [viewer]
            for step in order:
                if step == "leave":
                    viewer.task.cancel()
                elif step == "join":
                    joined.append(Viewer(store, f"{url}?{number}"))
                elif step == "run":
                    viewer.run()
                else:
                    sending.finish()
                await asyncio.sleep(0.002)
            async with asyncio.timeout(5):
                while not all(each.task.done() for each in joined):
                    for again in by_hand.sendings:
                        if not again.end.done():
                            again.finish()
                    await asyncio.sleep(0.002)
            assert joined[1].got == BODY, order
            assert BODY.startswith(viewer.got)


def assert_is_part(viewer: Viewer, start: int, stop: int) -> None:
    assert viewer.error is None
    assert viewer.status == 206
    assert viewer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(BODY)}"
    assert viewer.head
    assert viewer.head.length_bytes == stop - start
    assert viewer.got == BODY[start:stop]


def held_bytes(store: Segments) -> int:
    return store._buffers.lent_bytes
