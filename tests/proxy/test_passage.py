"""Bodies that are passed on to one viewer, through the kernel or a window, over real sockets."""

from __future__ import annotations

import asyncio
import ipaddress
import random
import re
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import trustme
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as st

from f1stream.http.delivery import sent
from f1stream.models import Upstream
from f1stream.net.client import Timeouts, connect
from f1stream.net.guard import Guard
from f1stream.proxy.passage import MOST_LARGE
from f1stream.proxy.relay import Relay
from tests.loops import Run, run
from tests.origin import Origin
from tests.origin.faults import Overlong, Reset, SlowBody, StallInBody, Truncate

__all__ = ["run"]

IDLE_S = 0.3
PIPES = 4
SIZES = (0, 1, 1023, 1025, 65537, 300_000, 3_000_000)
# Through the kernel, through a window where no pipe is to be had, through a window behind TLS.
WAYS = ("kernel", "window", "tls")


@dataclass(frozen=True)
class Desk:
    """An origin, a relay in front of it, and the port at which viewers ask for the origin's /x."""

    origin: Origin
    relay: Relay
    port: int
    viewers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def asked(self, times: int = 1) -> asyncio.StreamReader:
        """The answers to so many requests on one connection that takes little at a time."""
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        plain.setblocking(False)
        await asyncio.get_running_loop().sock_connect(plain, ("127.0.0.1", self.port))
        reader, writer = await asyncio.open_connection(sock=plain, limit=8192)
        self.viewers.append(writer)
        last = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * (times - 1) + last)
        return reader


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A CA's file, and what a server of 127.0.0.1 needs."""
    authority, tls = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    file = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return file, tls


@asynccontextmanager
async def a_desk(
    certificates: tuple[Path, ssl.SSLContext], way: str = "kernel"
) -> AsyncIterator[Desk]:
    file, tls = certificates
    guard = Guard([ipaddress.ip_network("127.0.0.0/8")])
    timeouts = Timeouts(connect_s=1, head_s=1, read_s=IDLE_S)
    async with (
        Origin(tls=tls if way == "tls" else None) as origin,
        connect(guard, timeouts=timeouts, user_agent="f1stream/test", ca_file=file) as client,
    ):
        with closing(Relay(client, most_pipes=0 if way == "window" else PIPES)) as relay:

            async def answer(request: web.BaseRequest) -> web.StreamResponse:
                upstream = Upstream(origin.at("/x"))
                async with relay.open(upstream, method="GET", asked=request.headers) as relayed:
                    return await sent(request, relayed)

            server = web.Server(answer, handler_cancellation=True)
            loop = asyncio.get_running_loop()
            listening = await loop.create_server(server, "127.0.0.1", 0)
            desk = Desk(origin, relay, listening.sockets[0].getsockname()[1])
            try:
                yield desk
            finally:
                for viewer in desk.viewers:
                    viewer.transport.abort()
                listening.close()
                await server.shutdown(1)


async def body_of(reader: asyncio.StreamReader) -> bytes:
    """The next answer's body: as many bytes as it announces, fewer where it is cut short."""
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    lines = head.lower().split(b"\r\n")
    (length,) = [line[16:] for line in lines if line.startswith(b"content-length: ")]
    try:
        return await reader.readexactly(int(length))
    except asyncio.IncompleteReadError as short:
        return short.partial


def noise(size_bytes: int) -> bytes:
    return random.Random(size_bytes).randbytes(size_bytes)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size_bytes", SIZES)
def test_every_byte_arrives_and_both_connections_serve_again(
    run: Run, certificates: tuple[Path, ssl.SSLContext], way: str, size_bytes: int
) -> None:
    async def test() -> None:
        async with a_desk(certificates, way) as desk:
            body = noise(size_bytes)
            desk.origin.route("/x", body)
            reader = await desk.asked(times=3)
            for _ in range(3):
                assert await body_of(reader) == body
            assert await reader.read() == b""
            assert [request.connection for request in desk.origin.requests] == [0, 0, 0]

    run(test())


@settings(max_examples=15)
@given(st.integers(0, 400_000), st.integers(500, 50_000), st.sampled_from(WAYS))
def test_however_it_comes_in_pieces(
    certificates: tuple[Path, ssl.SSLContext], size_bytes: int, chunk_bytes: int, way: str
) -> None:
    async def test() -> None:
        async with a_desk(certificates, way) as desk:
            body = noise(size_bytes)
            desk.origin.route("/x", body)
            desk.origin.fault("/x", SlowBody(chunk_bytes, 0))
            assert await body_of(await desk.asked()) == body

    asyncio.run(test())


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("fault", [Truncate(200_000), Reset(200_000), StallInBody(200_000)])
def test_a_body_that_breaks_off_is_never_complete(
    run: Run,
    certificates: tuple[Path, ssl.SSLContext],
    way: str,
    fault: Truncate | Reset | StallInBody,
) -> None:
    async def test() -> None:
        async with a_desk(certificates, way) as desk:
            body = noise(3_000_000)
            desk.origin.route("/x", body)
            desk.origin.fault("/x", fault, times=1)
            reader = await desk.asked()
            short = await body_of(reader)
            assert len(short) < len(body)
            assert body.startswith(short)
            assert await body_of(await desk.asked()) == body

    run(test())


@pytest.mark.parametrize("way", WAYS)
def test_what_comes_after_the_last_byte_is_nobody_s(
    run: Run, certificates: tuple[Path, ssl.SSLContext], way: str
) -> None:
    async def test() -> None:
        async with a_desk(certificates, way) as desk:
            body = noise(3_000_000)
            desk.origin.route("/x", body)
            desk.origin.fault("/x", Overlong(), times=1)
            assert await body_of(await desk.asked()) == body
            assert await body_of(await desk.asked()) == body

    run(test())


@pytest.mark.parametrize("way", ["kernel", "window"])
def test_a_viewer_that_leaves_ends_the_fetch(
    run: Run, certificates: tuple[Path, ssl.SSLContext], way: str
) -> None:
    async def test() -> None:
        async with a_desk(certificates, way) as desk:
            desk.origin.route("/x", noise(20_000_000))
            reader, writer = await asyncio.open_connection("127.0.0.1", desk.port, limit=8192)
            writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readexactly(100_000)
            writer.transport.abort()
            await desk.origin.gone("/x")

    run(test())


@pytest.mark.parametrize("way", WAYS)
def test_many_slow_viewers_hold_little_and_hinder_nobody(
    run: Run, certificates: tuple[Path, ssl.SSLContext], way: str
) -> None:
    async def test() -> None:
        async with a_desk(certificates, way) as desk:
            # More than the sockets of both sides take.
            body = noise(8_000_000)
            desk.origin.route("/x", body)
            slow = [await desk.asked() for _ in range(PIPES + MOST_LARGE + 4)]
            await desk.origin.asked("/x", times=len(slow))
            desk.origin.route("/x", body[:100_000])
            for _ in range(3):
                assert await body_of(await desk.asked()) == body[:100_000]
            assert await body_of(slow[0]) == body
            assert await body_of(slow[-1]) == body
            held = [int(number) for number in re.findall(r"\d+", repr(desk.relay))]
            assert held[0] <= PIPES
            assert held[2] <= MOST_LARGE

    run(test())


async def test_it_leaves_no_descriptor_behind(
    certificates: tuple[Path, ssl.SSLContext],
) -> None:
    before = _open_descriptors()
    async with a_desk(certificates) as desk:
        desk.origin.route("/x", noise(3_000_000))
        desk.origin.fault("/x", Truncate(200_000), times=1)
        for _ in range(2):
            await body_of(await desk.asked())
        assert repr(desk.relay).startswith("<Relay <Passages <Pipes 0 lent, 1 idle>")
    await asyncio.sleep(0)
    assert _open_descriptors() <= before


def _open_descriptors() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}
