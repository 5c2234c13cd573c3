"""The shortest way for what is in memory already: before routing, by the request's target alone.

Most requests of a live stream ask for what somebody has just asked for. They are answered by a
look-up and a write; everything else goes on to the application. Dispatch by the application costs
as much again as all the rest of such a request.
"""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple

from aiohttp import web
from multidict import istr

from f1stream.errors import F1StreamError
from f1stream.hls.directives import Directives
from f1stream.hls.links import Kind
from f1stream.http.delivery import common_headers, playlist_message, quality_of
from f1stream.http.ready import Ready, takes_ready
from f1stream.http.requests import Requests
from f1stream.http.services import LINK, Playing
from f1stream.http.sessions import BY_TOKEN
from f1stream.proxy.kept import Key
from f1stream.proxy.passage import Passage
from f1stream.proxy.playlist import PlaylistKey, key_of
from f1stream.proxy.relay import FilePart, Relayed
from f1stream.tracing import ids
from f1stream.tracing.ids import REQUEST_ID

_MAX_KNOWN = 8192
_PLAYED = re.compile(rf"(?:{BY_TOKEN}([^/?]++))?/(proxy|relay)\?")
_DONE = Ready(b"")
# What makes a segment's answer depend on more than the target.
_CONDITIONS = tuple(map(istr, ("Range", "If-None-Match", "If-Modified-Since")))


class Wanted(NamedTuple):
    """What a request for a playlist asks for."""

    key: PlaylistKey
    directives: Directives


class Hits:
    """A request handler in front of another one."""

    def __init__(self, playing: Playing, onward: Requests) -> None:
        self._playing = playing
        self._onward = onward
        self._seen = playing.viewing.seen
        self._viewer = playing.trusted.viewer
        self._playlists = playing.tally.playlist
        self._media = playing.tally.media
        self._heads = playing.heads
        self._gate = playing.gate
        self._known: dict[str, Wanted | Key] = {}
        # What a key that is gone has signed is known no longer.
        playing.links.watch(self._known.clear)

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if takes_ready(request):
            known = self._known.get(request.raw_path) or self._learned(request)
            if self._gate.required and known is not None and not self._admits(request):
                known = None
            if isinstance(known, Wanted):
                playlist = self._playing.playlists.ready(known.key, known.directives)
                skip = known.directives.skip
                if playlist is not None and not (skip and playlist.has_slow(skip)):
                    self._seen(known.key.scope, self._viewer(request))
                    right_s = self._playing.playlists.answers_for_s(playlist, known.directives)
                    message = playlist_message(playlist, right_s, skip, request, self._heads)
                    self._playlists.hit(message.status, message.body_bytes)
                    asked_as = request.headers.get(REQUEST_ID)
                    return message if asked_as is None else _echoed(message, asked_as)
            elif known is not None and not any(name in request.headers for name in _CONDITIONS):
                if await self._segment(request, known):
                    return _DONE
        return await self._onward(request)

    def _learned(self, request: web.BaseRequest) -> Wanted | Key | None:
        """What a target stands for, its signature checked once; None for other routes."""
        target = request.raw_path
        played = _PLAYED.match(target)
        if played is None or not (played[1] is None or self._gate.is_token(played[1])):
            return None
        route = Kind(played[2])
        try:
            link = self._playing.links.read(route, request.query)
            quality, directives = quality_of(request.query), Directives.read(request.query)
        except F1StreamError:
            return None
        request[LINK] = link
        if link.kind is not route:
            return None
        if len(self._known) >= _MAX_KNOWN:
            self._known.clear()
        found: Wanted | Key
        if route is Kind.PLAYLIST:
            found = Wanted(key_of(link, quality), directives)
        else:
            found = Key(link.scope, self._playing.upstream_of(link).url)
        self._known[target] = found
        return found

    def _admits(self, request: web.BaseRequest) -> bool:
        """Whether a viewer has a session, or a token: of those only good ones are known."""
        with_token = request.raw_path.startswith(BY_TOKEN)
        return with_token or self._gate.knows(request.headers.get("Cookie"))

    async def _segment(self, request: web.BaseRequest, key: Key) -> bool:
        """Send a segment that is here; False where it is not."""
        with self._playing.segments.hit(key.scope, key.url) as found:
            transport = request.transport
            if found is None or found.length_bytes is None or transport is None:
                return False
            self._seen(key.scope, self._viewer(request))
            self._media.hit(found.status, found.length_bytes)
            headers = common_headers(found.headers)
            if request_id := ids.sane(request.headers.get(REQUEST_ID)):
                headers[REQUEST_ID] = request_id
            transport.set_write_buffer_limits(high=0)
            sending = object()
            self._onward.under_way.add(sending)
            try:
                head = self._heads.head(found.status, headers, found.length_bytes)
                await _written(request, transport, head, found)
            except ConnectionError:
                transport.abort()
            except BaseException:
                transport.abort()
                raise
            finally:
                self._onward.under_way.discard(sending)
            return True


def _echoed(message: Ready, asked_as: str) -> Ready:
    """The message with the id that its request came with."""
    request_id = ids.sane(asked_as)
    return message if request_id is None else message.marked(request_id)


async def _written(
    request: web.BaseRequest, transport: asyncio.Transport, head: bytes, found: Relayed
) -> None:
    """Send a body that is all here; its buffer is not looked at any more after that."""
    if isinstance(found.body, FilePart):
        transport.write(head)
        await request.writer.drain()
        await found.body.file.send(transport, found.body.start, found.body.stop)
        return
    if isinstance(found.body, Passage):
        raise AssertionError("what is here is not fetched")
    # All in one call of the system: for a small body that is most of the cost.
    transport.writelines([head, *[view async for view in found.body]])
    await request.writer.drain()
