"""Any order of viewers, upstream events, time and memory pressure, against what must always hold.

The upstream's bodies change with every fetch and their ETag tells which is which, so that a byte
of one version can never pass for a byte of another.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from f1stream.errors import RangeNotSatisfiable, TooLarge
from f1stream.proxy.ranges import Range, asked_range
from f1stream.proxy.segments import Segments
from tests.origin import ManualClock, Origin, Request, Response
from tests.proxy.viewing import MIB, ByHand, Sending, Viewer, a_store, noise

MAX_BYTES = 2 * MIB


@dataclass(frozen=True, slots=True)
class Resource:
    """What is at one URL, and how its upstream serves it."""

    size_bytes: int
    cache_control: str = "max-age=100"
    chunked: bool = False
    knows_ranges: bool = True


RESOURCES = (
    Resource(3000),
    Resource(200_000, "max-age=10"),
    Resource(200_000, "no-store"),
    Resource(700_000, chunked=True),
    Resource(150_000, knows_ranges=False),
    Resource(900_000),
    Resource(1_500_000),
    Resource(0),
)
LIFETIMES_S = {"max-age=100": 100, "max-age=10": 10, "no-store": 0}
RANGES = (
    *("bytes=0-", "bytes=0-999", "bytes=1000-1999", "bytes=500-1499", "bytes=2999-2999"),
    *("bytes=2500-", "bytes=-10", "bytes=100000-160000", "bytes=9999999-"),
)


@dataclass(frozen=True, slots=True)
class Join:
    resource: int
    range: str | None
    slow: bool


@dataclass(frozen=True, slots=True)
class Read:
    viewer: int


@dataclass(frozen=True, slots=True)
class Leave:
    viewer: int


@dataclass(frozen=True, slots=True)
class Send:
    fetch: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Finish:
    fetch: int


@dataclass(frozen=True, slots=True)
class BreakOff:
    fetch: int
    reset: bool


@dataclass(frozen=True, slots=True)
class Pass:
    seconds: float


@dataclass(frozen=True, slots=True)
class Press:
    urls: int


@dataclass(frozen=True, slots=True)
class Settle:
    """Everything that is on its way arrives."""


Operation = Join | Read | Leave | Send | Finish | BreakOff | Pass | Press | Settle

some = st.integers(0, 7)
joins = st.builds(
    Join,
    st.integers(0, len(RESOURCES) - 1),
    st.none() | st.none() | st.sampled_from(RANGES),
    st.booleans(),
)
operations = st.one_of(
    joins,
    joins,
    st.builds(Read, some),
    st.builds(Leave, some),
    st.builds(Send, some, st.sampled_from([0, 1, 1000, 1500, 3000, 100_000, 300_000])),
    st.builds(Finish, some),
    st.builds(Finish, some),
    st.builds(BreakOff, some, st.booleans()),
    st.builds(Pass, st.sampled_from([0.5, 9.5, 11.0, 99.0])),
    st.builds(Press, st.integers(1, 6)),
    st.just(Settle()),
)


@dataclass(eq=False, slots=True)
class Visit:
    """A viewer, what was asked for, and when: the versions before, and which were on their way."""

    viewer: Viewer
    resource: int
    part: Range | None
    at_s: float
    versions: int
    in_flight: set[str]
    left: bool = False


@dataclass(eq=False)
class World:
    """The store, its upstream and its viewers; each operation is one method's turn."""

    origin: Origin
    store: Segments
    clock: ManualClock
    visits: list[Visit] = field(default_factory=list)
    by_hand: dict[int, ByHand] = field(default_factory=dict)
    versions: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    sent_s: dict[str, float] = field(default_factory=dict)
    arrived: set[str] = field(default_factory=set)
    pressed: int = 0

    def serve(self) -> None:
        for number, resource in enumerate(RESOURCES):
            self.origin.mount(f"/{number}/", self._answer)
            self.by_hand[number] = ByHand(chunked=resource.chunked)
            self.origin.fault(f"/{number}/", self.by_hand[number])
        self.origin.route("/pressure", bytes(300_000))

    async def _answer(self, request: Request) -> Response:
        number = int(request.path.strip("/"))
        resource = RESOURCES[number]
        etag = f'"{len(self.versions)}"'
        body = noise(resource.size_bytes, etag)
        self.versions[etag] = number, body
        if not resource.knows_ranges:
            request.headers.popall("Range", None)
        headers = CIMultiDict({"ETag": etag, "Cache-Control": resource.cache_control})
        return Response(body, 200, headers)

    @property
    def fetches(self) -> list[Sending]:
        """The upstream's answers that are not ended."""
        everything = (each for hand in self.by_hand.values() for each in hand.sendings)
        return [each for each in everything if not each.end.done()]

    async def do(self, operation: Operation) -> None:
        present = [visit for visit in self.visits if not visit.viewer.task.done()]
        fetches = self.fetches
        match operation:
            case Join(resource, asked, slow):
                headers = {"Range": asked} if asked else {}
                url = self.origin.at(f"/{resource}/")
                viewer = Viewer(self.store, url, **headers)
                viewer.hold = slow
                in_flight = set(self.versions) - self.arrived
                visit = Visit(
                    viewer,
                    resource,
                    asked_range(headers),
                    self.clock(),
                    len(self.versions),
                    in_flight,
                )
                self.visits.append(visit)
            case Read(number) if present:
                present[number % len(present)].viewer.go()
            case Leave(number) if present:
                leaver = present[number % len(present)]
                leaver.left = True
                leaver.viewer.task.cancel()
            case Send(number, size_bytes) if fetches:
                self._send(fetches[number % len(fetches)], size_bytes)
            case Finish(number) if fetches:
                self._send(fetches[number % len(fetches)])
            case BreakOff(number, reset) if fetches:
                fetches[number % len(fetches)].break_off(reset=reset)
            case Pass(seconds):
                await self._settle()
                self.clock.now_s += seconds
            case Press(urls):
                await self._press(urls)
            case Settle():
                await self._settle()
            case _:
                pass
        for _ in range(3):
            await asyncio.sleep(0)

    def _send(self, fetch: Sending, size_bytes: int | None = None) -> None:
        self.sent_s.setdefault(etag_of(fetch), self.clock())
        if size_bytes is None:
            fetch.finish()
        else:
            fetch.send(size_bytes)

    async def _settle(self) -> None:
        await asyncio.sleep(0.01)
        for hand in self.by_hand.values():
            for each in hand.sendings:
                if each.end.done():
                    self.arrived.add(etag_of(each))

    async def _press(self, urls: int) -> None:
        for _ in range(urls):
            self.pressed += 1
            url = self.origin.at("/pressure") + f"?{self.pressed}"
            viewer = await Viewer(self.store, url).done()
            if viewer.error:
                assert isinstance(viewer.error, TooLarge), repr(viewer.error)
            else:
                assert viewer.got == bytes(300_000)

    def check(self) -> None:
        """What holds at any time."""
        assert self.store._buffers.lent_bytes <= MAX_BYTES
        assert all(kept.segment.readers >= 0 for kept in self.store._kept.values())
        for visit in self.visits:
            self._check(visit)

    def _check(self, visit: Visit) -> None:
        viewer = visit.viewer
        if viewer.head is None:
            assert not viewer.got
            return
        etag = viewer.headers["ETag"]
        number, body = self.versions[etag]
        assert number == visit.resource
        wanted = body
        if viewer.status == 206:
            assert visit.part is not None
            bounds = visit.part.within(len(body))
            assert bounds is not None
            start, stop = bounds
            assert viewer.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{len(body)}"
            wanted = body[start:stop]
        else:
            # Only of a body of unknown length may the whole come for a part.
            assert visit.part is None or RESOURCES[number].chunked
        assert viewer.head.length_bytes in (None, len(wanted))
        assert wanted.startswith(viewer.got)
        assert not viewer.ended or viewer.got == wanted
        if etag not in visit.in_flight and int(etag.strip('"')) < visit.versions:
            lifetime_s = LIFETIMES_S[RESOURCES[number].cache_control]
            assert visit.at_s - self.sent_s[etag] < lifetime_s

    async def end(self) -> None:
        """All bodies come to their end, and all viewers to theirs."""
        for visit in self.visits:
            visit.viewer.run()
        async with asyncio.timeout(10):
            while any(not visit.viewer.task.done() for visit in self.visits):
                for fetch in self.fetches:
                    self._send(fetch)
                await asyncio.sleep(0.001)
        self.check()
        broken: dict[int, int] = defaultdict(int)
        for number, hand in self.by_hand.items():
            broken[number] = sum(each.broken for each in hand.sendings)
        for visit in self.visits:
            viewer = visit.viewer
            if visit.left:
                continue
            if isinstance(viewer.error, RangeNotSatisfiable):
                assert visit.part is not None
                assert visit.part.within(RESOURCES[visit.resource].size_bytes) is None
            elif isinstance(viewer.error, TooLarge):
                continue
            elif viewer.error is not None:
                assert broken[visit.resource], viewer.error
            else:
                assert viewer.ended
        await self._nothing_is_lost()

    async def _nothing_is_lost(self) -> None:
        """Without viewers and fetches, memory is lent to nothing but what is kept."""
        async with asyncio.timeout(5):
            while any(kept.fetch for kept in self.store._kept.values()):
                await asyncio.sleep(0.001)
            while self.store._buffers.lent_bytes != held_bytes(self.store):
                await asyncio.sleep(0.001)
        for kept in self.store._kept.values():
            assert kept.segment.complete
            assert kept.segment.error is None
            assert kept.segment.readers == 0


def etag_of(sending: Sending) -> str:
    return sending.exchange.response.headers["ETag"]


def held_bytes(store: Segments) -> int:
    total = 0
    for kept in store._kept.values():
        segment = kept.segment
        total += sum(len(buffer) for buffer in (*segment._outgrown, segment._buffer))
        total += segment.file.size_bytes if segment.file else 0
    return total


async def play(script: list[Operation]) -> None:
    before = asyncio.all_tasks()
    async with Origin() as origin:
        clock = ManualClock(1000.0)
        async with a_store(max_bytes=MAX_BYTES, idle_s=5, clock=clock) as store:
            world = World(origin, store, clock)
            world.serve()
            for operation in script:
                await world.do(operation)
                world.check()
            await world.end()
    for _ in range(20):
        if asyncio.all_tasks() == before:
            return
        await asyncio.sleep(0.005)
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize(
    "new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(script=st.lists(operations, min_size=5, max_size=60))
def test_any_order_of_events(new_loop: object, script: list[Operation]) -> None:
    with asyncio.Runner(loop_factory=new_loop) as runner:  # type: ignore[arg-type]
        runner.run(play(script))
