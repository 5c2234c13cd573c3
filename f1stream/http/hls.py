"""The two routes that players use: `/proxy` for playlists, `/relay` for everything in them."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TypeVar

from aiohttp import web

from f1stream.errors import TooLarge, UpstreamStatus
from f1stream.hls.directives import Directives, beside
from f1stream.hls.links import Kind, Link
from f1stream.http.delivery import common_headers, playlist_message, quality_of, sent
from f1stream.http.services import PLAYING, Playing, link_of
from f1stream.models import Upstream
from f1stream.proxy.playlist import Playlist
from f1stream.proxy.relay import Relayed

log = logging.getLogger(__name__)

T = TypeVar("T")


async def proxy(request: web.Request) -> web.StreamResponse:
    """`GET /proxy?url&sig[&quality=N]`: what players read, its URIs leading back here.

    That is a playlist, with the delivery directives of RFC 8216bis 6.2.5 beside the link, or one of
    the JSON documents that playlists lead to.
    """
    playing = request.app[PLAYING]
    link = link_of(request, Kind.PLAYLIST)
    playing.viewing.seen(link.scope, playing.trusted.viewer(request))
    if link.kind is not Kind.PLAYLIST:
        return await _document(playing, link, request)
    playlist, directives = await asked_playlist(playing, link, request)
    if directives.skip is not None and playlist.has_slow(directives.skip):
        await playlist.make_delta(directives.skip)
    right_s = playing.playlists.answers_for_s(playlist, directives)
    return playlist_message(playlist, right_s, directives.skip, request, playing.heads).fitting(
        request
    )


async def asked_playlist(
    playing: Playing, link: Link, request: web.Request
) -> tuple[Playlist, Directives]:
    """The playlist that a link stands for, and what was asked of it."""
    quality, directives = quality_of(request.query), Directives.read(request.query)

    async def got(upstream: Upstream) -> Playlist:
        return await playing.playlists.get(upstream, link, quality, directives)

    return await _renewing(playing, link, got), directives


async def _document(playing: Playing, link: Link, request: web.Request) -> web.StreamResponse:
    said = beside(link.kind, request.query)

    async def got(upstream: Upstream) -> bytes:
        return await playing.documents.get(upstream, link, said)

    body = await _renewing(playing, link, got)
    headers = common_headers({"Cache-Control": "no-cache"})
    return web.Response(body=body, content_type="application/json", headers=headers)


async def relay(request: web.Request) -> web.StreamResponse:
    """`GET|HEAD /relay?url&sig`: the bytes behind a link, whole or by range, as they arrive."""
    playing = request.app[PLAYING]
    link = link_of(request, Kind.BYTES)
    playing.viewing.seen(link.scope, playing.trusted.viewer(request))
    async with AsyncExitStack() as stack:

        async def opened(upstream: Upstream) -> Relayed:
            return await _opened(stack, playing, link.scope, upstream, request)

        return await sent(request, await _renewing(playing, link, opened))


async def _opened(
    stack: AsyncExitStack, playing: Playing, scope: str, upstream: Upstream, request: web.Request
) -> Relayed:
    """The bytes at `upstream`, shared with other viewers where that can be; `stack` closes them."""
    if request.method == "GET" or playing.segments.holds(scope, upstream.url):
        try:
            return await stack.enter_async_context(
                playing.segments.open(upstream, scope, request.headers)
            )
        except TooLarge:
            log.debug("a body is relayed to one viewer")
    return await stack.enter_async_context(
        playing.relay.open(upstream, method=request.method, asked=request.headers)
    )


async def _renewing(playing: Playing, link: Link, get: Callable[[Upstream], Awaitable[T]]) -> T:
    """What `get` gets of a link's upstream; where that has ended, of what stands in its place."""
    upstream = playing.upstream_of(link)
    try:
        return await get(upstream)
    except UpstreamStatus as error:
        fresh = await playing.renewed(link, upstream) if error.ended else None
        if fresh is None:
            raise
    return await get(fresh)


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
