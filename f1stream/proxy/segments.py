"""One fetch, many viewers: bodies are fetched once, shared while they arrive, and kept a while.

A store of two kinds of key: a whole resource, and a part of one that was asked for by range while
the whole was not there. Whatever is asked of a whole resource that is here, ranges included, is
answered from it. Parts are what single-file playlists (EXT-X-BYTERANGE) consist of.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from types import TracebackType
from typing import Self

from f1stream.errors import (
    F1StreamError,
    NoRoom,
    NotKept,
    TooLarge,
    UpstreamDown,
)
from f1stream.metrics.tally import Lookups
from f1stream.models import Upstream
from f1stream.net.client import Client
from f1stream.proxy.answer import answered
from f1stream.proxy.buffers import Buffers
from f1stream.proxy.filling import Filling
from f1stream.proxy.kept import Kept, Key
from f1stream.proxy.ranges import Range, asked_range
from f1stream.proxy.relay import Relayed
from f1stream.proxy.reuse import Reuse
from f1stream.proxy.segment import Segment

log = logging.getLogger(__name__)

# One body may take that part of the budget; a larger one is relayed without being shared.
LARGEST = 0.5
# So many fetches at a time may be under way that nobody has asked for.
MOST_AHEAD = 4
_OVERSIZED_REMEMBERED = 256


class Segments:
    """The store; an async context manager that owns the fetches.

    `max_bytes` is the budget of all buffers, until `allow` gives another. The least recently used
    go first; those that a viewer reads from stay. `idle_s` is how long an upstream may be silent.
    What viewers ask for is counted in `lookups`. `clock` is monotonic.
    """

    def __init__(
        self,
        client: Client,
        *,
        max_bytes: int,
        idle_s: float,
        lookups: Lookups | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._filling = Filling(client, idle_s=idle_s, widen=self._widen, clock=clock)
        self._lookups = lookups or Lookups()
        self._largest_bytes = int(max_bytes * LARGEST)
        self._clock = clock
        self._buffers = Buffers(max_bytes)
        self._kept: OrderedDict[Key, Kept] = OrderedDict()
        self._oversized: OrderedDict[Key, None] = OrderedDict()
        self._reuse = Reuse()
        self._fetches = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        filling = sum(not kept.segment.complete for kept in self._kept.values())
        held = f"{len(self._kept)} held, {filling} in flight"
        return f"<Segments {held} · {self._buffers!r} · {self._reuse!r}>"

    @property
    def max_bytes(self) -> int:
        """The budget."""
        return self._buffers.max_bytes

    @property
    def held_bytes(self) -> int:
        """What of the budget is taken."""
        return self._buffers.held_bytes

    def allow(self, max_bytes: int) -> None:
        """Have another budget from now on: the least recently used goes where that is too little.

        What a viewer reads from stays, and whatever is found too large now may fit again.
        """
        for kept in list(self._kept.values()):
            if self._buffers.lent_bytes <= max_bytes:
                break
            self._let_go(kept)
        self._buffers.allow(max_bytes)

    async def __aenter__(self) -> Self:
        await self._fetches.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for fetch in self._running:
            fetch.cancel()
        # Without the error: a task group would wrap what is none of its tasks' doing.
        await self._fetches.__aexit__(None, None, None)

    @asynccontextmanager
    async def open(
        self, upstream: Upstream, scope: str, asked: Mapping[str, str]
    ) -> AsyncIterator[Relayed]:
        """What a viewer gets whose request has the headers `asked`, of range and validators.

        Raises `UpstreamError`, `RangeNotSatisfiable`, and `TooLarge` for what has to be relayed
        without being shared, as `NotKept` where it could be. The buffer stays while the block is
        open, and so must whoever writes from it.
        """
        part = asked_range(asked)
        # Whether a part may be given at all depends on the whole's validator (RFC 9110, 13.1.5).
        fetched = None if "If-Range" in asked else part
        kept = self._find(scope, upstream.url, fetched)
        if kept is None:
            self._lookups.misses += 1
            kept = self._begin(upstream, scope, fetched)
        elif kept.segment.complete:
            self._lookups.hits += 1
        else:
            self._lookups.joined += 1
        file = kept.segment.enter()
        try:
            await kept.segment.beginning()
            wanted = part if kept.key.part is None else None
            yield answered(kept.segment, file, asked, wanted, kept.age_s(self._clock()))
        finally:
            kept.segment.leave(file)
            self._left(kept)

    def prefetch(self, upstream: Upstream, scope: str) -> None:
        """Begin to fetch what viewers will ask for next, where that is any use."""
        ahead = sum(kept.ahead and not kept.segment.complete for kept in self._kept.values())
        if ahead >= MOST_AHEAD or not self._reuse.pays or self._find(scope, upstream.url, None):
            return
        try:
            self._begin(upstream, scope, None).ahead = True
        except TooLarge:
            return

    @contextmanager
    def hit(self, scope: str, url: str) -> Iterator[Relayed | None]:
        """The whole of a resource that is here and fresh, else None: nothing is waited for."""
        kept = self._find(scope, url, None)
        if kept is None or not kept.segment.complete:
            yield None
            return
        self._lookups.hits += 1
        file = kept.segment.enter()
        try:
            yield answered(kept.segment, file, {}, None, kept.age_s(self._clock()))
        finally:
            kept.segment.leave(file)
            self._left(kept)

    def holds(self, scope: str, url: str) -> bool:
        """Whether the whole of that resource is here and fresh."""
        kept = self._find(scope, url, None)
        return kept is not None and kept.segment.complete

    def _find(self, scope: str, url: str, part: Range | None) -> Kept | None:
        """What can answer the request, the whole resource before its part."""
        for key in (Key(scope, url), Key(scope, url, part)):
            kept = self._kept.get(key)
            if kept is None:
                continue
            if kept.is_stale(self._clock()):
                self._forget(kept)
                continue
            self._kept.move_to_end(key)
            return kept
        return None

    def _begin(self, upstream: Upstream, scope: str, part: Range | None) -> Kept:
        # "From the first byte to the end" is the whole: many players ask for it in these words.
        key = Key(scope, upstream.url, None if part == Range(0, None) else part)
        if key in self._oversized:
            raise TooLarge("this body was found too large to be shared")
        if not self._reuse.keeps(key):
            raise NotKept("what is kept has been of no use lately")
        kept = self._kept[key] = Kept(key, Segment(self._buffers, self._make_room))
        kept.fetch = self._fetches.create_task(self._fetch(kept, upstream))
        self._running.add(kept.fetch)
        kept.fetch.add_done_callback(self._running.discard)
        return kept

    def _left(self, kept: Kept) -> None:
        """A viewer is done: end a fetch that nobody waits for, free what nobody will use."""
        if kept.segment.readers:
            return
        if not kept.segment.complete:
            if kept.fetch and kept.segment.error is None:
                kept.fetch.cancel()
            self._forget(kept)
        elif kept.lifetime_s == 0 or self._kept.get(kept.key) is not kept:
            self._forget(kept)

    def _forget(self, kept: Kept) -> None:
        if self._kept.get(kept.key) is kept:
            del self._kept[kept.key]
            if kept.segment.complete:
                self._reuse.gone(used=kept.was_of_use)
        if not kept.segment.readers and (kept.segment.complete or kept.segment.error):
            kept.segment.free()

    async def _fetch(self, kept: Kept, upstream: Upstream) -> None:
        segment = kept.segment
        try:
            await self._filling.fill(kept, upstream)
            segment.finish()
        except F1StreamError as error:
            if isinstance(error, TooLarge) and not isinstance(error, NoRoom):
                self._remember_oversized(kept.key)
            segment.fail(error)
        except asyncio.CancelledError:
            segment.fail(UpstreamDown("the fetch was ended"))
            raise
        except Exception:
            log.exception("a fetch crashed")
            segment.fail(UpstreamDown("the fetch failed"))
        finally:
            kept.fetch = None
            if segment.error or kept.lifetime_s == 0:
                self._forget(kept)

    def _widen(self, kept: Kept) -> None:
        """The upstream ignored the range: what comes is the whole, and may serve as such."""
        part, kept.key = kept.key, Key(kept.key.scope, kept.key.url)
        if self._kept.get(part) is kept:
            del self._kept[part]
            self._kept.setdefault(kept.key, kept)

    def _make_room(self, size_bytes: int) -> None:
        """Let go of the least recently used until a body of that size fits."""
        if size_bytes > self._largest_bytes:
            raise TooLarge(f"a body of {size_bytes} bytes is too large to be shared")
        if size_bytes > self._buffers.max_bytes * LARGEST:
            raise NoRoom(f"a body of {size_bytes} bytes is too large while memory is short")
        for kept in list(self._kept.values()):
            if self._buffers.has_room(size_bytes):
                return
            self._let_go(kept)

    def _let_go(self, kept: Kept) -> None:
        """Forget it, where nobody reads from it."""
        if kept.segment.complete and not kept.segment.readers:
            self._forget(kept)

    def _remember_oversized(self, key: Key) -> None:
        self._oversized[key] = None
        if len(self._oversized) > _OVERSIZED_REMEMBERED:
            self._oversized.popitem(last=False)
