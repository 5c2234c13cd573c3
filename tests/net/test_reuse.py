"""Ten thousand requests to an upstream that ends each kept connection when it likes."""

from __future__ import annotations

import asyncio
import ipaddress
import random

from f1stream.errors import UpstreamError
from f1stream.models import Upstream
from f1stream.net.chunks import read_bounded
from f1stream.net.client import Timeouts, checked, connect
from f1stream.net.guard import Guard
from tests.origin import Exchange, Origin

REQUESTS = 10_000
AT_A_TIME = 20
BODY = b"hello"


class Fleeting:
    """Ends connections at random: with an answer, a moment after it, or when asked again."""

    def __init__(self) -> None:
        self._dice = random.Random(1)
        self.ended = 0

    async def answer(self, exchange: Exchange) -> bool:
        if exchange.request.turn and self._dice.random() < 0.3:
            self.ended += 1
            if self._dice.random() < 0.5:
                exchange.reset()
            return False
        exchange.complete(exchange.response)
        if self._dice.random() < 0.8:
            return True
        self.ended += 1
        if self._dice.random() < 0.5:
            # The next request may be on its way already.
            await asyncio.sleep(self._dice.random() * 0.002)
        return False


async def test_no_request_is_lost_to_a_connection_that_ends() -> None:
    fleeting, failures, left = Fleeting(), list[UpstreamError](), iter(range(REQUESTS))
    timeouts = Timeouts()
    guard = Guard([ipaddress.ip_network("127.0.0.1/32")])
    async with Origin() as origin, connect(guard, timeouts=timeouts, user_agent="x") as client:
        upstream = Upstream(origin.route("/x", BODY))
        origin.fault("/x", fleeting)

        async def ask() -> None:
            for _ in left:
                try:
                    async with client.get(upstream) as response:
                        got = await read_bounded(checked(response), 100, client.idle_s)
                    assert got == BODY
                except UpstreamError as error:
                    failures.append(error)

        async with asyncio.TaskGroup() as group:
            for _ in range(AT_A_TIME):
                group.create_task(ask())
    assert fleeting.ended > REQUESTS / 10
    assert not failures, f"{len(failures)}, such as: {failures[0].detail}"
