"""Playlists: fetched once per interval however many viewers poll, and made ready once per fetch."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from f1stream.errors import BadRequest, UpstreamError, UpstreamStatus
from f1stream.hls.directives import Directives
from f1stream.hls.links import Link
from f1stream.metrics.tally import Lookups
from f1stream.models import Upstream
from f1stream.proxy.flights import Flights
from f1stream.proxy.playlist import Playlist, PlaylistKey, key_of, remembered

# Answers that were waited for stay right that long (RFC 8216bis, appendix B.1).
_LASTING_TARGETS = 6

NOW = Directives()


@dataclass(frozen=True, slots=True)
class Question:
    """What an upstream is asked: to answer at once, or to wait for what `directives` name.

    `asked_at` is the present on the store's clock.
    """

    asked_at: float
    directives: Directives = NOW

    @property
    def waits(self) -> bool:
        return self.directives.msn is not None


class Awaited(NamedTuple):
    """What several viewers wait for together."""

    key: PlaylistKey
    msn: int | None = None
    part: int | None = None


class Origin(Protocol):
    """Where playlists come from, ready for a player."""

    async def fetch(
        self, key: PlaylistKey, upstream: Upstream, held: Playlist | None, question: Question
    ) -> Playlist:
        """The playlist as it is now: another one, or `held` with what changed about it.

        Raises `UpstreamError`.
        """
        ...


class Playlists:
    """The store of playlists; an async context manager that owns the fetches.

    `max_held_bytes` bounds all playlists together. `ttl_s` shortens the time for which a copy is
    served. What viewers ask for is counted in `lookups`. `clock` is monotonic.
    """

    def __init__(
        self,
        origin: Origin,
        *,
        max_held_bytes: int = 32 << 20,
        ttl_s: float | None = None,
        lookups: Lookups | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._origin = origin
        self._lookups = lookups or Lookups()
        self._max_held_bytes = max_held_bytes
        self._ttl_s = ttl_s
        self._clock = clock
        self._held: OrderedDict[PlaylistKey, Playlist] = OrderedDict()
        self._held_bytes = 0
        self._flights: Flights[Awaited, Playlist] = Flights()

    def __repr__(self) -> str:
        return f"<Playlists {len(self._held)} held, {self._held_bytes / 2**20:.1f} MiB>"

    @property
    def held_bytes(self) -> int:
        """What all playlists take together."""
        return self._held_bytes

    async def __aenter__(self) -> Self:
        await self._flights.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._flights.__aexit__(kind, error, at)

    def ready(self, key: PlaylistKey, directives: Directives = NOW) -> Playlist | None:
        """The copy that answers without asking the upstream."""
        held = self._held.get(key)
        if held is None:
            return None
        if directives.msn is None or held.progress is None:
            usable = self.fresh_for_s(held) > 0
        else:
            lives = self._clock() - held.checked_at < held.pace.usable_s
            usable = lives and held.progress.has(directives)
        if not usable:
            return None
        self._lookups.hits += 1
        return held

    def fresh_for_s(self, held: Playlist) -> float:
        """Seconds for which a playlist may still be served; not positive where it is stale."""
        fresh_s = held.pace.fresh_s
        if self._ttl_s is not None:
            fresh_s = min(fresh_s, self._ttl_s)
        return held.asked_at + fresh_s - self._clock()

    def answers_for_s(self, held: Playlist, directives: Directives) -> float:
        """Seconds for which it stays the right answer to the same request."""
        if directives.msn is not None and held.progress and held.progress.has(directives):
            return _LASTING_TARGETS * held.progress.target_s
        return self.fresh_for_s(held)

    async def get(
        self,
        upstream: Upstream,
        link: Link,
        quality: int | None = None,
        directives: Directives = NOW,
    ) -> Playlist:
        """The playlist that `link` stands for, ready for a player.

        `quality` keeps one variant only, 0 the one of the highest bandwidth. What `directives`
        ask to wait for is waited for where the upstream can do that, once for all who ask. While
        the upstream fails, the last copy is served for as long as a player can use it. Raises
        `UpstreamError`, `NoSuchVariant` for a quality that is not there, and `BadRequest` for a
        segment too far ahead.
        """
        key = key_of(link, quality)
        if ready := self.ready(key, directives):
            self._held.move_to_end(key)
            return ready
        held = self._held.get(key)
        if held is not None and (held.progress is None or held.progress.ended):
            directives = NOW
        self._check_reach(held, directives)
        awaited = Awaited(key, directives.msn, directives.part)
        if self._flights.has(awaited):
            self._lookups.joined += 1
        else:
            self._lookups.misses += 1
        try:
            return await self._flights.share(
                awaited, lambda: self._fetch(key, upstream, held, directives)
            )
        except UpstreamError as error:
            held = self._held.get(key)
            if held is None or not self._usable(held, error):
                raise
            # Not again before the next interval: an upstream in trouble needs no more requests.
            held.asked_at = self._clock()
            return held

    def held(self, scope: str) -> dict[str, bytes]:
        """The playlists of one stream as players have them, by the URLs of their links."""
        found = [(key, held) for key, held in self._held.items() if key.scope == scope]
        return {key.url: held.body for key, held in found if key.quality is None}

    def forget(self) -> None:
        """Hold nothing that was made until now."""
        self._held.clear()
        self._held_bytes = 0

    def _check_reach(self, held: Playlist | None, directives: Directives) -> None:
        if held is None or held.progress is None:
            return
        if held.progress.is_too_far(directives, self._clock() - held.checked_at):
            raise BadRequest("_HLS_msn and _HLS_part are further ahead than a player may ask for.")

    def _usable(self, held: Playlist, error: UpstreamError) -> bool:
        told = isinstance(error, UpstreamStatus) and error.ended
        return not told and self._clock() - held.checked_at < held.pace.usable_s

    async def _fetch(
        self,
        key: PlaylistKey,
        upstream: Upstream,
        held: Playlist | None,
        directives: Directives,
    ) -> Playlist:
        # The copy is as old as the question: the upstream may have answered before it moved on.
        question = Question(self._clock(), directives)
        try:
            made = await self._origin.fetch(key, upstream, held, question)
        except UpstreamError:
            if held is not None and question.waits:
                # Whoever waits asks again at once: one request per interval is enough in trouble.
                await asyncio.sleep(held.pace.fresh_s)
            raise
        if question.waits:
            made.asked_at = made.checked_at = self._clock()
        if made is not held:
            self._hold(key, made, question)
        return made

    def _hold(self, key: PlaylistKey, made: Playlist, question: Question) -> None:
        before = self._held.get(key)
        if before is not None:
            if _is_overtaken(made, before, question):
                return
            self._held_bytes -= len(self._held.pop(key).body)
        made.former = remembered(made, before)
        self._held_bytes += len(made.body)
        self._held[key] = made
        while self._held_bytes > self._max_held_bytes and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            self._held_bytes -= len(oldest.body)


def _is_overtaken(made: Playlist, before: Playlist, question: Question) -> bool:
    """Whether an answer to a later question came first, and says more."""
    if made.progress is None or before.progress is None or question.asked_at > before.checked_at:
        return False
    return made.progress.position < before.progress.position
