"""One round of the background: extractors → catalogue → probe → catalogue."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from f1stream.catalogue import Catalogue, SourceHealth, stream_id
from f1stream.errors import F1StreamError
from f1stream.extractors import OWN, Extractor, Roster, Web
from f1stream.models import Found, Stream, Upstream, Verdict, host_of

log = logging.getLogger(__name__)

EXTRACT_INTERVAL = timedelta(minutes=30)
RETRY_INTERVAL = timedelta(minutes=2)
MAX_STREAMS_PER_SOURCE = 50_000


class Judge(Protocol):
    """What `Refresh` needs of a verifier."""

    async def check(self, upstream: Upstream) -> Verdict:
        """The verdict on one upstream; never raises for what the upstream does."""
        ...


class Refresh:
    """Reads the sources that are due, then judges the streams that are due.

    `roster` has the extractors that leads may be followed with. `clock` is wall time.
    """

    def __init__(
        self,
        sources: Sequence[Extractor],
        web: Web,
        catalogue: Catalogue,
        judge: Judge,
        *,
        concurrency: int,
        roster: Roster = OWN,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._sources = {source.name: source for source in sources}
        self._roster = roster
        self._web = web
        self._catalogue = catalogue
        self._judge = judge
        self._slots = asyncio.Semaphore(concurrency)
        self._clock = clock
        self._forced = False

    def force(self) -> None:
        """Have the next round read every source, due or not."""
        self._forced = True

    async def round(self) -> None:
        """One pass; a source or stream that fails does not touch the others."""
        forced, self._forced = self._forced, False
        async with asyncio.TaskGroup() as group:
            for health in self._catalogue.sources():
                group.create_task(self._pass(health, forced))

    async def _pass(self, health: SourceHealth, forced: bool) -> None:
        """One source on its own: a slow one does not hold up the streams of the others."""
        source = self._sources[health.name]
        if forced or _is_due(health, self._clock()):
            await self._read_source(source)
        async with asyncio.TaskGroup() as group:
            for stream in self._catalogue.due(source.name, self._clock()):
                group.create_task(self._judge_stream(stream))

    async def _read_source(self, source: Extractor) -> None:
        self._catalogue.started(source.name)
        try:
            async with asyncio.timeout(source.timeout_s):
                found = await self._find(source)
        except TimeoutError:
            self._note_failure(source, f"no result within {source.timeout_s:g} s")
        except F1StreamError as error:
            self._note_failure(source, error.detail)
        except Exception as error:
            log.exception("source %s crashed", source.name)
            self._note_failure(source, f"crashed: {type(error).__name__}")
        else:
            if self._catalogue.succeeded(source.name, found, self._clock()):
                log.info("source %s works again", source.name)

    def _note_failure(self, source: Extractor, error: str) -> None:
        if self._catalogue.failed(source.name, error, self._clock()):
            log.warning("source %s fails: %s", source.name, error)

    async def _find(self, source: Extractor) -> list[Stream]:
        streams: list[Stream] = []
        async for found in self._followed(source):
            if source.wants(found.title, found.about) and len(streams) < MAX_STREAMS_PER_SOURCE:
                streams.append(self._stream(source, found))
        return streams

    async def _followed(self, source: Extractor) -> AsyncIterator[Found]:
        """What a source finds, and what is found where it leads to: one step, no further."""
        async for found in source.find(self._web):
            if isinstance(found, Found):
                yield found
                continue
            async for led in (
                self._roster.follower(found.to).following(found, source).find(self._web)
            ):
                if isinstance(led, Found):
                    title = led.title or found.title
                    yield replace(led, key=f"{found.key} {led.key}".strip(), title=title)

    def _stream(self, source: Extractor, found: Found) -> Stream:
        return Stream(
            id=stream_id(source.name, found.key),
            title=found.title,
            site_key=source.key,
            site_name=source.name,
            upstream=Upstream(found.url, found.headers, host_of(found.url)),
            extracted_at=self._clock(),
            quality=found.quality,
            stream_type=found.stream_type,
        )

    async def _judge_stream(self, stream: Stream) -> None:
        async with self._slots:
            verdict = await self._judge.check(stream.upstream)
        self._catalogue.judged(stream.id, verdict)


def _is_due(health: SourceHealth, now: datetime) -> bool:
    if health.last_run is None:
        return True
    interval = RETRY_INTERVAL if health.state == "failing" else EXTRACT_INTERVAL
    return now - health.last_run >= interval
