"""The two routes that players use: `/proxy` for playlists, `/relay` for everything in them."""

from __future__ import annotations

import logging

from aiohttp import web

from f1stream.errors import TooLarge
from f1stream.hls.links import Kind
from f1stream.http.delivery import playlist_message, quality_of, sent
from f1stream.http.ready import takes_ready
from f1stream.http.services import PLAYING, Playing
from f1stream.proxy.playlists import Playlist

log = logging.getLogger(__name__)


async def proxy(request: web.Request) -> web.StreamResponse:
    """`GET /proxy?url&sig[&quality=N]`: a playlist whose URIs lead back here."""
    playing = request.app[PLAYING]
    playlist = await asked_playlist(playing, request)
    fresh_s = playing.playlists.fresh_for_s(playlist)
    message = playlist_message(playlist, fresh_s, request, playing.heads)
    return message if takes_ready(request) else message.last(head_only=request.method == "HEAD")


async def asked_playlist(playing: Playing, request: web.Request) -> Playlist:
    """The playlist that a request's link stands for."""
    link = playing.links.read(Kind.PLAYLIST, request.query)
    quality = quality_of(request.query)
    playing.viewing.seen(link.scope)
    return await playing.playlists.get(playing.upstream_of(link), link, quality)


async def relay(request: web.Request) -> web.StreamResponse:
    """`GET|HEAD /relay?url&sig`: the bytes behind a link, whole or by range, as they arrive."""
    playing = request.app[PLAYING]
    link = playing.links.read(Kind.BYTES, request.query)
    playing.viewing.seen(link.scope)
    upstream = playing.upstream_of(link)
    if request.method == "GET" or playing.segments.holds(link.scope, upstream.url):
        try:
            async with playing.segments.open(upstream, link.scope, request.headers) as shared:
                return await sent(request, shared)
        except TooLarge:
            log.debug("a body is relayed to one viewer")
    async with playing.relay.open(upstream, method=request.method, asked=request.headers) as alone:
        return await sent(request, alone)


async def preflight(request: web.Request) -> web.Response:
    """`OPTIONS` on either: which requests another origin's page may make."""
    return web.Response(
        status=204,
        headers={
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
            "Access-Control-Allow-Headers": "*, Range",
            "Access-Control-Max-Age": "86400",
        },
    )
