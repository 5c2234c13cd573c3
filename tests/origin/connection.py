"""A client's connection that notices, in the middle of an answer, that the client has left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

Accept = Callable[[asyncio.StreamReader, asyncio.StreamWriter], None]


class Connection(asyncio.StreamReaderProtocol):
    """Ends the serving of a connection as soon as its client is gone.

    Streams tell of a client that left only to who reads or writes, and a stalled answer does
    neither. A client that merely ends its sending counts as gone too: none of ours does that.
    """

    def __init__(self, accept: Accept) -> None:
        super().__init__(asyncio.StreamReader(), accept)
        self.serving: asyncio.Task[None] | None = None
        self.answering: str | None = None
        self.gone = False

    def eof_received(self) -> bool | None:
        self._leave()
        return super().eof_received()

    def connection_lost(self, error: Exception | None) -> None:
        self._leave()
        super().connection_lost(error)

    def _leave(self) -> None:
        self.gone = True
        if self.serving and self.answering is not None:
            self.serving.cancel()
