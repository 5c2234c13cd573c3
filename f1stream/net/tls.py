"""TLS to upstream hosts: verified, resumed where the host lets it, and read without detours."""

from __future__ import annotations

import ssl
import sys
from collections import OrderedDict
from pathlib import Path

# As many hosts' last connections are remembered for their sessions.
MOST_HOSTS = 64


class Context(ssl.SSLContext):
    """A client's context: what `ssl.create_default_context` makes, and two things more.

    A new connection resumes the session of the last one to the same host (RFC 8446, section 2.2),
    which saves a round trip's work on both sides. asyncio has no way to say so.
    """

    def __init__(self, protocol: int = ssl.PROTOCOL_TLS_CLIENT) -> None:
        self._last: OrderedDict[str, ssl.SSLObject] = OrderedDict()

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """A connection's TLS, for a loop."""
        host = str(server_hostname)
        last = self._last.pop(host, None)
        resumed = session or _session_of(last)
        connection = super().wrap_bio(incoming, outgoing, server_side, server_hostname, resumed)
        self._last[host] = connection
        if len(self._last) > MOST_HOSTS:
            self._last.popitem(last=False)
        return _short(connection)


def client_context(ca_file: Path | None = None) -> Context:
    """The context for all upstream connections, trusting the system's CAs and those of `ca_file`.

    Blocks while it reads them.
    """
    context = Context(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    context.load_default_certs(ssl.Purpose.SERVER_AUTH)
    if ca_file is not None:
        context.load_verify_locations(ca_file)
    return context


def _session_of(connection: ssl.SSLObject | None) -> ssl.SSLSession | None:
    try:
        return connection.session if connection else None
    except ValueError:
        # Its handshake failed in the middle, so there is half a session only.
        return None


def _short(connection: ssl.SSLObject) -> ssl.SSLObject:
    """The loop calls these two for each record of 16 KiB: without Python's wrappers around them
    that costs a twentieth less of all there is to do for a segment."""
    inner = connection._sslobj  # type: ignore[attr-defined]
    vars(connection).update(read=inner.read, pending=inner.pending)
    return connection
