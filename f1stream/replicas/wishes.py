"""What a replica that follows asks of the one that leads, and how it learns that it is done."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from f1stream.errors import TooSoon
from f1stream.replicas.bell import Bell, Wish
from f1stream.replicas.errors import StateGone

if TYPE_CHECKING:
    from f1stream.replicas.state import State


class Wishes:
    """The wishes of this replica that are still open."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._open: dict[str, asyncio.Future[Bell]] = {}

    async def fulfilled(self, wish: Wish, name: str = "") -> bool:
        """Return when the leader has done it and told what came of it; False where none leads.

        Raises `TooSoon` where the leader does, `StateGone` where its answer can't come any more.
        """
        number = secrets.token_hex(8)
        answer = self._open[number] = asyncio.get_running_loop().create_future()
        try:
            if not await self._state.wish(Bell(kind=wish, name=name, number=number)):
                return False
            done = await answer
        finally:
            del self._open[number]
        if done.wait_s is not None:
            raise TooSoon("the leading replica did so a moment ago; ask again later", done.wait_s)
        return True

    def done(self, bell: Bell) -> None:
        """Note an answer of the leader; it may be to a wish of another replica."""
        answer = self._open.get(bell.number)
        if answer is not None and not answer.done():
            answer.set_result(bell)

    def give_up(self) -> None:
        """Note that no answer to what is open can be heard any more."""
        for answer in self._open.values():
            if not answer.done():
                answer.set_exception(StateGone("the leading replica can't be heard any more"))
