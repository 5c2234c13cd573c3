"""Every fault of an upstream, all at once, at one service: what viewers get, and that others
notice nothing.

Of a body's bytes none is ever wrong: what comes is the beginning of what the upstream has, and
passes for complete only where it is.
"""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
import trustme

from f1stream.hls.links import Kind
from tests.faults.service import SEGMENT_BYTES, Service, a_service
from tests.faults.viewer import Got, get
from tests.listener import Listener
from tests.origin import Fault, Origin
from tests.origin import manners as manner
from tests.origin.faults import (
    Bomb,
    BrokenChunk,
    Endless,
    EndlessHead,
    Html,
    Late,
    Overlong,
    Redirect,
    Reset,
    Says,
    SlowBody,
    SlowHeaders,
    StallBeforeHeaders,
    StallInBody,
    Status,
    Truncate,
    WrongLength,
)

SEGMENT = random.Random(1).randbytes(200_000)
PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:4\n" + b"#EXTINF:4,\n0.ts\n" * 100
OK = b"HTTP/1.1 200 OK\r\n"

Outcome = Literal["whole", "short"] | int


@dataclass(frozen=True)
class Case:
    """A fault, and what a viewer gets of a segment and of a playlist: a status, all of it with 200,
    or a beginning that is known for one."""

    fault: Fault
    segment: Outcome
    playlist: Outcome


CASES = {
    "never answers": Case(StallBeforeHeaders(), 504, 504),
    "a head at a byte a time": Case(SlowHeaders(0.05), 504, 504),
    "an endless head": Case(EndlessHead(), 502, 502),
    "a body a little at a time": Case(SlowBody(1_000, 0.0), "whole", "whole"),
    "a body that stalls": Case(StallInBody(1_000), "short", 504),
    "reset before the head": Case(Reset(), 502, 502),
    "reset after the head": Case(Reset(0), 502, 502),
    "reset in the body": Case(Reset(1_000), "short", 502),
    "ends after the head": Case(Truncate(0), 502, 502),
    "ends in the body": Case(Truncate(1_000), "short", 502),
    # What is too much in the same packet as the rest spoils it all, which is as safe.
    "a body too long": Case(Overlong(), "whole", 502),
    "two lengths": Case(WrongLength(("10", "20")), 502, 502),
    "two equal lengths": Case(WrongLength(("10", "10")), 502, 502),
    "a negative length": Case(WrongLength(("-1",)), 502, 502),
    "a length in words": Case(WrongLength(("ten",)), 502, 502),
    "a chunk of no size": Case(BrokenChunk(), 502, 502),
    "a broken later chunk": Case(BrokenChunk(1_000), "short", 502),
    "no last chunk": Case(Says(OK + b"Transfer-Encoding: chunked\r\n\r\n"), 502, 502),
    "an endless body": Case(Endless(), "short", 502),
    "a bomb": Case(Bomb(8 << 20), "short", 502),
    "no gzip at all": Case(Says(OK + b"Content-Encoding: gzip\r\n\r\nplain"), 502, 502),
    "not HTTP": Case(Says(b"\x16\x03\x01 hello\r\n\r\n"), 502, 502),
    "version 9": Case(Says(b"HTTP/9.9 200 OK\r\n\r\n"), 502, 502),
    "nothing": Case(Says(b""), 502, 502),
    "500": Case(Status(500), 502, 502),
    "503": Case(Status(503), 502, 502),
    "403": Case(Status(403), 403, 403),
    "404": Case(Status(404), 404, 404),
    "410": Case(Status(410), 410, 410),
    "a page": Case(Html(), "whole", 502),
    "late": Case(Late(0.1), "whole", "whole"),
    "a redirect to itself": Case(Redirect("?again"), 502, 502),
    "a redirect to a file": Case(Redirect("file:///etc/passwd"), 502, 502),
    "a redirect to nowhere": Case(Redirect("http://"), 502, 502),
    "a redirect to a name that is none": Case(Redirect("http://none.invalid/"), 502, 502),
}
# It takes a second or two; a busy machine is given the time.
SLOWEST_S = 60

pytestmark = pytest.mark.flaky(reruns=2)


@pytest.fixture(autouse=True)
def no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that knows nothing but this machine."""
    asked = socket.getaddrinfo

    def answer(host: str, *rest: object, **more: object) -> object:
        if host.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return asked(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", answer)


def judged(name: str, got: Got, expected: Outcome, body: bytes) -> str | None:
    """What is wrong with an answer."""
    if isinstance(expected, int):
        fine = got.status == expected and got.whole
    elif expected == "whole":
        fine = (got.status, got.whole) == (200, True)
    else:
        # What came together with the head is not sent once it is known to lead nowhere.
        unsent = (got.status, got.whole) == (502, True)
        fine = unsent or (got.status, got.whole) == (200, False)
        fine = fine and len(got.body) <= SEGMENT_BYTES
    if got.status == 200 and body and not (body * 20).startswith(got.body):
        return f"{name}: wrong bytes"
    return None if fine else f"{name}: {got.status}, {len(got.body)} bytes, whole: {got.whole}"


@asynccontextmanager
async def faulty() -> AsyncIterator[Origin]:
    """An origin with a path for each case."""
    async with Origin() as origin:
        for number, case in enumerate(CASES.values()):
            origin.route(f"/{number}/0.ts", SEGMENT)
            origin.route(f"/{number}/x.m3u8", PLAYLIST)
            origin.fault(f"/{number}/", case.fault)
        origin.route("/good.ts", SEGMENT)
        yield origin


async def bystander(service: Service, url: str) -> int:
    """Plays on until cancelled; whatever fails elsewhere, each answer is whole and right."""
    played = 0
    target = service.link(Kind.BYTES, url)
    try:
        while True:
            async with asyncio.timeout(SLOWEST_S):
                assert await get(service.port, target) == Got(200, SEGMENT, True)
            played += 1
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return played


async def round_of_faults(service: Service) -> list[str | None]:
    async with faulty() as origin:
        watching = asyncio.create_task(bystander(service, origin.at("/good.ts")))

        async def case(number: int, name: str, case: Case) -> list[str | None]:
            segment = service.link(Kind.BYTES, origin.at(f"/{number}/0.ts"))
            playlist = service.link(Kind.PLAYLIST, origin.at(f"/{number}/x.m3u8"))
            first, second = await asyncio.gather(
                get(service.port, segment), get(service.port, playlist)
            )
            known = b"" if isinstance(case.fault, (Html, Bomb)) else SEGMENT
            return [
                judged(f"{name}, segment", first, case.segment, known),
                judged(f"{name}, playlist", second, case.playlist, b""),
            ]

        async with asyncio.timeout(SLOWEST_S):
            told = await asyncio.gather(
                *(case(number, name, each) for number, (name, each) in enumerate(CASES.items()))
            )
        watching.cancel()
        assert await watching
        return [each for both in told for each in both]


async def test_each_fault_has_its_answer_and_leaves_nothing(tmp_path: Path) -> None:
    async with a_service(tmp_path) as service:
        # What stays for good, such as threads and pipes, is there after the first time.
        for _ in range(2):
            before = await service.holding()
            assert [each for each in await round_of_faults(service) if each] == []
        await service.settles(before)


async def test_a_redirect_to_an_address_of_the_house_reaches_nobody(tmp_path: Path) -> None:
    async with a_service(tmp_path) as service, Listener() as private, Origin() as origin:
        origin.fault("/", Redirect(private.url))
        for kind in (Kind.BYTES, Kind.PLAYLIST):
            got = await get(service.port, service.link(kind, origin.at("/0")))
            assert (got.status, private.connections) == (502, 0)


async def test_nobody_there_is_a_502_at_once(tmp_path: Path) -> None:
    async with a_service(tmp_path) as service:
        async with Origin() as origin:
            gone = origin.at("/0.ts")
        got = await get(service.port, service.link(Kind.BYTES, gone))
        assert (got.status, b"unreachable" in got.body) == (502, True)


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """Accepts, and says nothing."""
    waiting: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: waiting.append(writer), "127.0.0.1", 0)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for writer in waiting:
            writer.transport.abort()


def context(authority: trustme.CA, name: str, ends: datetime | None = None) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_after=ends).configure_cert(made)
    return made


async def test_each_fault_of_tls_is_named(tmp_path: Path) -> None:
    known, unknown = trustme.CA(), trustme.CA()
    file = tmp_path / "ca.pem"
    known.cert_pem.write_to_path(str(file))
    past = datetime.now(UTC) - timedelta(days=1)
    faults = {
        "certificate not trusted": context(unknown, "127.0.0.1"),
        "expired, as this machine's clock says 20": context(known, "127.0.0.1", past),
        "127.0.0.1": context(known, "other.example"),
    }
    async with a_service(tmp_path, ca_file=file) as service, AsyncExitStack() as stack:
        for named, tls in faults.items():
            origin = await stack.enter_async_context(Origin(tls=tls))
            got = await get(service.port, service.link(Kind.BYTES, origin.at("/0.ts")))
            assert (got.status, named.encode() in got.body) == (502, True), (named, got)
            assert not origin.requests
        url = await stack.enter_async_context(silent())
        got = await get(service.port, service.link(Kind.BYTES, f"{url}/0.ts"))
        assert got.status == 504
        good = await stack.enter_async_context(Origin(tls=context(known, "127.0.0.1")))
        url = good.route("/0.ts", SEGMENT)
        assert (await get(service.port, service.link(Kind.BYTES, url))).body == SEGMENT


async def test_clocks_that_are_years_off_change_nothing(tmp_path: Path) -> None:
    past, future = "Thu, 01 Jan 1970 00:00:00 GMT", "Thu, 31 Dec 2099 23:59:59 GMT"
    async with a_service(tmp_path) as service, Origin() as origin:
        url = origin.route("/0.ts", SEGMENT)
        for number, (date, expires) in enumerate(((past, future), (future, past), ("soon", "0"))):
            prefix = f"/{number}/"
            url = origin.route(f"{prefix}0.ts", SEGMENT)
            origin.behave(prefix, manner.Says({"Date": date, "Expires": expires}))
            target = service.link(Kind.BYTES, url)
            for _ in range(2):
                assert await get(service.port, target) == Got(200, SEGMENT, True)


async def test_a_playlist_of_a_flapping_upstream_stays(tmp_path: Path) -> None:
    async with a_service(tmp_path) as service, Origin() as origin:
        url = origin.route("/x.m3u8", PLAYLIST.replace(b"DURATION:4", b"DURATION:1"))
        target = service.link(Kind.PLAYLIST, url)
        first = await get(service.port, target)
        assert first.status == 200
        for fault in (Status(503), Reset(), Status(500), Truncate(10)):
            origin.fault("/", fault, times=1)
            await asyncio.sleep(0.55)
            assert await get(service.port, target) == first
        # A burst reaches it once an interval, however many ask.
        origin.fault("/", Status(503))
        asked = len(origin.requests)
        async with asyncio.TaskGroup() as group:
            for _ in range(50):
                group.create_task(get(service.port, target))
        assert len(origin.requests) - asked <= 2


async def test_a_segment_larger_than_may_be_is_refused_before_it_is_fetched(
    tmp_path: Path,
) -> None:
    async with a_service(tmp_path) as service, Origin() as origin:
        url = origin.route("/0.ts", bytes(SEGMENT_BYTES + 1))
        got = await get(service.port, service.link(Kind.BYTES, url))
        assert (got.status, b"limits.segment_bytes" in got.body) == (502, True)
