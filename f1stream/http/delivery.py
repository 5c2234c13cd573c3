"""How playlists and bytes are sent, by whichever way a request came."""

from __future__ import annotations

import logging
from asyncio import Transport
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from multidict import istr

from f1stream.errors import BadRequest, UpstreamError
from f1stream.hls.directives import Skip
from f1stream.http.ready import Heads, Ready
from f1stream.http.requests import VISIT
from f1stream.http.security import FOR_PLAYERS
from f1stream.proxy.media_types import PLAYLIST
from f1stream.proxy.passage import Passage
from f1stream.proxy.playlist import Playlist, delta_of, etag_of, gzipped
from f1stream.proxy.ranges import unchanged
from f1stream.proxy.relay import FilePart, Relayed

log = logging.getLogger(__name__)

_MAX_QUALITY = 1000
# A name that is folded already is looked up in half the time.
_IF_NONE_MATCH = istr("If-None-Match")
_ACCEPT_ENCODING = istr("Accept-Encoding")


def common_headers(own: Mapping[str, str]) -> dict[str, str]:
    """The header fields of a player's routes, with an answer's own."""
    return {**FOR_PLAYERS, **own}


def quality_of(query: Mapping[str, str]) -> int | None:
    """The `quality` that a query asks for. Raises `BadRequest` where it is no small number."""
    text = query.get("quality")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text[:5]) > _MAX_QUALITY:
        raise BadRequest("quality is a number: 0 for the highest bandwidth, 1 for the next")
    return int(text)


def playlist_message(
    playlist: Playlist,
    right_s: float,
    skip: Skip | None,
    request: web.BaseRequest,
    heads: Heads,
) -> Ready:
    """The answer to a request for a playlist, made once for all who ask in the same way.

    It stays the right one for `right_s` seconds; `skip` asks for a delta update.
    """
    known = _IF_NONE_MATCH in request.headers and unchanged(request.headers, playlist.etag, None)
    gzip = "gzip" in request.headers.get(_ACCEPT_ENCODING, "")
    # What a cache in front adds to the delay comes out of the same allowance.
    form = _Form(known and skip is None, gzip, max(int(right_s), 0), skip)
    message = playlist.messages.get(form)
    if not isinstance(message, Ready):
        status = 304 if form.known else 200
        message = playlist.messages[form] = Ready(_message(playlist, form, heads), status=status)
    return message


class _Form(NamedTuple):
    """In which form a playlist is sent."""

    known: bool
    gzip: bool
    max_age_s: int
    skip: Skip | None


def _message(playlist: Playlist, form: _Form, heads: Heads) -> bytes:
    body = playlist.body if form.skip is None else delta_of(playlist, form.skip)
    headers = common_headers(
        {
            "Content-Type": PLAYLIST,
            "ETag": playlist.etag if form.skip is None else etag_of(body),
            "Vary": "Accept-Encoding",
            "Cache-Control": f"max-age={form.max_age_s}" if form.max_age_s else "no-cache",
        }
    )
    if form.known:
        return heads.head(304, headers, None)
    if form.gzip and (packed := _packed(playlist, body)) is not None:
        body, headers["Content-Encoding"] = packed, "gzip"
    return heads.head(200, headers, len(body)) + body


def _packed(playlist: Playlist, body: bytes) -> bytes | None:
    """The body compressed, once for all forms of a playlist."""
    if body is playlist.body and playlist.packed is not None:
        return playlist.packed
    packed = playlist.messages.get(body, False)
    if isinstance(packed, bool):
        packed = playlist.messages[body] = gzipped(body)
    return packed if isinstance(packed, bytes) else None


async def sent(request: web.BaseRequest, relayed: Relayed) -> web.StreamResponse:
    """Send head and body of an answer; returns when its last byte has left for the kernel.

    An answer that its upstream breaks off ends with the connection.
    """
    transport = request.transport
    if transport is None:
        raise ConnectionResetError("the viewer is gone")
    sending = _Sending()
    transport.set_write_buffer_limits(high=0)
    response = web.StreamResponse(status=relayed.status, headers=common_headers(relayed.headers))
    response.content_length = relayed.length_bytes
    try:
        writer = await response.prepare(request)
        if writer is not None and request.method != "HEAD":
            if not await _delivered(writer, relayed, transport, sending):
                # What was sent must not pass for a complete response.
                transport.close()
    except ConnectionError:
        # The viewer is gone, which is nobody's fault.
        transport.abort()
    except BaseException:
        transport.abort()
        raise
    finally:
        if visit := request.get(VISIT):
            visit.sent_bytes += sending.sent_bytes
    return response


@dataclass(slots=True)
class _Sending:
    """How much of a body has gone out."""

    sent_bytes: int = 0


async def _delivered(
    writer: AbstractStreamWriter, relayed: Relayed, transport: Transport, sending: _Sending
) -> bool:
    """Send the body behind a head that `writer` holds; its last byte has then left for the kernel.

    The views of a shared buffer must not outlive their segment's stay in it, so nothing may wait
    in the transport: its write limits must be zero. False where the upstream broke off.
    """
    if isinstance(relayed.body, FilePart):
        writer.send_headers()
        await writer.drain()
        await relayed.body.file.send(transport, relayed.body.start, relayed.body.stop)
        sending.sent_bytes = relayed.body.stop - relayed.body.start
        return True
    try:
        if isinstance(relayed.body, Passage):
            await relayed.body.send(writer, transport)
            return True
        async for chunk in relayed.body:
            await writer.write(chunk)
            sending.sent_bytes += len(chunk)
    except UpstreamError as error:
        log.info("%s; the viewer's connection is closed short", error.detail)
        return False
    finally:
        if isinstance(relayed.body, Passage):
            sending.sent_bytes = relayed.body.passed_bytes
        await writer.drain()
    return True
