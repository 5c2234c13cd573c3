"""What the owner of the upstreams tells its fronts, and nobody else."""

from __future__ import annotations

import time

from aiohttp import web

from f1stream.http.hls import asked_playlist
from f1stream.http.services import PLAYING
from f1stream.proxy.handed import FRESH_UNTIL
from f1stream.proxy.media_types import PLAYLIST
from f1stream.proxy.ranges import unchanged


async def proxy(request: web.Request) -> web.StreamResponse:
    """`GET /proxy` of a front: the playlist as players get it, and until when it is fresh."""
    playing = request.app[PLAYING]
    playlist = await asked_playlist(playing, request)
    fresh_until_s = time.monotonic() + playing.playlists.fresh_for_s(playlist)
    headers = {"ETag": playlist.etag, FRESH_UNTIL: f"{fresh_until_s:.6f}"}
    if unchanged(request.headers, playlist.etag, None):
        return web.Response(status=304, headers=headers)
    return web.Response(body=playlist.body, content_type=PLAYLIST, headers=headers)
