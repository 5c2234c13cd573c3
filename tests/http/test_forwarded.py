"""Who asks: believed from trusted proxies, and from nobody else."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict
from pytest_aiohttp.plugin import AiohttpClient

from f1stream.http.forwarded import Trusted
from f1stream.settings import Server

LAN = Server().trusted_proxies


class Connected(asyncio.Transport):
    """A connection by TCP, or by a unix socket where there is no peer to name."""

    def __init__(self, peer: str | None) -> None:
        super().__init__({"peername": (peer, 1) if peer else ""})


class Asked(web.BaseRequest):
    """As much of a request as says where it comes from."""

    def __init__(self, remote: str | None, told: Sequence[str], proto: str = "") -> None:
        self._told = CIMultiDict(("X-Forwarded-For", line) for line in told)
        if proto:
            self._told["X-Forwarded-Proto"] = proto
        self._peer = remote

    @property
    def headers(self) -> CIMultiDict[str]:  # type: ignore[override]
        return self._told

    @property
    def transport(self) -> asyncio.Transport:
        return Connected(self._peer)

    @property
    def secure(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("peer", "told", "client"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        ("203.0.113.9", ["1.2.3.4"], "203.0.113.9"),
        ("127.0.0.1", ["1.2.3.4"], "1.2.3.4"),
        ("10.0.0.2", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.2", ["6.6.6.6", "1.2.3.4, 10.0.0.3"], "1.2.3.4"),
        ("10.0.0.2", ["192.168.1.7"], "192.168.1.7"),
        ("10.0.0.2", [], "10.0.0.2"),
        ("10.0.0.2", ["unknown"], ""),
        ("10.0.0.2", ["1.2.3.4:5555"], "1.2.3.4"),
        ("10.0.0.2", ["[2001:db8:0:1::7]:443"], "2001:db8:0:1::/64"),
        ("::ffff:10.0.0.2", ["::ffff:1.2.3.4"], "1.2.3.4"),
        ("::1", ["2001:db8:0:1:ffff::"], "2001:db8:0:1::/64"),
        # By a unix socket: from a front, which has told of its own peer.
        ("", ["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
        ("", ["1.2.3.4, 10.0.0.2"], "1.2.3.4"),
        (None, [], ""),
        ("10.0.0.2", [","], "10.0.0.2"),
    ],
)
def test_the_client_is_the_last_one_that_no_trusted_proxy_is(
    peer: str | None, told: list[str], client: str
) -> None:
    assert Trusted(LAN).client(Asked(peer, told)) == client


@pytest.mark.parametrize(
    ("peer", "told", "viewer"),
    [
        ("203.0.113.9", ["1.2.3.4"], "203.0.113.9"),
        ("10.0.0.2", ["6.6.6.6, 1.2.3.4"], "1.2.3.4"),
        ("10.0.0.2", ["6.6.6.6, 2001:db8:0:1::7"], "2001:db8:0:1::7"),
        ("fe80::1%eth0", ["1.2.3.4"], "1.2.3.4"),
        ("fe80::1%eth0", [], "fe80::1"),
        ("10.0.0.2", ["y" * 1000], ""),
        ("somewhere", ["1.2.3.4"], ""),
    ],
)
def test_a_viewer_is_a_client_by_its_whole_address(peer: str, told: list[str], viewer: str) -> None:
    trusted = Trusted(LAN)
    assert [trusted.viewer(Asked(peer, told)) for _ in range(2)] == [viewer] * 2


def test_what_is_known_of_viewers_without_number_is_forgotten(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("f1stream.http.forwarded._MAX_KNOWN", 10)
    trusted = Trusted(LAN)
    viewers = [f"192.0.2.{number}" for number in range(100)]
    assert [trusted.viewer(Asked("10.0.0.2", [viewer])) for viewer in viewers] == viewers
    assert len(trusted._known) <= 10


@pytest.mark.parametrize(("peer", "hosts"), [("10.0.0.2", {"a", "b"}), ("203.0.113.9", {"a"})])
def test_another_host_is_believed_from_a_trusted_proxy_only(peer: str, hosts: set[str]) -> None:
    asked = Asked(peer, [])
    asked.headers.update({"Host": "a", "X-Forwarded-Host": "b"})
    assert set(Trusted(LAN).hosts(asked)) == hosts


@pytest.mark.parametrize(
    ("peer", "proto", "secure"),
    [
        ("127.0.0.1", "https", True),
        ("127.0.0.1", "HTTPS", True),
        ("127.0.0.1", "http, https", True),
        ("127.0.0.1", "https, http", False),
        ("127.0.0.1", "", False),
        ("203.0.113.9", "https", False),
    ],
)
def test_the_scheme_is_believed_from_a_trusted_proxy_only(
    peer: str, proto: str, secure: bool
) -> None:
    assert Trusted(LAN).is_secure(Asked(peer, [], proto)) is secure


def test_where_no_proxy_is_trusted_nothing_is_believed() -> None:
    asked = Asked("127.0.0.1", ["1.2.3.4"], "https")
    assert Trusted().client(asked) == "127.0.0.1"
    assert not Trusted().is_secure(asked)


@given(st.lists(st.text()), st.sampled_from(["10.0.0.2", "", "203.0.113.9"]))
def test_whatever_is_told_the_client_is_an_address_or_nothing(told: list[str], peer: str) -> None:
    client = Trusted(LAN).client(Asked(peer, told))
    if client:
        ipaddress.ip_network(client)


async def test_it_is_read_from_a_request_as_it_comes(aiohttp_client: AiohttpClient) -> None:
    async def who(request: web.Request) -> web.Response:
        trusted = Trusted(LAN)
        return web.json_response([trusted.client(request), trusted.is_secure(request)])

    app = web.Application()
    app.add_routes([web.get("/", who)])
    client = await aiohttp_client(app)
    told = {"X-Forwarded-For": "6.6.6.6, 1.2.3.4", "X-Forwarded-Proto": "https"}
    assert await (await client.get("/", headers=told)).json() == ["1.2.3.4", True]
