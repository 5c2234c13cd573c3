"""Who asks, and by which scheme and host, where a reverse proxy stands in front.

`X-Forwarded-For`, `-Proto` and `-Host` are for anybody to write: they are believed as far as they
were written by a proxy that the operator trusts, and not a step further.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from aiohttp import web
from multidict import istr

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# A name that is folded already is looked up in half the time.
FOR = istr("X-Forwarded-For")
PROTO = istr("X-Forwarded-Proto")
HOST = istr("X-Forwarded-Host")
# More proxies than this stand in front of nobody.
_MAX_HOPS = 16
# One household has at least so much of IPv6 to itself (RFC 6177).
_HOUSEHOLD_BITS = 64
_MAX_KNOWN = 4096
_LONGEST_KNOWN = 64


class Trusted:
    """The reverse proxies that are believed, by their networks."""

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)
        self._known: dict[tuple[str, str], str] = {}

    def viewer(self, request: web.BaseRequest) -> str:
        """Where a request comes from: the last address on the way here that is no trusted proxy.

        Empty where it can't be told.
        """
        headers = request.headers
        way = (_peer(request), ",".join(headers.getall(FOR)) if FOR in headers else "")
        known = self._known.get(way)
        if known is None:
            known = str(self._source(request) or "")
            if len(self._known) >= _MAX_KNOWN:
                self._known.clear()
            if len(way[1]) <= _LONGEST_KNOWN:
                self._known[way] = known
        return known

    def client(self, request: web.BaseRequest) -> str:
        """Whom a limit is for: the viewer's household. Empty where it can't be told."""
        address = address_of(self.viewer(request))
        return household(address) if address else ""

    def is_secure(self, request: web.BaseRequest) -> bool:
        """Whether the browser came by https."""
        told = request.headers.get(PROTO, "").rpartition(",")[2].strip().lower()
        return request.secure or (told == "https" and self._handed_on(request))

    def hosts(self, request: web.BaseRequest) -> list[str]:
        """The names, with ports, that the browser may know this f1stream by."""
        told = request.headers.get(HOST) if self._handed_on(request) else None
        return [host for host in (request.headers.get("Host"), told) if host]

    def _source(self, request: web.BaseRequest) -> Address | None:
        address: Address | None = None
        for hop in reversed(_hops(request)):
            address = address_of(hop)
            if address is None or not self._includes(address):
                break
        return address

    def _handed_on(self, request: web.BaseRequest) -> bool:
        peer = address_of(_hops(request)[-1])
        return peer is not None and self._includes(peer)

    def _includes(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def household(address: Address) -> str:
    """What is counted as one: an address, or of IPv6 a network of 64 bits."""
    if address.version == 6:
        return str(ipaddress.ip_network((address, _HOUSEHOLD_BITS), strict=False))
    return str(address)


def passed_on(request: web.BaseRequest) -> str:
    """The `X-Forwarded-For` of a request that is handed on: with the peer that it came from."""
    return ", ".join(_hops(request))


def _hops(request: web.BaseRequest) -> list[str]:
    """The addresses that a request came by; the last one is known, the others are only told.

    One that came by a unix socket was handed on by a front, which has told of its own peer.
    """
    told = ",".join(request.headers.getall(FOR, ())).split(",")
    hops = [hop.strip() for hop in told if hop.strip()][-_MAX_HOPS:]
    peer = _peer(request)
    return [*hops, peer] if peer else hops or [""]


def _peer(request: web.BaseRequest) -> str:
    # What `request.remote` says, which takes three times as long.
    transport = request.transport
    name = transport.get_extra_info("peername") if transport else None
    return name[0] if isinstance(name, tuple) else ""


def address_of(text: str) -> Address | None:
    """The address that a text is, without the port that some proxies write behind it, and without
    its zone; None where it is none."""
    host = text.strip().partition("]")[0].removeprefix("[")
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
