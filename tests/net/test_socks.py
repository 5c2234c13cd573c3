"""The way out for a browser, spoken to byte by byte."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from f1stream.net.guard import Guard
from f1stream.net.socks import Socks
from tests.listener import Listener
from tests.origin import Origin

LOOPBACK = Guard([ipaddress.ip_network("127.0.0.1")])
HELLO = b"\x05\x01\x00"
DONE, NOT_ALLOWED, UNREACHABLE, NO_COMMAND = 0, 2, 4, 7


def connect(address: bytes, port: int) -> bytes:
    return b"\x05\x01\x00" + address + port.to_bytes(2)


def ipv4(host: str) -> bytes:
    return b"\x01" + ipaddress.IPv4Address(host).packed


def ipv6(host: str) -> bytes:
    return b"\x04" + ipaddress.IPv6Address(host).packed


def name(host: str) -> bytes:
    return b"\x03" + bytes((len(host),)) + host.encode()


@asynccontextmanager
async def client(socks: Socks) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    parts = urlsplit(socks.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def answer(socks: Socks, request: bytes) -> int:
    """The reply code to one request."""
    async with client(socks) as (reader, writer):
        writer.write(HELLO + request)
        assert await reader.readexactly(2) == b"\x05\x00"
        return (await reader.readexactly(10))[1]


@pytest.mark.parametrize("address", [ipv4("127.0.0.1"), name("127.0.0.1"), name("localhost")])
async def test_bytes_go_both_ways(origin: Origin, address: bytes) -> None:
    origin.route("/page", "hello")
    port = urlsplit(origin.url).port or 0
    async with Socks(LOOPBACK) as socks, client(socks) as (reader, writer):
        writer.write(HELLO + connect(address, port))
        assert (await reader.readexactly(12))[3] == DONE
        writer.write(b"GET /page HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b"hello")


@pytest.mark.parametrize(
    "address",
    [
        ipv4("127.0.0.2"),
        ipv6("::ffff:127.0.0.2"),
        name("127.0.0.2"),
        name("127.2"),
        name("0x7f.2"),
        name("2130706434"),
    ],
)
async def test_what_the_guard_refuses_sees_no_connection(address: bytes) -> None:
    async with Listener() as private, Socks(LOOPBACK) as socks:
        assert await answer(socks, connect(address, private.port)) == NOT_ALLOWED
        assert socks.refusals == 1
        assert private.connections == 0


async def test_a_name_that_leads_inside_is_refused_whatever_else_it_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def lying(
        host: str, port: int, **options: int
    ) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.2", port))]

    async with Listener() as private, Socks(LOOPBACK) as socks:
        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lying)
        assert await answer(socks, connect(name("a.example"), private.port)) == NOT_ALLOWED
        # What was judged is what would be connected to: there is no second question to lie to.
        assert asked == ["a.example"]
        assert private.connections == 0


async def test_what_is_not_there_is_told_from_what_is_refused() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        async with Socks(LOOPBACK) as socks:
            assert await answer(socks, connect(ipv4("127.0.0.1"), port)) == UNREACHABLE


@pytest.mark.parametrize("command", [2, 3, 9])
async def test_nothing_but_connections_is_offered(command: int) -> None:
    request = b"\x05" + bytes((command,)) + b"\x00" + ipv4("127.0.0.1") + b"\x00\x50"
    async with Socks(LOOPBACK) as socks:
        assert await answer(socks, request) == NO_COMMAND


async def test_after_so_many_bytes_everything_ends(origin: Origin) -> None:
    origin.route("/large", b"x" * 300_000)
    port = urlsplit(origin.url).port or 0
    async with Socks(LOOPBACK, max_bytes=100_000) as socks, client(socks) as (reader, writer):
        writer.write(HELLO + connect(ipv4("127.0.0.1"), port))
        await reader.readexactly(12)
        writer.write(b"GET /large HTTP/1.1\r\nHost: a.example\r\n\r\n")
        received = 0
        # It is cut off, politely or not.
        try:
            while chunk := await reader.read(65536):
                received += len(chunk)
        except ConnectionResetError:
            pass
        assert received <= 100_000


async def test_closed_it_leaves_no_connection(origin: Origin) -> None:
    port = urlsplit(origin.url).port or 0
    async with Socks(LOOPBACK) as socks:
        url = socks.url
        open_client = client(socks)
        reader, writer = await open_client.__aenter__()
        writer.write(HELLO + connect(ipv4("127.0.0.1"), port))
        await reader.readexactly(12)
    with pytest.raises((EOFError, ConnectionResetError)):
        await reader.readexactly(1)
    await open_client.__aexit__(None, None, None)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(urlsplit(url).hostname, urlsplit(url).port)


@given(st.binary(max_size=300))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nonsense_ends_the_connection_and_nothing_else(nonsense: bytes) -> None:
    async def speak() -> None:
        # With no address allowed at all, no accident can connect to anything.
        async with Socks(Nobody()) as socks:
            async with client(socks) as (reader, writer):
                writer.write(nonsense)
                writer.write_eof()
                async with asyncio.timeout(5):
                    assert len(await reader.read()) <= 12
            if not nonsense.startswith(HELLO):
                assert socks.refusals == 0

    asyncio.run(speak())


class Nobody(Guard):
    def permits(self, host: str, port: int) -> bool:
        return False
