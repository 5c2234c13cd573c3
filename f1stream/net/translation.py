"""Where aiohttp's exceptions end: everything above sees the tree of `f1stream.errors`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import aiohttp

from f1stream.errors import (
    AddressRefused,
    Truncated,
    UpstreamDown,
    UpstreamError,
    UpstreamSlow,
)
from f1stream.models import host_of
from f1stream.net.guard import Refused

# What depends on the clock: X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED.
_OF_TIME = frozenset({9, 10})


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn what aiohttp raises into the project's errors, naming the host of `url` only."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        raise _turned(error, host_of(url)) from None


def _turned(error: Exception, host: str) -> UpstreamError:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return UpstreamDown(f"{host}: certificate not trusted ({_tls_reason(error)})")
        case aiohttp.ClientSSLError():
            return UpstreamDown(f"{host}: TLS handshake failed")
        case aiohttp.ClientConnectorDNSError():
            return UpstreamDown(f"{host}: name does not resolve")
        case aiohttp.ClientConnectorError() if _is_refusal(error.os_error):
            return AddressRefused(
                f"{host} is not a public address; an operator's own servers "
                "go into upstream.allow_private"
            )
        case aiohttp.ClientConnectorError():
            return UpstreamDown(f"{host}: connection refused or unreachable")
        case aiohttp.ClientPayloadError() if _is_garbled(error):
            return UpstreamDown(f"{host}: the body is not encoded as its head says")
        case aiohttp.ClientPayloadError():
            return Truncated(f"{host}: the body ended early")
        case TimeoutError():
            return UpstreamSlow(f"{host}: no answer in time")
        case aiohttp.ClientResponseError() | aiohttp.InvalidURL():
            return UpstreamDown(f"{host}: the answer is not valid HTTP")
        case _:
            return UpstreamDown(f"{host}: the connection was closed")


def _is_refusal(error: OSError) -> bool:
    # Of several addresses' errors the connector makes one, and only their text is left.
    return isinstance(error, Refused) or "address refused" in str(error)


def _is_garbled(error: aiohttp.ClientPayloadError) -> bool:
    return isinstance(error.__cause__, aiohttp.http_exceptions.ContentEncodingError)


def _tls_reason(error: aiohttp.ClientConnectorCertificateError) -> str:
    cause = error.certificate_error
    message = getattr(cause, "verify_message", None) or "certificate verify failed"
    if getattr(cause, "verify_code", 0) in _OF_TIME:
        # Where the machine's clock is wrong, that is the fault of no upstream.
        return f"{message}, as this machine's clock says {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    return str(message)
