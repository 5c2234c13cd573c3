"""Fresh addresses for links whose tokens have ended, so that players keep the links they have."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import NamedTuple, Self

from yarl import URL

from f1stream.catalogue import Catalogue
from f1stream.catalogue.sameness import address
from f1stream.catalogue.succession import Listing, listed, successor
from f1stream.errors import F1StreamError, UpstreamSlow
from f1stream.hls.links import Kind, Link, Links
from f1stream.models import Stream, Upstream
from f1stream.net.chunks import read_bounded
from f1stream.net.client import Client, checked
from f1stream.proxy.flights import Flights
from f1stream.proxy.playlists import Playlists

log = logging.getLogger(__name__)

# What one look found is good for whoever asks so soon after; a look that was of no use is not
# repeated for longer and longer.
GOOD_FOR_S = 1.0
FIRST_REST_S = 2.0
LONGEST_REST_S = 60.0
# Media playlists of one stream that are looked through: each rendition that somebody watches.
MOST_PLAYLISTS = 8
# A viewer waits no longer than that for a source to be read again.
REREAD_S = 15.0
_MOST_FORMER = 8
_MOST_FORWARDED = 512
_HERE = "http://here/"


class _Pair(NamedTuple):
    """A playlist as it is now, and as players have it."""

    fresh: Listing
    old: Listing | None


@dataclass(slots=True)
class _Rest:
    """How long nothing is looked for: a segment that is gone says nothing of a playlist."""

    until: float = float("-inf")
    next_s: float = FIRST_REST_S

    def begin(self, now: float) -> None:
        """Rest, once for all who found the same, and longer than the last time."""
        if now >= self.until:
            self.until = now + self.next_s
            self.next_s = min(2 * self.next_s, LONGEST_REST_S)


@dataclass(slots=True)
class _Known:
    """What is known of one stream's addresses.

    `former` are the URLs that its first playlist had, `forwarded` leads from a URL in a player's
    link to the one that stands for it now.
    """

    former: OrderedDict[str, None] = field(default_factory=OrderedDict)
    forwarded: OrderedDict[str, str] = field(default_factory=OrderedDict)
    pairs: list[_Pair] = field(default_factory=list)
    looked_at: float = float("-inf")
    rests: dict[Kind, _Rest] = field(default_factory=lambda: defaultdict(_Rest))


class Tokens:
    """Follows streams to where they are now; an async context manager that owns its fetches.

    A link keeps the URL that it was made of. Where that ends, the stream's playlists are fetched
    from the top, after its source was read again if the top has ended as well, and what stands in
    its place is taken from them. `reread` reads a source by name.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        reread: Callable[[str], Awaitable[None]],
        client: Client,
        playlists: Playlists,
        links: Links,
        *,
        max_bytes: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._catalogue = catalogue
        self._reread = reread
        self._client = client
        self._playlists = playlists
        self._links = links
        self._max_bytes = max_bytes
        self._clock = clock
        self._known: dict[str, _Known] = {}
        self._looks: Flights[tuple[str, bool], list[_Pair]] = Flights()

    async def __aenter__(self) -> Self:
        await self._looks.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._looks.__aexit__(kind, error, at)

    def upstream_of(self, link: Link) -> Upstream:
        """Where the bytes behind a link are now, as far as that is known."""
        stream = self._stream(link.scope)
        if stream is None:
            return Upstream(link.url, jar=link.scope)
        top = stream.upstream.url
        known = self._known.get(link.scope)
        if link.url == top:
            self._note_top(link.scope, top)
        elif known is not None and link.url in known.forwarded:
            return _at(stream, known.forwarded[link.url])
        elif known is not None and link.url in known.former:
            return _at(stream, top)
        return _at(stream, link.url)

    async def renewed(self, link: Link, failed: Upstream) -> Upstream | None:
        """Where they are instead of `failed`; None where nobody knows, or was asked just now."""
        stream = self._stream(link.scope)
        if stream is None:
            return None
        current = self.upstream_of(link)
        if current.url != failed.url:
            return current
        known = self._known.setdefault(link.scope, _Known())
        rest = known.rests[link.kind]
        if self._clock() < rest.until:
            return None
        for reread in (False, True):
            if not await self._look(link.scope, known, reread=reread):
                continue
            url = self._successor(link, known)
            if url is not None and url != failed.url:
                rest.next_s = FIRST_REST_S
                self._forward(known, link.url, url)
                return _at(stream, url)
        rest.begin(self._clock())
        return None

    def _stream(self, scope: str) -> Stream | None:
        entry = self._catalogue.get(scope)
        return entry.stream if entry else None

    def _note_top(self, scope: str, url: str) -> None:
        former = self._known.setdefault(scope, _Known()).former
        if url not in former:
            former[url] = None
            if len(former) > _MOST_FORMER:
                former.popitem(last=False)

    def _forward(self, known: _Known, url: str, fresh: str) -> None:
        known.forwarded[url] = fresh
        known.forwarded.move_to_end(url)
        if len(known.forwarded) > _MOST_FORWARDED:
            known.forwarded.popitem(last=False)

    def _successor(self, link: Link, known: _Known) -> str | None:
        stream = self._stream(link.scope)
        if stream is None:
            return None
        top = stream.upstream.url
        if link.url in known.former or address(link.url) == address(top):
            return top
        found = (successor(link.url, pair.fresh, pair.old) for pair in known.pairs)
        return next((url for url in found if url is not None), None)

    async def _look(self, scope: str, known: _Known, *, reread: bool) -> bool:
        """Have a fresh look at the stream's playlists; False where they can't be had."""
        if not reread and self._clock() - known.looked_at < GOOD_FOR_S:
            return True
        try:
            pairs = await self._looks.share(
                (scope, reread), lambda: self._looked(scope, known, reread)
            )
        except F1StreamError as error:
            log.info("a stream's fresh addresses can't be had: %s", error.detail)
            return False
        known.pairs, known.looked_at = pairs, self._clock()
        return True

    async def _looked(self, scope: str, known: _Known, reread: bool) -> list[_Pair]:
        if reread:
            await self._read_again(scope)
        stream = self._stream(scope)
        if stream is None:
            return []
        old = self._old(scope)
        tops = [listing for listing in old.values() if listing.first is None]
        top = _Pair(await self._fetched(stream.upstream), tops[0] if len(tops) == 1 else None)
        if top.fresh.first is not None:
            return [_Pair(top.fresh, next(iter(old.values()), None))]
        media = [(url, found) for url, found in old.items() if found.first is not None]
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._followed(stream, known, url, listing, top))
                for url, listing in media[:MOST_PLAYLISTS]
            ]
        return [top, *(pair for task in tasks if (pair := task.result()) is not None)]

    async def _read_again(self, scope: str) -> None:
        name = self._catalogue.source_of(scope)
        if name is None:
            return
        try:
            async with asyncio.timeout(REREAD_S):
                await self._reread(name)
        except TimeoutError:
            raise UpstreamSlow(f"the source {name} was not read in time") from None

    async def _followed(
        self, stream: Stream, known: _Known, url: str, old: Listing, top: _Pair
    ) -> _Pair | None:
        """A media playlist that players know by `url`, as it is now."""
        fresh = successor(url, top.fresh, top.old)
        if fresh is None:
            return None
        try:
            pair = _Pair(await self._fetched(_at(stream, fresh)), old)
        except F1StreamError:
            return None
        if fresh != url:
            self._forward(known, url, fresh)
        return pair

    def _old(self, scope: str) -> dict[str, Listing]:
        """The stream's playlists as players have them, by the URLs of their links."""
        held = self._playlists.held(scope)
        return {url: listed(body, _HERE, self._meant) for url, body in held.items()}

    def _meant(self, url: str) -> str:
        """The upstream URL that a link of this f1stream stands for."""
        parsed = URL(url, encoded=True)
        try:
            return self._links.read(parsed.path.rpartition("/")[2], parsed.query).url
        except F1StreamError:
            return url

    async def _fetched(self, upstream: Upstream) -> Listing:
        async with self._client.get(upstream) as response:
            body = await read_bounded(checked(response), self._max_bytes, self._client.idle_s)
            return listed(body, str(response.url))


def _at(stream: Stream, url: str) -> Upstream:
    return replace(stream.upstream, url=url, jar=stream.id)
