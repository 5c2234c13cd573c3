"""One of several f1streams that are one: it leads and works, or follows the one that does."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NoReturn, Protocol, get_args

from f1stream.catalogue import Catalogue, Viewing
from f1stream.errors import F1StreamError, TooSoon
from f1stream.metrics.snapshot import Part
from f1stream.replicas.bell import Bell, Wish
from f1stream.replicas.duty import Duty
from f1stream.replicas.errors import LeaseLost, StateGone
from f1stream.replicas.following import Following
from f1stream.replicas.keys import CommonKeys
from f1stream.replicas.telling import Telling
from f1stream.replicas.wishes import Wishes
from f1stream.verifier import Previews

if TYPE_CHECKING:
    from f1stream.replicas.state import State

log = logging.getLogger(__name__)

# So often within a lease a replica says that it lives: two may get lost.
BEATS = 6
# A replica that follows and has lost Redis works for itself after so long: the one that led may be
# gone as well, and work that is done twice does no harm.
ALONE_AFTER_S = 60.0
LEAVE_S = 1.0
MOST_WISHES = 64
WISHES = get_args(Wish)


class Sources(Protocol):
    """How sources are read, as `jobs.Rounds` does."""

    async def force(self) -> None:
        """Read every source now; raises `TooSoon`."""
        ...

    async def reread(self, name: str) -> None:
        """Read one source now, while the loops run."""
        ...

    async def once(self, name: str) -> None:
        """Read one source now, while they don't."""
        ...


class _RoleChanged(Exception):
    """This replica led and leads no longer, or the other way round."""


class Replica:
    """Shares a catalogue, the pictures and what is watched through `state`.

    While Redis is gone everything that is known stays. Who worked goes on working, each for itself,
    and what was found is told once Redis is back. `keys` are those that links are signed with; None
    where they are not to be shared. `clock` is monotonic.
    """

    def __init__(
        self,
        state: State,
        catalogue: Catalogue,
        viewing: Viewing,
        previews: Previews,
        sources: Sources,
        *,
        keys: CommonKeys | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._catalogue = catalogue
        self._viewing = viewing
        self._sources = sources
        self._keys = keys
        self._clock = clock
        self._telling = Telling(state, catalogue, previews)
        self._following = Following(state, catalogue, previews, self._telling)
        self._wishes = Wishes(state)
        self._duty: Duty | None = None
        self._reading: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._reported: set[str] = set()
        self._apart_since_s: float | None = None
        self._apart: str | None = "the other replicas are not met yet"
        self._follows = False

    def __repr__(self) -> str:
        role = "apart" if self._apart else "leading" if self.part().leads else "following"
        return f"<Replica {role}{', working' if self._works else ''}>"

    @property
    def _works(self) -> bool:
        return self._duty is not None and self._duty.taken_up

    def part(self) -> Part:
        """Whether it leads, and whether it meets the others."""
        connected = self._apart is None
        return Part(leads=connected and not self._follows, connected=connected)

    def notes(self) -> list[str]:
        """What an operator should know of how this replica gets on with the others."""
        if self._apart is None:
            return []
        how = "it works for itself" if self._works else "it serves what was known last"
        return [f"this replica is by itself: {self._apart}; until then {how}"]

    async def run(self, work: Callable[[], Awaitable[None]]) -> None:
        """Take part until cancelled, and have `work` run while it is this replica's."""
        async with asyncio.TaskGroup() as group:
            self._duty = Duty(work, group)
            try:
                while True:
                    await self._part(self._duty)
            finally:
                with suppress(StateGone, TimeoutError):
                    async with asyncio.timeout(LEAVE_S):
                        await self._state.leave()

    async def reread(self, name: str) -> None:
        """Have a source read now; returns when it is, and known here.

        A replica that follows asks the leader. Where none can be asked it reads the source itself,
        so that viewers whose token has ended go on.
        """
        if self._works:
            return await self._sources.reread(name)
        with suppress(StateGone):
            if self._follows and await self._wishes.fulfilled("reread", name):
                return await self._following.source(name)
        before = self._catalogue.source(name).last_run
        async with self._reading[name]:
            # It may have been read for somebody else meanwhile.
            if self._catalogue.source(name).last_run == before:
                await self._sources.once(name)

    async def extract(self) -> None:
        """Have every source read now; returns when all are, and known here. Raises `TooSoon`."""
        if self._works:
            return await self._sources.force()
        with suppress(StateGone):
            if self._follows and await self._wishes.fulfilled("extract"):
                await self._following.sources()
                return
        await asyncio.gather(*(self.reread(health.name) for health in self._catalogue.sources()))

    def reported(self, stream_id: str) -> None:
        """Have a stream that a viewer can't play looked at again."""
        if self._works:
            self._catalogue.reported(stream_id, datetime.now(UTC))
        elif len(self._reported) < MOST_WISHES:
            self._reported.add(stream_id)

    async def _part(self, duty: Duty) -> None:
        """Take part in one role, for as long as that lasts."""
        pause_s = self._state.lease_s / BEATS
        try:
            await self._joined(duty)
        except* _RoleChanged:
            pause_s = 0
        except* LeaseLost:
            duty.lay_down()
        except* StateGone as gone:
            self._note_apart(gone, duty)
        finally:
            self._wishes.give_up()
        await asyncio.sleep(pause_s)

    async def _joined(self, duty: Duty) -> None:
        async with self._state.listening() as bells:
            beat = await self._state.beat(self._viewing.here())
            self._viewing.elsewhere(beat.watched)
            await self._share_keys()
            self._follows = not beat.leads
            await (self._lead(bells, duty) if beat.leads else self._follow(bells, duty))

    async def _lead(self, bells: AsyncIterator[Bell], duty: Duty) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beats(leads=True))
            if not duty.taken_up:
                # The last word of the replica that led before.
                await self._following.everything()
                self._catalogue.taken_over()
            await self._telling.begin()
            self._note_joined("leads and works")
            duty.take_up()
            group.create_task(self._telling.run())
            answering: set[asyncio.Task[None]] = set()
            async for bell in bells:
                if bell.kind == "keys":
                    await self._share_keys()
                elif bell.kind in WISHES and len(answering) < MOST_WISHES:
                    task = group.create_task(self._answer(bell))
                    answering.add(task)
                    task.add_done_callback(answering.discard)

    async def _follow(self, bells: AsyncIterator[Bell], duty: Duty) -> None:
        duty.lay_down()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._beats(leads=False))
            await self._following.everything()
            self._note_joined("follows the one that leads")
            async for bell in bells:
                match bell.kind:
                    case "source":
                        await self._following.source(bell.name)
                    case "picture":
                        await self._following.picture(bell.name)
                    case "keys":
                        await self._share_keys()
                    case "done":
                        self._wishes.done(bell)
                    case "free":
                        # No need to wait for the next beat.
                        raise _RoleChanged
                    case _:
                        pass

    async def _beats(self, *, leads: bool) -> NoReturn:
        """Say now and then that this replica lives, for as long as its role is the same."""
        while True:
            await asyncio.sleep(self._state.lease_s / BEATS)
            beat = await self._state.beat(self._viewing.here())
            self._viewing.elsewhere(beat.watched)
            if beat.leads != leads:
                raise _RoleChanged if beat.leads else LeaseLost("another replica leads now")
            while self._reported and not leads:
                await self._state.wish(Bell(kind="report", name=self._reported.pop()))

    async def _answer(self, wish: Bell) -> None:
        """Do what another replica wishes, and tell it so. A failure shows in the catalogue."""
        wait_s = None
        known = any(health.name == wish.name for health in self._catalogue.sources())
        try:
            if wish.kind == "report":
                self._catalogue.reported(wish.name, datetime.now(UTC))
            elif wish.kind == "extract":
                await self._sources.force()
            elif known:
                await self._sources.reread(wish.name)
        except TooSoon as soon:
            wait_s = soon.wait_s
        except F1StreamError as error:
            log.info("what another replica wished for failed: %s", error.detail)
        if wish.number:
            await self._telling.now()
            await self._state.call(Bell(kind="done", number=wish.number, wait_s=wait_s))

    async def _share_keys(self) -> None:
        if self._keys is not None:
            await self._keys.follow()

    def _note_joined(self, role: str) -> None:
        log.info("one of several replicas: this one %s", role)
        self._apart = self._apart_since_s = None

    def _note_apart(self, gone: BaseExceptionGroup[StateGone], duty: Duty) -> None:
        """Go on by itself: at once where it worked, or has never met the others."""
        fault = _first(gone)
        now_s = self._clock()
        never_joined = self._apart is not None and self._apart_since_s is None
        if self._apart_since_s is None:
            self._apart_since_s = now_s
        if never_joined or now_s - self._apart_since_s >= ALONE_AFTER_S:
            duty.take_up()
        if fault != self._apart:
            log.warning("%s; this replica goes on by itself, and goes on trying", fault)
        self._apart = fault
        self._follows = False
        self._viewing.elsewhere(())


def _first(group: BaseExceptionGroup[StateGone]) -> str:
    each: BaseException = group
    while isinstance(each, BaseExceptionGroup):
        each = each.exceptions[0]
    return str(each)
