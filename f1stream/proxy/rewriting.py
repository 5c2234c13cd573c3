"""Playlists from their upstreams, with links that lead back here."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import TypeGuard

import aiohttp

from f1stream.errors import BadRequest, NotAPlaylist
from f1stream.hls.directives import with_query
from f1stream.hls.limits import INLINE_BYTES, check_size
from f1stream.hls.links import Links
from f1stream.hls.newest import newest_segment
from f1stream.hls.pace import pace
from f1stream.hls.playlist import is_playlist, select_variant
from f1stream.hls.progress import progress
from f1stream.hls.rewriter import Rewriter
from f1stream.models import Upstream, host_of
from f1stream.net.chunks import read_bounded
from f1stream.net.client import Client, checked
from f1stream.proxy.playlist import Playlist, PlaylistKey, gzipped
from f1stream.proxy.playlists import Question
from f1stream.tracing.spans import Trace, untraced

# How much longer than usual an upstream may take that was asked to wait for what comes next. It
# says itself that there is none after three target durations (RFC 8216bis 6.2.5.2).
MOST_PATIENCE_S = 30.0
_PATIENCE_TARGETS = 3

Ahead = Callable[[Upstream, str], None]


class Rewriting:
    """Fetches playlists and rewrites them.

    `max_bytes` bounds one playlist as it comes. `root` gives this server's public URL, or the path
    of it, with a slash at the end. `ahead` is told of the segment that a live one has gained, with
    the scope on whose behalf it is fetched.
    """

    def __init__(
        self,
        client: Client,
        links: Links,
        *,
        max_bytes: int,
        root: Callable[[], str] = lambda: "/",
        ahead: Ahead | None = None,
        trace: Trace = untraced,
    ) -> None:
        self._client = client
        self._links = links
        self._max_bytes = max_bytes
        self._root = root
        self._ahead = ahead
        self._trace = trace

    async def fetch(
        self, key: PlaylistKey, upstream: Upstream, held: Playlist | None, question: Question
    ) -> Playlist:
        """See `Origin`. Raises `NoSuchVariant` and `BadRequest` as well."""
        attributes = {
            "server.address": host_of(upstream.url),
            "f1stream.stream": key.scope,
        }
        with self._trace("playlist", attributes):
            try:
                return await self._fetched(key, upstream, held, question)
            except NotAPlaylist as error:
                self._client.unusable(error)
                raise

    async def _fetched(
        self, key: PlaylistKey, upstream: Upstream, held: Playlist | None, question: Question
    ) -> Playlist:
        asked_at = question.asked_at
        if held is not None and not self._continues(held.memory):
            held = None
        url = with_query(upstream.url, question.directives.waiting_query)
        async with self._client.get(
            replace(upstream, url=url),
            headers=held.validators if held and not question.waits else {},
            patience_s=_patience_s(held, question),
        ) as response:
            if held is not None and response.status == 304:
                held.asked_at = held.checked_at = asked_at
                return held
            if question.waits and response.status == 400:
                raise BadRequest("the upstream has nothing so far ahead to wait for")
            source = await read_bounded(checked(response), self._max_bytes, self._client.idle_s)
            # Relative URIs are relative to where the playlist was found in the end (RFC 3986).
            found_at = str(response.url)
            base = upstream.url if found_at == url else found_at
            validators = _validators(response)
        digest = hashlib.blake2b(source + base.encode(), digest_size=16).digest()
        if held is not None and held.source_digest == digest:
            held.asked_at = held.checked_at = asked_at
            held.validators = validators
            return held
        scribe = held.memory if held else None
        if not self._continues(scribe):
            scribe = Scribe(self._links, key.scope, self._root())
        made = await scribe.made(key, source, base, asked_at)
        made.source_digest, made.validators, made.memory = digest, validators, scribe
        if held is not None and made.newest is not None and self._ahead is not None:
            self._ahead(replace(upstream, url=made.newest), key.scope)
        return made

    def _continues(self, memory: object) -> TypeGuard[Scribe]:
        """Whether what is remembered is signed with the keys of today."""
        return isinstance(memory, Scribe) and memory.keys == self._links.keys


class Scribe:
    """Makes the playlists of one stream, one after the other, with what it remembers of the last.

    What is long is made in a thread, so that the loop goes on.
    """

    def __init__(self, links: Links, scope: str, root: str) -> None:
        self.keys = links.keys
        self._rewriter = Rewriter(links, scope, root)
        self._turn = asyncio.Lock()

    async def made(self, key: PlaylistKey, source: bytes, base: str, asked_at: float) -> Playlist:
        """The playlist for players. Raises `NotAPlaylist`, `TooLarge` and `NoSuchVariant`."""
        async with self._turn:
            if len(source) <= INLINE_BYTES:
                return self._made(key, source, base, asked_at)
            return await asyncio.to_thread(self._made_whole, key, source, base, asked_at)

    def _made_whole(self, key: PlaylistKey, source: bytes, base: str, asked_at: float) -> Playlist:
        made = self._made(key, source, base, asked_at)
        made.packed = gzipped(made.body)
        return made

    def _made(self, key: PlaylistKey, source: bytes, base: str, asked_at: float) -> Playlist:
        check_size(source)
        if not is_playlist(source):
            raise NotAPlaylist(f"{host_of(base)}: the answer is not an HLS playlist")
        if key.quality is not None:
            source = select_variant(source, key.quality)
        body = self._rewriter.rewrite(source, base, dict(key.variables))
        return Playlist(
            body,
            pace(source),
            asked_at,
            asked_at,
            progress(source),
            newest=newest_segment(source, base),
        )


def _patience_s(held: Playlist | None, question: Question) -> float:
    if not question.waits:
        return 0.0
    if held is None or held.progress is None:
        return MOST_PATIENCE_S
    return min(_PATIENCE_TARGETS * held.progress.target_s, MOST_PATIENCE_S)


def _validators(response: aiohttp.ClientResponse) -> dict[str, str]:
    """The conditional request that asks whether this answer still holds (RFC 9110, 13.1)."""
    asked = {"If-None-Match": "ETag", "If-Modified-Since": "Last-Modified"}
    return {
        condition: response.headers[name]
        for condition, name in asked.items()
        if name in response.headers
    }
