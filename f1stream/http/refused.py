"""A connection that is not let in: it is told so before anything of it was read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from http import HTTPStatus

import orjson

# By then those who leave in the meantime have left.
RETRY_AFTER_S = 5
LINGER_S = 1.0
TITLE = "Too busy"
DETAIL = "there are too many viewers just now; try again later"

_BODY = orjson.dumps(
    {"type": "about:blank", "title": TITLE, "status": int(HTTPStatus.SERVICE_UNAVAILABLE)}
    | {"detail": DETAIL}
)
_ANSWER = (
    b"HTTP/1.1 503 Service Unavailable\r\n"
    b"Content-Type: application/problem+json\r\n"
    b"Cache-Control: no-store\r\n"
    b"Access-Control-Allow-Origin: *\r\n"
    b"Retry-After: %d\r\n"
    b"Connection: close\r\n"
    b"Content-Length: %d\r\n\r\n%b" % (RETRY_AFTER_S, len(_BODY), _BODY)
)


class Refused(asyncio.Protocol):
    """Takes a connection over, answers 503 to whatever it will ask, and ends it.

    To close at once would reset what the request comes in by, and the answer with it (RFC 9112,
    section 9.6): it is half closed first, and what arrives is thrown away. `left` is called when it
    is gone.
    """

    def __init__(self, transport: asyncio.Transport, left: Callable[[], None]) -> None:
        self._left = left
        transport.set_protocol(self)
        transport.write(_ANSWER)
        transport.write_eof()
        self._end = asyncio.get_running_loop().call_later(LINGER_S, transport.abort)

    def connection_lost(self, error: Exception | None) -> None:
        self._end.cancel()
        self._left()
