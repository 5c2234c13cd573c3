"""Playlists: fetched once per interval however many viewers poll, and made ready once per fetch."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import NamedTuple, Protocol, Self

import aiohttp

from f1stream.errors import NotAPlaylist, UpstreamError, UpstreamStatus
from f1stream.hls.links import Link, Links
from f1stream.hls.newest import newest_segment
from f1stream.hls.pace import Pace, pace
from f1stream.hls.playlist import is_playlist, select_variant
from f1stream.hls.rewriter import Rewriter
from f1stream.models import Upstream, host_of
from f1stream.net.client import Client, checked, read_bounded
from f1stream.proxy.flights import Flights

# Smaller than this fits into one packet or two: nothing is gained.
GZIP_FROM_BYTES = 1400
_GZIP_LEVEL = 4
_GZIP_WINDOW = 31


class PlaylistKey(NamedTuple):
    """What tells two playlists apart."""

    scope: str
    url: str
    variables: tuple[tuple[str, str], ...] = ()
    quality: int | None = None


@dataclass(slots=True, eq=False)
class Playlist:
    """A playlist ready to be sent, and what is needed to fetch the next one.

    `checked_at` is when the upstream last answered, `asked_at` when it was last asked, on the
    store's clock. `messages` is for whoever sends it: the forms it was put into before. One that
    came ready has no `rewriter`.
    """

    body: bytes
    etag: str
    pace: Pace
    checked_at: float
    asked_at: float
    rewriter: Rewriter | None = None
    source_digest: bytes = b""
    validators: dict[str, str] = field(default_factory=dict)
    messages: dict[Hashable, object] = field(default_factory=dict)
    _gzipped: bytes | None = None

    @property
    def gzipped(self) -> bytes | None:
        """The body compressed, once; None where that gains nothing."""
        if len(self.body) < GZIP_FROM_BYTES:
            return None
        if self._gzipped is None:
            packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
            self._gzipped = packer.compress(self.body) + packer.flush()
        return self._gzipped


class Origin(Protocol):
    """Where playlists come from, ready for a player."""

    async def fetch(
        self, key: PlaylistKey, upstream: Upstream, held: Playlist | None, asked_at: float
    ) -> Playlist:
        """The playlist as it is now: another one, or `held` with what changed about it.

        `asked_at` is the present on the store's clock. Raises `UpstreamError`.
        """
        ...


class Playlists:
    """The store of playlists; an async context manager that owns the fetches.

    `max_held_bytes` bounds all playlists together. `ttl_s` shortens the time for which a copy is
    served. `clock` is monotonic.
    """

    def __init__(
        self,
        origin: Origin,
        *,
        max_held_bytes: int = 32 << 20,
        ttl_s: float | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._origin = origin
        self._max_held_bytes = max_held_bytes
        self._ttl_s = ttl_s
        self._clock = clock
        self._held: OrderedDict[PlaylistKey, Playlist] = OrderedDict()
        self._held_bytes = 0
        self._flights: Flights[PlaylistKey, Playlist] = Flights()

    def __repr__(self) -> str:
        return f"<Playlists {len(self._held)} held, {self._held_bytes / 2**20:.1f} MiB>"

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

    def fresh(self, key: PlaylistKey) -> Playlist | None:
        """The copy that may be served without asking the upstream."""
        held = self._held.get(key)
        return held if held is not None and self.fresh_for_s(held) > 0 else None

    def fresh_for_s(self, held: Playlist) -> float:
        """Seconds for which a playlist may still be served; not positive where it is stale."""
        fresh_s = held.pace.fresh_s
        if self._ttl_s is not None:
            fresh_s = min(fresh_s, self._ttl_s)
        return held.asked_at + fresh_s - self._clock()

    async def get(self, upstream: Upstream, link: Link, quality: int | None = None) -> Playlist:
        """The playlist that `link` stands for, ready for a player.

        `quality` keeps one variant only, 0 the one of the highest bandwidth. While the upstream
        fails, the last copy is served for as long as a player can use it. Raises `UpstreamError`,
        and `NoSuchVariant` for a quality that is not there.
        """
        key = key_of(link, quality)
        held = self._held.get(key)
        if held is not None and self.fresh_for_s(held) > 0:
            self._held.move_to_end(key)
            return held
        try:
            return await self._flights.share(key, lambda: self._fetch(key, upstream, held))
        except UpstreamError as error:
            if held is None or not self._usable(held, error):
                raise
            # Not again before the next interval: an upstream in trouble needs no more requests.
            held.asked_at = self._clock()
            return held

    def _usable(self, held: Playlist, error: UpstreamError) -> bool:
        told = isinstance(error, UpstreamStatus) and error.status != 502
        return not told and self._clock() - held.checked_at < held.pace.usable_s

    async def _fetch(self, key: PlaylistKey, upstream: Upstream, held: Playlist | None) -> Playlist:
        # The copy is as old as the question: the upstream may have answered before it moved on.
        made = await self._origin.fetch(key, upstream, held, self._clock())
        if made is not held:
            self._hold(key, made)
        return made

    def _hold(self, key: PlaylistKey, made: Playlist) -> None:
        before = self._held.pop(key, None)
        self._held_bytes += len(made.body) - (len(before.body) if before else 0)
        self._held[key] = made
        while self._held_bytes > self._max_held_bytes and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            self._held_bytes -= len(oldest.body)


def key_of(link: Link, quality: int | None) -> PlaylistKey:
    """The key under which what `link` stands for is held."""
    return PlaylistKey(link.scope, link.url, tuple(sorted(link.variables.items())), quality)


class Rewriting:
    """Playlists from their upstreams, with links that lead back here.

    `max_bytes` bounds one playlist as it comes. `ahead` is told of the segment that a live one has
    gained, with the scope on whose behalf it is fetched.
    """

    def __init__(
        self,
        client: Client,
        links: Links,
        *,
        max_bytes: int,
        ahead: Callable[[Upstream, str], None] | None = None,
    ) -> None:
        self._client = client
        self._links = links
        self._max_bytes = max_bytes
        self._ahead = ahead

    async def fetch(
        self, key: PlaylistKey, upstream: Upstream, held: Playlist | None, asked_at: float
    ) -> Playlist:
        """See `Origin`. Raises `NoSuchVariant` as well."""
        headers = held.validators if held else {}
        async with self._client.get(upstream, headers=headers) as response:
            if held is not None and response.status == 304:
                held.asked_at = held.checked_at = asked_at
                return held
            source = await read_bounded(checked(response), self._max_bytes, self._client.idle_s)
            # Relative URIs are relative to where the playlist was found in the end (RFC 3986).
            base = str(response.url)
            validators = _validators(response)
        if not is_playlist(source):
            raise NotAPlaylist(f"{host_of(base)}: the answer is not an HLS playlist")
        digest = hashlib.blake2b(source + base.encode(), digest_size=16).digest()
        if held is not None and held.source_digest == digest:
            held.asked_at = held.checked_at = asked_at
            held.validators = validators
            return held
        rewriter = (held.rewriter if held else None) or Rewriter(self._links, key.scope)
        made = _made(key, source, base, rewriter, asked_at)
        made.source_digest, made.validators = digest, validators
        if held is not None and self._ahead is not None and (url := newest_segment(source, base)):
            self._ahead(replace(upstream, url=url), key.scope)
        return made


def _made(
    key: PlaylistKey, source: bytes, base: str, rewriter: Rewriter, asked_at: float
) -> Playlist:
    if key.quality is not None:
        source = select_variant(source, key.quality)
    body = rewriter.rewrite(source, base, dict(key.variables))
    etag = f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'
    return Playlist(body, etag, pace(source), asked_at, asked_at, rewriter)


def _validators(response: aiohttp.ClientResponse) -> dict[str, str]:
    """The conditional request that asks whether this answer still holds (RFC 9110, 13.1)."""
    asked = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
    return {
        condition: response.headers[name]
        for condition, name in asked.items()
        if name in response.headers
    }
