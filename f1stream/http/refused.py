"""A connection that is not let in: it is told so before anything of it was read."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from f1stream.http.errors import whole_problem
from f1stream.http.ready import Heads, Ready

# By then those who leave in the meantime have left.
RETRY_AFTER_S = 5
LINGER_S = 1.0


def too_busy(heads: Heads) -> Ready:
    """What one is told for whom there is no room, as a connection or as a request."""
    return whole_problem(
        heads,
        503,
        "Too busy",
        "there are too many viewers just now; try again later",
        {"Retry-After": str(RETRY_AFTER_S)},
    )


class Refused(asyncio.Protocol):
    """Takes a connection over, gives `answer` to whatever it will ask, and ends it.

    To close at once would reset what the request comes in by, and the answer with it (RFC 9112,
    section 9.6): it is half closed first, and what arrives is thrown away. `left` is called when it
    is gone.
    """

    def __init__(
        self, transport: asyncio.Transport, answer: Ready, left: Callable[[], None]
    ) -> None:
        self._left = left
        transport.set_protocol(self)
        transport.write(answer.last(head_only=False).message)
        transport.write_eof()
        self._end = asyncio.get_running_loop().call_later(LINGER_S, transport.abort)

    def connection_lost(self, error: Exception | None) -> None:
        self._end.cancel()
        self._left()
