"""Nothing that a stranger can write leads inside, by any way that leads out of here.

A listener at every address of this machine counts who comes; the guard permits one other endpoint.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import socket
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from hypothesis import example, given
from hypothesis import strategies as st

from f1stream.errors import AddressRefused, UpstreamError
from f1stream.models import Upstream
from f1stream.net.client import Client, Timeouts, connect, parsed, redirected
from f1stream.net.guard import AddrInfo, Guard
from f1stream.net.socks import Socks
from tests.listener import Listener
from tests.net.ssrf import HOSTS, NAMES, PAYLOADS, REACHING, RESOLVING, payloads
from tests.net.test_socks import DONE, NOT_ALLOWED, UNREACHABLE, answer, name
from tests.net.test_socks import connect as asking
from tests.origin import Origin

EVERYTHING = [ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0")]
# What is asked of no name server.
NUMERIC = re.compile(
    r"localhost|0x[0-9a-f.x]+|[0-9][0-9a-fx.]*|[0-9a-f]*:[0-9a-f:.]*", re.IGNORECASE
)
TIMEOUTS = Timeouts(connect_s=5, head_s=20, read_s=5)


class Watchful(Guard):
    """A guard that counts the sockets which it lets be opened."""

    opened = 0

    def open_socket(self, info: AddrInfo) -> socket.socket:
        opened = super().open_socket(info)
        self.opened += 1
        return opened


class Resolver(AbstractResolver):
    """The system's for what it needs no name server for; any other name leads inside."""

    def __init__(self) -> None:
        self._system = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if NUMERIC.fullmatch(host):
            return await self._system.resolve(host, port, socket.AF_UNSPEC)
        answer = NAMES.get(host, "127.0.0.1")
        version = socket.AF_INET6 if ":" in answer else socket.AF_INET
        return [
            ResolveResult(hostname=host, host=answer, port=port, family=version, proto=0, flags=0)
        ]

    async def close(self) -> None:
        await self._system.close()


@asynccontextmanager
async def a_client(guard: Guard) -> AsyncIterator[Client]:
    async with connect(guard, timeouts=TIMEOUTS, user_agent="test", resolver=Resolver()) as client:
        yield client


@pytest.fixture
async def inside() -> AsyncIterator[Listener]:
    """What nobody may reach: a port of every address that this machine has."""
    async with Listener("0.0.0.0") as listener:
        yield listener


def only(origin: Origin) -> Watchful:
    host, port = origin.url.removeprefix("http://").split(":")
    return Watchful(allow_endpoints=[(host, int(port))])


async def reached(client: Client, urls: Iterable[str]) -> list[str]:
    """Those of the URLs that are answered, whatever the answer."""

    async def ask(url: str) -> str | None:
        try:
            async with client.get(Upstream(url)):
                return url
        except UpstreamError:
            return None

    return [url for url in await asyncio.gather(*map(ask, urls)) if url is not None]


def test_the_table_is_long_and_says_nothing_twice() -> None:
    assert len(PAYLOADS) >= 150
    assert len(set(PAYLOADS)) == len(PAYLOADS)
    assert set(REACHING) <= set(PAYLOADS)


@pytest.mark.parametrize("payload", REACHING)
async def test_without_a_guard_the_listener_is_seen(inside: Listener, payload: str) -> None:
    async with a_client(Guard(EVERYTHING)) as client:
        await reached(client, [payload.replace("{port}", str(inside.port))])
    assert inside.connections >= 1


@pytest.mark.parametrize("host", RESOLVING)
async def test_without_a_guard_the_way_out_leads_to_the_listener(
    inside: Listener, host: str
) -> None:
    async with Socks(Guard(EVERYTHING)) as socks:
        assert await answer(socks, asking(name(host), inside.port)) == DONE
    assert inside.connections == 1


async def test_nothing_is_reached_by_a_url(inside: Listener) -> None:
    guard = Watchful()
    async with a_client(guard) as client:
        assert await reached(client, payloads(inside.port)) == []
    assert (guard.opened, inside.connections) == (0, 0)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nothing_is_reached_by_a_redirect(
    origin: Origin, inside: Listener, status: int
) -> None:
    # A header has no line break, and its bytes are those of the URL.
    written = [url for url in payloads(inside.port) if not set(url) & {"\r", "\n", "\0"}]
    if status != 302:
        written = written[status % 5 :: 5]

    starts = [
        origin.route(f"/{number}", status=status, headers={"Location": as_bytes(url)})
        for number, url in enumerate(written)
    ]
    guard = only(origin)
    async with a_client(guard) as client:
        followed = await reached(client, starts)
    # A few are relative references, which lead to where they come from.
    assert len(followed) < 10
    assert inside.connections == 0
    assert {url.rpartition("/")[2] for url in starts} <= {
        request.path[1:] for request in origin.requests
    }


def as_bytes(url: str) -> str:
    """What an origin sends as the bytes of `url` in UTF-8."""
    return url.encode().decode("latin-1")


@given(
    st.text(alphabet=st.sampled_from("htps:/\\[]@%?#.-01af\u0130\uff0f\ud800 \t\0"), max_size=24)
)
@example("http://[::ffff:0177.0.0.1]/")
@example("http://[v1.a]:x/")
@example("http://a\u2100/")
def test_any_location_is_a_url_or_refused(location: str) -> None:
    with contextlib.suppress(AddressRefused):
        parsed(redirected("http://origin.example/a", location))


async def test_a_chain_of_redirects_is_judged_at_each_link(
    origin: Origin, inside: Listener
) -> None:
    origin.route("/a", status=302, headers={"Location": "/b"})
    origin.route("/b", status=307, headers={"Location": "c"})
    origin.route("/c", status=301, headers={"Location": f"//127.0.0.2:{inside.port}/"})
    async with a_client(only(origin)) as client:
        assert await reached(client, [origin.at("/a")]) == []
    assert [request.path for request in origin.requests] == ["/a", "/b", "/c"]
    assert inside.connections == 0


async def test_nothing_is_reached_by_the_browser_s_way_out(inside: Listener) -> None:
    hosts = [host.strip("[]") for host in HOSTS]
    fitting = [host for host in hosts if host.isascii() and NUMERIC.fullmatch(host)]
    guard = Watchful()
    async with Socks(guard) as socks:
        codes = await asyncio.gather(
            *(answer(socks, asking(name(host), inside.port)) for host in fitting)
        )
    assert set(codes) <= {NOT_ALLOWED, UNREACHABLE}
    assert codes.count(NOT_ALLOWED) > 80
    assert (guard.opened, inside.connections) == (0, 0)
