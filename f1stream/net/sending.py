"""What the kernel knows of a TCP connection that something is sent on; Linux only.

It is the same whoever sends: the loop, sendfile or splice.
"""

from __future__ import annotations

import array
import fcntl
import socket as sockets
import struct
import termios
from typing import Protocol

# `tcpi_bytes_acked` in `struct tcp_info` of linux/tcp.h, since 4.1 (RFC 4898, ThruOctetsAcked).
_ACKED_AT = 120
_ACKED = struct.Struct("Q")


class Socket(Protocol):
    """As loops give them out."""

    def fileno(self) -> int: ...

    def getsockopt(self, level: int, option: int, size_bytes: int, /) -> bytes: ...


def waiting_bytes(socket: Socket) -> int:
    """How much was given to the kernel that the other side has not taken (tcp(7), SIOCOUTQ)."""
    waiting = array.array("i", [0])
    fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, waiting)
    return waiting[0]


def taken_bytes(socket: Socket) -> int:
    """How much the other side has taken since the connection began."""
    size_bytes = _ACKED_AT + _ACKED.size
    told = socket.getsockopt(sockets.IPPROTO_TCP, sockets.TCP_INFO, size_bytes)
    acked: int = _ACKED.unpack_from(told, _ACKED_AT)[0]
    return acked
