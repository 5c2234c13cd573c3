"""Who is let in: so many connections in all and from one address, and none that only holds one.

aiohttp counts no connections, and waits for the rest of a head as long as for its beginning. So
this stands where a connection begins and ends, and sees when bytes come; it does not read them.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, cast

from aiohttp import web

from f1stream.http.errors import whole_problem
from f1stream.http.forwarded import address_of, household
from f1stream.http.limits import Limits
from f1stream.http.ready import Heads
from f1stream.http.refused import Refused, too_busy
from f1stream.net import descriptors
from f1stream.net.sending import taken_bytes, waiting_bytes

log = logging.getLogger(__name__)

# Of the descriptors: the rest is for what viewers make necessary, such as upstream connections.
FOR_VIEWERS = 0.75
# Who is refused takes a descriptor for a moment; beyond so many at once it is not said to them.
MOST_REFUSED = 256
TICK_S = 0.5
# A loop that is as late as this twice in a row has more to do than it can.
OVERLOADED_S = 1.0
LOG_EVERY_S = 60.0
# Where memory is short, a connection on which nothing is asked for so long is ended. Players of
# live streams ask more often.
RESTED_S = 10.0
# Each time bytes come, for which `super()` is too slow.
_received = web.RequestHandler.data_received
_OUTSIDE = {
    400: ("Bad request", "What came is no HTTP request; the connection is closed."),
    504: ("Timed out", "The answer was not ready in time."),
}
_FAULT = ("Internal error", "The fault is logged.")


class Door:
    """Counts viewers' connections, and looks after them while it is `open`.

    `most_descriptors` is how many descriptors may be open when another viewer comes in, `short`
    whether there is too little memory. `clock` is monotonic.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        most_descriptors: int | None = None,
        short: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._shared = [ipaddress.ip_network(network) for network in limits.shared]
        most = int(descriptors.limit() * FOR_VIEWERS)
        self._most_descriptors = most if most_descriptors is None else most_descriptors
        self._short = short
        self._clock = clock
        self.heads = Heads()
        self._inside: dict[Visitor, str] = {}
        self._addresses: Counter[str] = Counter()
        self._refused = 0
        self._told_at_s = -LOG_EVERY_S
        self._tick: asyncio.TimerHandle | None = None
        self._tick_s = min(TICK_S, limits.grace_s / 4)
        self._late = [0.0, 0.0]
        self._paces = limits.least_bytes_per_s > 0 and sys.platform == "linux"
        self._look_at_s = 0.0

    def __repr__(self) -> str:
        return f"<Door {len(self._inside)} inside, {self._refused} being refused>"

    @property
    def limits(self) -> Limits:
        return self._limits

    def visitor(self, server: web.Server, options: Mapping[str, Any]) -> Visitor:
        """The protocol of a new connection; `options` are aiohttp's, of its request handler."""
        return Visitor(self, server, options)

    def open(self) -> None:
        """Begin to look after those inside."""
        self._due_s = self._clock() + self._tick_s
        self._tick = asyncio.get_running_loop().call_later(self._tick_s, self._look)

    def close(self) -> None:
        """Look after them no more."""
        if self._tick is not None:
            self._tick.cancel()

    def enter(self, visitor: Visitor, transport: asyncio.Transport) -> bool:
        """Count one in; else they are told to come again later."""
        address = self._counted_as(transport)
        reason = self._why_not(transport, address)
        if reason is None:
            self._inside[visitor] = address
            self._addresses[address] += 1
            return True
        self._tell(reason)
        if self._refused < MOST_REFUSED:
            self._refused += 1
            Refused(transport, too_busy(self.heads), self._refused_left)
        else:
            transport.abort()
        return False

    def leave(self, visitor: Visitor) -> None:
        """Count one out."""
        address = self._inside.pop(visitor, None)
        if address is not None:
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    def _why_not(self, transport: asyncio.Transport, address: str) -> str | None:
        # The kernel gives the lowest that is free: a descriptor's number says how many there are.
        if transport.get_extra_info("socket").fileno() >= self._most_descriptors:
            return "descriptors would run out; raise the limit of open files"
        if len(self._inside) >= self._limits.connections:
            return f"there are limits.connections = {self._limits.connections} already"
        if not address:
            return None
        if self._addresses[address] >= self._limits.connections_per_address:
            most = self._limits.connections_per_address
            return f"one address has limits.connections_per_address = {most} already"
        # Who has a connection is watching, and needs the next one to go on with that.
        if not self._addresses[address]:
            if min(self._late) > OVERLOADED_S:
                return f"everything is {min(self._late):.1f} s late"
            if self._short():
                return "memory would run out; raise its limit, or lower limits.connections"
        return None

    def _counted_as(self, transport: asyncio.Transport) -> str:
        """The household that a connection comes from; empty where many share an address."""
        name = transport.get_extra_info("peername")
        if not isinstance(name, tuple):
            return ""
        address = address_of(name[0])
        if address is None or any(address in network for network in self._shared):
            return ""
        return household(address)

    def _refused_left(self) -> None:
        self._refused -= 1

    def _tell(self, reason: str) -> None:
        now_s = self._clock()
        if now_s - self._told_at_s >= LOG_EVERY_S:
            self._told_at_s = now_s
            log.warning("viewers are refused: %s", reason)

    def _look(self) -> None:
        now_s = self._clock()
        self._late = [self._late[1], now_s - self._due_s]
        if self._short():
            for visitor in list(self._inside):
                visitor.rest(now_s)
        if now_s >= self._look_at_s:
            self._look_at_s = now_s + self._limits.grace_s / 8
            for visitor in list(self._inside):
                visitor.let_go()
                if self._paces:
                    visitor.keep_pace(now_s)
        self.open()


class Visitor(web.RequestHandler):
    """A viewer's connection: aiohttp's, but for how it begins and ends, and how long it may take
    over a head and over what waits for it.

    `answered` is the last answer that has a body of its own.
    """

    __slots__ = ("_door", "_pace", "_patience", "_rested", "answered")

    def __init__(self, door: Door, server: web.Server, options: Mapping[str, Any]) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._door = door
        self._patience: asyncio.TimerHandle | None = None
        self._pace: tuple[float, int] | None = None
        self._rested: tuple[float, int] = (0.0, -1)
        self.answered: web.Response | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let aiohttp have it, where it is let in."""
        # Loops have transports of their own kinds; those of TCP all do what this one says.
        if self._door.enter(self, cast(asyncio.Transport, transport)):
            super().connection_made(transport)
            self._expect_head()

    def data_received(self, data: bytes) -> None:
        """Let aiohttp have it; from a head's first byte on, wait for its last one."""
        heads = self._request_count
        _received(self, data)
        if self._request_count != heads:
            if self._patience is not None:
                self._expect_no_head()
        elif self._patience is None and self._waiter is not None and data:
            # It waits for a request, so this was no body.
            self._expect_head()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Count it out."""
        self._expect_no_head()
        self._door.leave(self)
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The last answer, to what is no request or failed before the application: a problem.

        `message` is not told: it quotes what came.
        """
        # That logs it, and raises where an answer has begun.
        super().handle_error(request, status, exc, message)
        title, detail = _OUTSIDE.get(status, _FAULT)
        problem = whole_problem(self._door.heads, status, title, detail)
        return problem.last(head_only=request.method == "HEAD")

    def let_go(self) -> None:
        """Drop the body of the last answer where it was sent: aiohttp holds that answer as long as
        the connection rests, and many that rest would hold many."""
        if self.answered is not None and not self._request_in_progress:
            self.answered.body = None
            self.answered = None

    def keep_pace(self, now_s: float) -> None:
        """Cut a viewer who has taken too little since long ago, or note where they are."""
        transport = self.transport
        if transport is None or not (
            self._request_in_progress or transport.get_write_buffer_size()
        ):
            self._pace = None
            return
        socket = transport.get_extra_info("socket")
        if not waiting_bytes(socket):
            self._pace = None
            return
        taken = taken_bytes(socket)
        if self._pace is None:
            self._pace = (now_s, taken)
            return
        since_s, before = self._pace
        limits = self._door.limits
        if now_s - since_s < limits.grace_s:
            return
        if taken - before < limits.least_bytes_per_s * (now_s - since_s):
            log.debug("a viewer takes too little and is cut")
            transport.abort()
            return
        self._pace = (now_s, taken)

    def rest(self, now_s: float) -> None:
        """End where nothing was asked for a while: a connection takes memory, and is soon made."""
        since_s, requests = self._rested
        if requests != self._request_count or self._request_in_progress:
            self._rested = (now_s, self._request_count)
        elif now_s - since_s >= RESTED_S:
            self.force_close()

    def _expect_head(self) -> None:
        self._patience = self._loop.call_later(self._door.limits.header_s, self.force_close)

    def _expect_no_head(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
