"""What the owner of the upstreams tells its fronts, and nobody else."""

from __future__ import annotations

import time

from aiohttp import web
from aiohttp.typedefs import Handler

from f1stream.hls.links import Kind
from f1stream.http import hls
from f1stream.http.services import PLAYING, link_of
from f1stream.proxy.handed import FRESH_UNTIL
from f1stream.proxy.media_types import PLAYLIST
from f1stream.proxy.ranges import unchanged
from f1stream.tracing import ids


@web.middleware
async def as_asked(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Do what a front asks for in the name of the request that it is for."""
    with ids.known_as(ids.sane(request.headers.get(ids.REQUEST_ID)) or ""):
        return await handler(request)


async def proxy(request: web.Request) -> web.StreamResponse:
    """`GET /proxy` of a front: the playlist as players get it, and until when it is fresh."""
    playing = request.app[PLAYING]
    link = link_of(request, Kind.PLAYLIST)
    playing.viewing.seen(link.scope)
    if link.kind is not Kind.PLAYLIST:
        return await hls.proxy(request)
    playlist, _ = await hls.asked_playlist(playing, link, request)
    fresh_until_s = time.monotonic() + playing.playlists.fresh_for_s(playlist)
    headers = {"ETag": playlist.etag, FRESH_UNTIL: f"{fresh_until_s:.6f}"}
    if unchanged(request.headers, playlist.etag, None):
        return web.Response(status=304, headers=headers)
    return web.Response(body=playlist.body, content_type=PLAYLIST, headers=headers)
