"""Low-latency HLS through the proxy: what is waited for, by how many, and what upstream sees."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urljoin

import pytest

from f1stream.hls.delta import applied
from f1stream.hls.directives import Directives
from f1stream.hls.playlist import Media, Segment, read
from f1stream.hls.progress import progress
from tests.conftest import House, OpenHouse
from tests.origin import PLAIN, LowLatency, ManualClock, Offers, Origin, Tracks
from tests.origin.cmaf import PART_S
from tests.origin.faults import Reset, Status
from tests.origin.fixtures import tracks
from tests.origin.partial import LOW_LATENCY

__all__ = ["tracks"]

MEDIA = "/ll/low/index.m3u8"
WAITING = 200


class Evening:
    """A low-latency stream and a f1stream in front of it, with the stream's time in hand."""

    def __init__(self, origin: Origin, house: House, clock: ManualClock) -> None:
        self.origin = origin
        self.house = house
        self.clock = clock
        self.media = ""

    def part(self, count: float) -> None:
        """So many parts have been produced since the beginning."""
        self.clock.now_s = count * PART_S

    async def get(self, beside: str = "", *, status: int = 200) -> bytes:
        """The media playlist, with more beside its link."""
        response = await self.house.client.get(self.media + beside)
        body = await response.read()
        assert response.status == status, body
        return body

    async def next(self) -> Directives:
        """What a player would wait for now."""
        reached = progress(await self.get())
        assert reached is not None
        return Directives(reached.last_msn + 1, reached.open_parts)

    def asked(self, directives: Directives) -> int:
        """How often upstream was asked to wait for that."""
        msn, part = str(directives.msn), str(directives.part)
        asked = [request.query for request in self.origin.requests if request.path == MEDIA]
        return sum(
            query.get("_HLS_msn") == msn and query.get("_HLS_part") == part for query in asked
        )


@asynccontextmanager
async def evening(
    origin: Origin, house: OpenHouse, tracks: Tracks, offers: Offers = LOW_LATENCY
) -> AsyncIterator[Evening]:
    clock = ManualClock()
    live = LowLatency(tracks, clock=clock, offers=offers)
    opened = await house(live.mount(origin))
    found = Evening(origin, opened, clock)
    play_url = await opened.play_url()
    master = await (await opened.client.get(play_url)).text()
    low = next(line for line in master.splitlines() if line.startswith("proxy?"))
    found.media = urljoin(play_url, low)
    yield found


def segments(playlist: bytes | None) -> tuple[Segment, ...]:
    assert playlist is not None
    said = read(playlist, "http://127.0.0.1/")
    assert isinstance(said, Media)
    assert said.segments
    return said.segments


async def settled(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


async def test_two_hundred_viewers_who_wait_are_one_request_upstream(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks) as night:
        awaited = await night.next()
        waiting = [asyncio.create_task(night.get(f"&{awaited.query}")) for _ in range(WAITING)]
        await settled(lambda: night.asked(awaited) > 0)
        await asyncio.sleep(0.1)
        assert not any(task.done() for task in waiting)
        night.part(1)
        answers = set(await asyncio.gather(*waiting))
        assert night.asked(awaited) == 1
    assert len(answers) == 1
    reached = progress(answers.pop())
    assert reached is not None
    assert reached.has(awaited)


async def test_what_has_come_already_is_answered_from_memory(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks) as night:
        awaited = await night.next()
        before = Directives(awaited.msn and awaited.msn - 2)
        asked = len(origin.requests)
        await night.get(f"&{before.query}")
        assert len(origin.requests) == asked


async def test_a_viewer_who_waits_and_leaves_ends_the_waiting_upstream(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks) as night:
        awaited = await night.next()
        waiting = asyncio.create_task(night.get(f"&{awaited.query}"))
        await settled(lambda: night.asked(awaited) > 0)
        waiting.cancel()
        await origin.gone(MEDIA)


async def test_what_is_too_far_ahead_is_refused_without_asking_upstream(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks) as night:
        awaited = await night.next()
        asked = len(origin.requests)
        far = Directives((awaited.msn or 0) + 100)
        assert b"further ahead" in await night.get(f"&{far.query}", status=400)
        assert len(origin.requests) == asked


@pytest.mark.parametrize("beside", ["_HLS_part=1", "_HLS_msn=x", "_HLS_msn=-1", "_HLS_skip=maybe"])
async def test_directives_that_mean_nothing_are_refused(
    origin: Origin, house: OpenHouse, tracks: Tracks, beside: str
) -> None:
    async with evening(origin, house, tracks) as night:
        await night.get(f"&{beside}", status=400)


async def test_directives_do_not_reach_an_upstream_that_can_not_wait(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks, PLAIN) as night:
        whole = await night.get()
        assert await night.get("&_HLS_msn=3&_HLS_skip=YES") == whole
        assert b"SERVER-CONTROL" not in whole
        assert b"PART" not in whole
    assert not any("_HLS_msn" in request.query for request in origin.requests)


@pytest.mark.parametrize("skip", ["YES", "v2"])
async def test_a_delta_update_stands_for_the_whole(
    origin: Origin, house: OpenHouse, tracks: Tracks, skip: str
) -> None:
    async with evening(origin, house, tracks) as night:
        full = await night.get()
        update = await night.get(f"&_HLS_skip={skip}")
        assert b"#EXT-X-SKIP:SKIPPED-SEGMENTS=" in update
        assert len(update) < len(full)
        assert segments(applied(full, update)) == segments(full)
        awaited = await night.next()
        night.part(1)
        later = await night.get(f"&{awaited.query}")
        update = await night.get(f"&{awaited.query}&_HLS_skip={skip}")
        assert segments(applied(full, update)) == segments(later)
    assert not any("_HLS_skip" in request.query for request in origin.requests)


async def test_a_part_that_is_hinted_at_is_passed_on_while_it_is_made(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks) as night:
        playlist = (await night.get()).decode()
        (hint,) = [line for line in playlist.splitlines() if "PRELOAD-HINT:TYPE=PART" in line]
        url = urljoin(night.media, hint.partition('URI="')[2].partition('"')[0])
        asked = len(origin.requests)
        early = [asyncio.create_task(night.house.client.get(url)) for _ in range(5)]
        await settled(lambda: len(origin.requests) > asked)
        night.part(0.5)
        responses = await asyncio.gather(*early)
        first = [await response.content.readany() for response in responses]
        assert all(first)
        night.part(1)
        whole = {
            start + await response.read() for start, response in zip(first, responses, strict=True)
        }
        assert len(whole) == 1
        assert len(origin.requests) == asked + 1


async def test_reports_of_other_renditions_lead_to_the_links_that_players_have(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks) as night:
        reports = [
            line for line in (await night.get()).decode().splitlines() if "RENDITION-REPORT" in line
        ]
        assert reports
        for report in reports:
            link = report.partition('URI="')[2].partition('"')[0]
            response = await night.house.client.get(urljoin(night.media, link))
            assert response.status == 200
            assert (await response.text()).startswith("#EXTM3U")


async def test_while_upstream_fails_whoever_waits_gets_the_last_copy_and_asks_seldom(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks) as night:
        awaited = await night.next()
        origin.fault(MEDIA, Status(503))
        waiting = [asyncio.create_task(night.get(f"&{awaited.query}")) for _ in range(20)]
        await settled(lambda: night.asked(awaited) > 0)
        night.part(1)
        assert len(set(await asyncio.gather(*waiting))) == 1
        assert night.asked(awaited) == 1


async def test_an_upstream_that_breaks_while_it_waits_is_asked_again_by_the_next(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks) as night:
        awaited = await night.next()
        origin.fault(MEDIA, Reset(10), times=1)
        waiting = asyncio.create_task(night.get(f"&{awaited.query}"))
        await settled(lambda: night.asked(awaited) > 0)
        night.part(1)
        reached = progress(await waiting)
        assert reached is not None
        assert not reached.has(awaited)
        reached = progress(await night.get(f"&{awaited.query}"))
        assert reached is not None
        assert reached.has(awaited)


async def test_what_was_waited_for_may_be_cached_long_and_the_present_only_shortly(
    origin: Origin, house: OpenHouse, tracks: Tracks
) -> None:
    async with evening(origin, house, tracks) as night:
        now = await night.house.client.get(night.media)
        assert now.headers["Cache-Control"] == "no-cache"
        awaited = await night.next()
        night.part(1)
        waited = await night.house.client.get(f"{night.media}&{awaited.query}")
        assert waited.headers["Cache-Control"] == "max-age=6"
