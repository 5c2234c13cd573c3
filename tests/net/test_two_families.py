"""A host with addresses of both families, of which IPv6 leads nowhere."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import ExitStack, asynccontextmanager
from urllib.parse import urlsplit

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from f1stream.errors import AddressRefused
from f1stream.models import Upstream
from f1stream.net.chunks import read_bounded
from f1stream.net.client import Client, Timeouts, checked, connect
from f1stream.net.guard import AddrInfo, Guard, Network
from tests.loops import Run, run
from tests.origin import Origin

__all__ = ["run"]

IPV4, IPV6 = ipaddress.ip_network("127.0.0.1/32"), ipaddress.ip_network("::1/128")
# Whoever waited for IPv6 would wait that long.
PATIENT = Timeouts(connect_s=8, head_s=9, read_s=5)
QUICK_S = 3.0


class Both(AbstractResolver):
    """A name server that knows a host by both families, IPv6 first, as most do."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is held."""


class Seen(Guard):
    """A guard that remembers what it was asked about, in order."""

    def __init__(self, allowed: Iterable[Network]) -> None:
        super().__init__(allowed)
        self.judged: list[str] = []

    def open_socket(self, info: AddrInfo) -> socket.socket:
        self.judged.append(info[4][0])
        return super().open_socket(info)


@asynccontextmanager
async def dead_ipv6(port: int) -> AsyncIterator[None]:
    """A port of ::1 that takes no more connections: who comes waits for an answer to its SYN."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
        try:
            listener.bind(("::1", port))
        except OSError as error:
            pytest.skip(f"no IPv6 here: {error.strerror}")
        listener.listen(0)
        for _ in range(8):
            waiting = stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_STREAM))
            waiting.setblocking(False)
            waiting.connect_ex(("::1", port))
        await asyncio.sleep(0.1)
        yield


@asynccontextmanager
async def a_client(guard: Guard, *addresses: str) -> AsyncIterator[Client]:
    resolver = Both(*addresses)
    async with connect(guard, timeouts=PATIENT, user_agent="x", resolver=resolver) as client:
        yield client


async def fetched(client: Client, origin: Origin) -> bytes:
    upstream = Upstream(f"http://both.example:{port_of(origin)}/x")
    async with client.get(upstream) as response:
        return await read_bounded(checked(response), 100, client.idle_s)


def port_of(origin: Origin) -> int:
    return urlsplit(origin.url).port or 0


def test_a_dead_ipv6_does_not_keep_a_living_ipv4_waiting(run: Run) -> None:
    async def test() -> None:
        guard, loop = Seen([IPV4, IPV6]), asyncio.get_running_loop()
        async with Origin() as origin, dead_ipv6(port_of(origin)):
            origin.route("/x", "hello")
            async with a_client(guard, "::1", "127.0.0.1") as client:
                began_s = loop.time()
                assert await fetched(client, origin) == b"hello"
                assert loop.time() - began_s < QUICK_S
        assert guard.judged == ["::1", "127.0.0.1"]

    run(test())


def test_with_a_dead_ipv6_alone_the_time_for_a_connection_is_waited() -> None:
    """The port is dead indeed: what the other test measures is not an empty threat."""

    async def test() -> None:
        async with Origin() as origin, dead_ipv6(port_of(origin)):
            with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as late:
                late.setblocking(False)
                loop = asyncio.get_running_loop()
                connecting = loop.sock_connect(late, ("::1", port_of(origin)))
                with pytest.raises(TimeoutError):
                    await asyncio.wait_for(connecting, 0.8)

    asyncio.run(test())


@pytest.mark.parametrize("private", ["::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"])
def test_each_address_is_judged_by_itself(run: Run, private: str) -> None:
    async def test() -> None:
        guard = Seen([IPV4])
        async with Origin() as origin:
            origin.route("/x", "hello")
            async with a_client(guard, private, "127.0.0.1") as client:
                assert await fetched(client, origin) == b"hello"
        assert guard.judged == [private, "127.0.0.1"]

    run(test())


def test_where_no_address_may_be_reached_none_is(run: Run) -> None:
    async def test() -> None:
        guard = Seen([])
        async with Origin() as origin:
            async with a_client(guard, "::1", "127.0.0.1") as client:
                with pytest.raises(AddressRefused, match="allow_private"):
                    await fetched(client, origin)
            assert origin.requests == []
        assert guard.judged == ["::1", "127.0.0.1"]

    run(test())
