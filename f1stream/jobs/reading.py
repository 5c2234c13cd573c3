"""One attempt at a source: what it yields, and what is found where its leads go."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, cast

from f1stream.catalogue import Admission
from f1stream.errors import ExtractionFailed, F1StreamError
from f1stream.extractors import Extractor, Roster, Web
from f1stream.jobs.limit import Limit, Patient
from f1stream.models import Found, Lead, Stream, host_of

log = logging.getLogger(__name__)

MAX_LEADS = 100
LEADS_AT_A_TIME = 4
# Beyond this an extractor that never ends is not listened to.
MAX_YIELDS = 200_000
# So many are let in in one turn of the loop, which other sources have to share.
TURN = 10
TOLD_EACH = 100

_Yielded: TypeAlias = AsyncGenerator[object, None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an attempt found, and how many it left out, by reason."""

    streams: list[Stream]
    left_out: Mapping[str, int]


class Reading:
    """Reads one source once. `told` hears, now and then, how many streams there are so far."""

    def __init__(
        self,
        source: Extractor,
        web: Web,
        roster: Roster,
        *,
        clock: Callable[[], datetime],
        told: Callable[[int], None],
    ) -> None:
        self._source = source
        self._web = web
        self._roster = roster
        self._told = told
        self._door = Admission(source.key, source.name, source.wants, clock)
        self._failures: Counter[str] = Counter()
        self._slots = asyncio.Semaphore(LEADS_AT_A_TIME)

    async def outcome(self) -> Outcome:
        """Everything there is now, in the source's order.

        A lead that fails is left out and counted. Raises what the source raises, and
        `ExtractionFailed` where it has nothing but leads and every one of them fails.
        """
        found: list[object] = []
        async with aclosing(cast(_Yielded, self._source.find(self._web))) as yielded:
            async for each in yielded:
                found.append(each)
                if len(found) % TOLD_EACH == 0:
                    self._told(len(found))
                    await asyncio.sleep(0)
                if len(found) >= MAX_YIELDS:
                    self._door.left_out[f"beyond the {MAX_YIELDS:,} that are listened to"] += 1
                    break
        leads = [each for each in found if isinstance(each, Lead)]
        led = await self._led(leads, alone=len(leads) == len(found))
        await self._admit(found, led)
        left_out = self._door.left_out + self._failures
        return Outcome(list(self._door.streams.values()), dict(left_out))

    async def _admit(self, found: list[object], led: Mapping[int, list[Found]]) -> None:
        """Let what was found in by turns, each lead's streams where the lead stood."""
        for turn, each in enumerate(found, 1):
            for one in led.get(id(each), []) if isinstance(each, Lead) else [each]:
                self._door.take(one)
            if turn % TURN == 0:
                await asyncio.sleep(0)
        self._told(len(self._door.streams))

    async def _led(self, leads: list[Lead], *, alone: bool) -> dict[int, list[Found]]:
        """What each lead leads to: one step, no further. `alone`: there is nothing but leads."""
        followed = leads[:MAX_LEADS]
        if len(leads) > MAX_LEADS:
            self._failures[f"beyond the {MAX_LEADS} leads of a source"] += len(leads) - MAX_LEADS
        async with asyncio.TaskGroup() as group:
            tasks = {id(lead): group.create_task(self._followed(lead)) for lead in followed}
        led = {
            key: "a lead gave up by itself" if task.cancelled() else task.result()
            for key, task in tasks.items()
        }
        failures = [result for result in led.values() if isinstance(result, str)]
        self._failures["lead that fails"] += len(failures)
        if alone and followed and len(failures) == len(led):
            raise ExtractionFailed(
                f"none of {len(followed)} leads leads to a stream: {failures[0]}"
            )
        return {key: result for key, result in led.items() if not isinstance(result, str)}

    async def _followed(self, lead: Lead) -> list[Found] | str:
        """The streams of one lead, or what went wrong."""
        try:
            async with self._slots, Limit(self._source.timeout_s / 2) as limit:
                return await self._streams_of(lead, Patient(self._web, limit))
        except TimeoutError:
            failure = f"no result within {self._source.timeout_s / 2:g} s"
        except F1StreamError as error:
            failure = error.detail
        except Exception as error:
            log.exception("source %s: a lead to %s crashed", self._source.name, lead.to)
            failure = f"{host_of(lead.url)}: crashed: {type(error).__name__}"
        return failure

    async def _streams_of(self, lead: Lead, web: Web) -> list[Found]:
        streams: list[Found] = []
        extractor = self._roster.follower(lead.to).following(lead, self._source)
        async with aclosing(cast(_Yielded, extractor.find(web))) as yielded:
            async for found in yielded:
                if isinstance(found, Found) and len(streams) < MAX_YIELDS:
                    key = f"{lead.key} {found.key}".strip()
                    streams.append(replace(found, key=key, title=found.title or lead.title))
        return streams
