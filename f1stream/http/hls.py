"""The two routes that players use: `/proxy` for playlists, `/relay` for everything in them."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from f1stream.errors import BadRequest, TooLarge, UpstreamError
from f1stream.hls.links import Kind, Link
from f1stream.http.services import SERVICES, Services
from f1stream.models import Upstream
from f1stream.proxy.media_types import PLAYLIST
from f1stream.proxy.ranges import unchanged
from f1stream.proxy.relay import Relayed

log = logging.getLogger(__name__)

# Players run on other origins too (a TV app, a Chromecast receiver): the signature is the access
# control, and the answer is the same for everybody.
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, Accept-Ranges, ETag, Age",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
}
# A stranger's bytes are served from f1stream's origin: nothing in them may run there.
_INERT = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}
_MAX_QUALITY = 1000


async def proxy(request: web.Request) -> web.Response:
    """`GET /proxy?url&sig[&quality=N]`: a playlist whose URIs lead back here."""
    services = request.app[SERVICES]
    link = services.links.read(Kind.PLAYLIST, request.query)
    quality = _quality(request.query.get("quality"))
    playlist = await services.playlists.get(_upstream(services, link), link, quality)
    fresh_s = services.playlists.fresh_for_s(playlist)
    headers = {**_CORS, **_INERT, "ETag": playlist.etag, "Vary": "Accept-Encoding"}
    # What a cache in front adds to the delay comes out of the same allowance.
    headers["Cache-Control"] = f"max-age={int(fresh_s)}" if fresh_s >= 1 else "no-cache"
    if unchanged(request.headers, playlist.etag, None):
        return web.Response(status=304, headers=headers)
    body = playlist.body
    if "gzip" in request.headers.get("Accept-Encoding", "") and playlist.gzipped:
        body, headers["Content-Encoding"] = playlist.gzipped, "gzip"
    return web.Response(body=body, content_type=PLAYLIST, headers=headers)


async def relay(request: web.Request) -> web.StreamResponse:
    """`GET|HEAD /relay?url&sig`: the bytes behind a link, whole or by range, as they arrive."""
    services = request.app[SERVICES]
    link = services.links.read(Kind.BYTES, request.query)
    upstream = _upstream(services, link)
    if request.method == "GET" or services.segments.holds(link.scope, link.url):
        try:
            async with services.segments.open(upstream, link.scope, request.headers) as shared:
                return await _sent(request, shared)
        except TooLarge:
            log.debug("a large body is relayed to one viewer")
    async with services.relay.open(upstream, method=request.method, asked=request.headers) as alone:
        return await _sent(request, alone)


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


def _upstream(services: Services, link: Link) -> Upstream:
    """Where the link leads, with the headers of the stream on whose behalf it was signed."""
    services.viewing.seen(link.scope)
    entry = services.catalogue.get(link.scope)
    if entry is None:
        return Upstream(link.url)
    return Upstream(link.url, entry.stream.upstream.headers, entry.stream.upstream.home)


def _quality(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:5]) > _MAX_QUALITY:
        raise BadRequest("quality is a number: 0 for the highest bandwidth, 1 for the next")
    return int(text)


async def _sent(request: web.Request, relayed: Relayed) -> web.StreamResponse:
    """Send head and body; returns when the last byte has left for the kernel.

    The views of a shared buffer must not outlive their segment's stay in it: whatever goes wrong,
    no byte is left waiting in the transport.
    """
    transport = request.transport
    if transport is None:
        raise ConnectionResetError("the viewer is gone")
    transport.set_write_buffer_limits(high=0)
    headers: Mapping[str, str] = {**_CORS, **_INERT, **relayed.headers}
    response = web.StreamResponse(status=relayed.status, headers=headers)
    response.content_length = relayed.length_bytes
    try:
        writer = await response.prepare(request)
        if writer is not None and request.method != "HEAD":
            complete = await _written(writer, relayed)
            await writer.drain()
            if not complete:
                # What was sent must not pass for a complete response.
                transport.close()
    except BaseException:
        transport.abort()
        raise
    return response


async def _written(writer: AbstractStreamWriter, relayed: Relayed) -> bool:
    """Write the body; False where the upstream broke off after the head was sent."""
    try:
        async for chunk in relayed.body:
            await writer.write(chunk)
    except UpstreamError as error:
        log.info("%s; the viewer's connection is closed short", error.detail)
        return False
    return True
