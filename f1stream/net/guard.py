"""Which addresses may be reached.

Every URL that f1stream fetches was chosen by a stranger: a playlist, a redirect, a name server.
The guard therefore judges the address that a socket is about to connect to, after every lookup
and redirect, so that no notation, name or answer that changes between two lookups gets around it.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Collection, Iterable
from typing import Any

IPv4 = ipaddress.IPv4Address
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]

# The standard library's idea of `is_global` differs between Python versions for these.
_NEVER_PUBLIC: tuple[Network, ...] = tuple(
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        # Azure's platform, which tells a machine its secrets (learn.microsoft.com, "What is IP
        # address 168.63.129.16?").
        "168.63.129.16/32",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)
# The only block that public IPv6 addresses are given from (RFC 4291, section 2.4).
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# An interface identifier that ends with an IPv4 address (RFC 5214, section 6.1).
_ISATAP, _ISATAP_MASK = 0x0000_5EFE, 0xFCFF_FFFF


class Refused(PermissionError):
    """The guard's verdict, as the `OSError` that a connector expects of a failed connect."""

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "address refused: it is not public")


class Guard:
    """Decides whether an address may be connected to.

    `allow_private` lists the ranges an operator's own servers live in; `allow_endpoints` single
    (address, port) pairs, such as the demo's own origin.
    """

    def __init__(
        self,
        allow_private: Iterable[Network] = (),
        allow_endpoints: Collection[tuple[str, int]] = (),
    ) -> None:
        self._allowed = tuple(allow_private)
        self._endpoints = frozenset(allow_endpoints)

    def permits(self, host: str, port: int) -> bool:
        """True when the literal address `host` may be reached on `port`; False for a name."""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return False
        if (host, port) in self._endpoints:
            return True
        judged = _unwrapped(address)
        return all(self._allows(one) for one in judged)

    def endpoints_only(self) -> Guard:
        """One that permits this one's single endpoints, and no address beside them."""
        return _EndpointsOnly(allow_endpoints=self._endpoints)

    def open_socket(self, info: AddrInfo) -> socket.socket:
        """A socket for `info`, or `Refused`: the `socket_factory` of aiohttp's connector."""
        family, kind, protocol, _, sockaddr = info
        if not self.permits(sockaddr[0], sockaddr[1]):
            raise Refused
        return socket.socket(family, kind, protocol)

    def _allows(self, address: Address) -> bool:
        return is_public(address) or any(
            address.version == network.version and address in network for network in self._allowed
        )


class _EndpointsOnly(Guard):
    def _allows(self, address: Address) -> bool:
        return False


def is_public(address: Address) -> bool:
    """True for addresses of the public internet."""
    if any(address.version == network.version and address in network for network in _NEVER_PUBLIC):
        return False
    if address.version == 6 and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast


def _unwrapped(address: Address) -> tuple[Address, ...]:
    """The addresses that traffic to `address` can end at: embedded IPv4 counts as IPv4."""
    if isinstance(address, IPv4):
        return (address,)
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    if address.teredo is not None:
        return address.teredo
    if address in _NAT64:
        return (_last_ipv4(address),)
    if int(address) >> 32 & _ISATAP_MASK == _ISATAP:
        return (address, _last_ipv4(address))
    return (address,)


def _last_ipv4(address: ipaddress.IPv6Address) -> IPv4:
    return IPv4(int(address) & 0xFFFF_FFFF)
