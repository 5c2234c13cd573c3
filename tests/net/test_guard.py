"""Which addresses may be reached."""

from __future__ import annotations

import ipaddress
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.net.guard import Guard, Refused, is_public

PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:0:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2001:0:7f00:1::",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2600::5efe:7f00:1",
    "2600::200:5efe:10.0.0.1",
    "3fff::1",
    "4000::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "2600::5efe:808:808",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused(address: str) -> None:
    assert not Guard().permits(address, 443)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_permitted(address: str) -> None:
    assert Guard().permits(address, 443)


@pytest.mark.parametrize(
    "name",
    [
        "localhost",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "",
        "\uff11\uff12\uff17.0.0.1",
    ],
)
def test_what_is_no_plain_literal_is_refused(name: str) -> None:
    assert not Guard().permits(name, 80)


def test_an_allowed_range_permits_what_is_in_it_and_nothing_else() -> None:
    guard = Guard(allow_private=[ipaddress.ip_network("10.1.0.0/16")])
    assert guard.permits("10.1.2.3", 80)
    assert guard.permits("::ffff:10.1.2.3", 80)
    assert not guard.permits("10.2.0.1", 80)


def test_an_allowed_endpoint_is_one_port_of_one_address() -> None:
    guard = Guard(allow_endpoints=[("127.0.0.1", 9000)])
    assert guard.permits("127.0.0.1", 9000)
    assert not guard.permits("127.0.0.1", 9001)
    assert not guard.permits("127.0.0.2", 9000)


def test_no_socket_is_opened_for_a_refused_address() -> None:
    info = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))
    with pytest.raises(Refused):
        Guard().open_socket(info)


@given(st.ip_addresses(v=4))
def test_every_form_of_an_ipv4_address_is_judged_as_that_address(
    address: ipaddress.IPv4Address,
) -> None:
    packed = int(address)
    forms = [
        ipaddress.IPv6Address((0xFFFF << 32) | packed),
        ipaddress.IPv6Address((0x64FF9B << 96) | packed),
        ipaddress.IPv6Address((0x2002 << 112) | (packed << 80)),
    ]
    for form in forms:
        assert Guard().permits(str(form), 80) == is_public(address), form


def test_a_guard_for_endpoints_only_permits_nothing_else() -> None:
    guard = Guard([ipaddress.ip_network("10.0.0.0/8")], allow_endpoints=[("127.0.0.1", 8000)])
    only = guard.endpoints_only()
    assert only.permits("127.0.0.1", 8000)
    for host, port in (("127.0.0.1", 8001), ("10.0.0.1", 8000), ("8.8.8.8", 443)):
        assert not only.permits(host, port)
    assert guard.permits("8.8.8.8", 443)
