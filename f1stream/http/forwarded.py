"""Who asks, and by which scheme, where a reverse proxy stands in front.

`X-Forwarded-For` and `X-Forwarded-Proto` are for anybody to write: they are believed as far as
they were written by a proxy that the operator trusts, and not a step further.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

FOR = "X-Forwarded-For"
PROTO = "X-Forwarded-Proto"
# More proxies than this stand in front of nobody.
_MAX_HOPS = 16
# One household has at least so much of IPv6 to itself (RFC 6177).
_HOUSEHOLD_BITS = 64


@dataclass(frozen=True, slots=True)
class Trusted:
    """The reverse proxies that are believed, by their networks."""

    networks: Sequence[Network] = ()

    def client(self, request: web.BaseRequest) -> str:
        """Whom a limit is for: the last address on the way here that is no trusted proxy.

        Of an IPv6 address that is its network of 64 bits. Empty where it can't be told.
        """
        address: Address | None = None
        for hop in reversed(_hops(request)):
            address = _address(hop)
            if address is None or not self._includes(address):
                break
        if isinstance(address, ipaddress.IPv6Address):
            return str(ipaddress.ip_network((address, _HOUSEHOLD_BITS), strict=False))
        return str(address or "")

    def is_secure(self, request: web.BaseRequest) -> bool:
        """Whether the browser came by https."""
        if request.secure:
            return True
        peer = _address(_hops(request)[-1])
        if peer is None or not self._includes(peer):
            return False
        return request.headers.get(PROTO, "").rpartition(",")[2].strip().lower() == "https"

    def _includes(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


def passed_on(request: web.BaseRequest) -> str:
    """The `X-Forwarded-For` of a request that is handed on: with the peer that it came from."""
    return ", ".join(_hops(request))


def _hops(request: web.BaseRequest) -> list[str]:
    """The addresses that a request came by; the last one is known, the others are only told.

    One that came by a unix socket was handed on by a front, which has told of its own peer.
    """
    told = ",".join(request.headers.getall(FOR, ())).split(",")
    hops = [hop.strip() for hop in told if hop.strip()][-_MAX_HOPS:]
    return [*hops, request.remote] if request.remote else hops or [""]


def _address(text: str) -> Address | None:
    """An address, without the port that some proxies write behind it."""
    host = text.strip().partition("]")[0].removeprefix("[")
    if host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
