"""Every way in which a viewer misbehaves, many of each at once, at one service that others use."""

from __future__ import annotations

import asyncio
import resource
import socket
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from f1stream.hls.links import Kind
from tests.faults.service import Service, a_service
from tests.faults.test_upstreams import PLAYLIST, SEGMENT, bystander
from tests.faults.viewer import Got, get, read
from tests.origin import Origin
from tests.origin.faults import StallBeforeHeaders

pytestmark = pytest.mark.flaky(reruns=2)

MIB = 1 << 20
LARGE = SEGMENT * 5
OF_EACH = 20
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Misbehaviour = Callable[[Streams, bytes], Awaitable[None]]


async def leaves_at_once(streams: Streams, target: bytes) -> None:
    pass


async def leaves_in_its_head(streams: Streams, target: bytes) -> None:
    streams[1].write(b"GET " + target[:10])
    await asyncio.sleep(0)


async def leaves_before_the_answer(streams: Streams, target: bytes) -> None:
    streams[1].write(asked(target))
    await asyncio.sleep(0)


async def leaves_in_the_body(streams: Streams, target: bytes) -> None:
    streams[1].write(asked(target))
    await streams[0].read(5_000)


async def resets_in_the_body(streams: Streams, target: bytes) -> None:
    await leaves_in_the_body(streams, target)
    plain = streams[1].get_extra_info("socket")
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


async def ends_its_sending(streams: Streams, target: bytes) -> None:
    streams[1].write(asked(target))
    streams[1].write_eof()
    got = await read(streams[0])
    # RFC 9112, section 9.6: whether that means to leave is for the server to judge.
    assert LARGE.startswith(got.body)


async def never_asks(streams: Streams, target: bytes) -> None:
    assert await streams[0].read() == b""


async def asks_a_byte_at_a_time(streams: Streams, target: bytes) -> None:
    for byte in asked(target):
        streams[1].write(bytes([byte]))
        await asyncio.sleep(0.1)
        if streams[0].at_eof():
            return
    raise AssertionError("so slow a head was waited for")


async def never_ends_its_head(streams: Streams, target: bytes) -> None:
    streams[1].write(b"GET / HTTP/1.1\r\n")
    for _ in range(1_000):
        streams[1].write(b"X: more\r\n")
    assert (await read(streams[0])).status == 400


async def never_sends_its_body(streams: Streams, target: bytes) -> None:
    streams[1].write(b"POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nx")
    assert (await read(streams[0])).status == 408


async def never_reads(streams: Streams, target: bytes) -> None:
    streams[1].transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(10):
        streams[1].write(asked(target))
    await cut(streams[1])


async def asks_for_playlists_and_reads_none(streams: Streams, target: bytes) -> None:
    streams[1].transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(1_000):
        streams[1].write(asked(target))
    await cut(streams[1])


async def cut(writer: asyncio.StreamWriter) -> None:
    """Wait until the service has given up: what is written then comes back as an error."""
    async with asyncio.timeout(20):
        try:
            while not writer.transport.is_closing():
                writer.write(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                await asyncio.sleep(0.1)
        except ConnectionError:
            return


def rss_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def asked(target: bytes) -> bytes:
    return b"GET " + target + b" HTTP/1.1\r\nHost: a\r\n\r\n"


SEGMENTS = (
    leaves_at_once,
    leaves_in_its_head,
    leaves_before_the_answer,
    leaves_in_the_body,
    resets_in_the_body,
    ends_its_sending,
    never_asks,
    asks_a_byte_at_a_time,
    never_ends_its_head,
    never_sends_its_body,
    never_reads,
)


async def misbehaves(service: Service, how: Misbehaviour, target: bytes) -> None:
    plain = socket.socket()
    plain.setblocking(False)
    plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", service.port))
    streams = await asyncio.open_connection(sock=plain)
    try:
        await how(streams, target)
    except ConnectionError:
        pass
    finally:
        streams[1].transport.abort()


async def everybody(service: Service, segment: bytes, playlist: bytes) -> None:
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for _ in range(OF_EACH):
            for how in SEGMENTS:
                group.create_task(misbehaves(service, how, segment))
            group.create_task(misbehaves(service, asks_for_playlists_and_reads_none, playlist))


async def test_who_misbehaves_spoils_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    async with a_service(tmp_path) as service, Origin() as origin:
        good = origin.route("/good.ts", SEGMENT)
        segment = service.link(Kind.BYTES, origin.route("/0.ts", LARGE)).encode()
        url = origin.route("/x.m3u8", PLAYLIST + b"#EXTINF:4,\n0.ts\n" * 2_000)
        playlist = service.link(Kind.PLAYLIST, url)
        watching = asyncio.create_task(bystander(service, good))
        for _ in range(2):
            before, held_bytes = await service.holding(), rss_bytes()
            await everybody(service, segment, playlist.encode())
        grown_bytes = rss_bytes() - held_bytes
        await service.settles(before)
        watching.cancel()
        assert await watching
        # Unbounded, the playlists that nobody reads would be gigabytes.
        assert grown_bytes < 64 * MIB
        assert (await get(service.port, playlist)).status == 200


async def test_more_than_can_be_answered_is_refused_and_what_memory_has_is_not(
    tmp_path: Path,
) -> None:
    async with a_service(tmp_path, requests=3) as service, Origin() as origin:
        known = service.link(Kind.BYTES, origin.route("/0.ts", SEGMENT))
        assert await get(service.port, known) == Got(200, SEGMENT, True)
        urls = [origin.route(f"/late/{number}.ts", SEGMENT) for number in range(3)]
        origin.fault("/late/", StallBeforeHeaders())
        async with asyncio.TaskGroup() as group:
            for url in urls:
                group.create_task(get(service.port, service.link(Kind.BYTES, url)))
            await asyncio.gather(*(origin.asked(f"/late/{number}.ts") for number in range(3)))
            for target in ("/streams", service.link(Kind.BYTES, origin.at("/1.ts"))):
                assert (await get(service.port, target)).status == 503
            assert await get(service.port, known) == Got(200, SEGMENT, True)
        assert (await get(service.port, "/streams")).status == 200
        assert origin.count("/1.ts") == 0
