"""What a front does not answer itself: handed to the owner as it is, and back as it comes."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import aiohttp
from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict
from yarl import URL

from f1stream.errors import UpstreamDown, UpstreamError
from f1stream.http import forwarded
from f1stream.net.owner import BASE_URL
from f1stream.net.translation import translated
from f1stream.tracing import ids

log = logging.getLogger(__name__)

# They are about one connection and not about the message (RFC 9110, section 7.6.1).
_HOP_BY_HOP = frozenset(
    {
        "connection",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# The body is handed on as it was before it was coded, and its length written anew.
_OF_THE_CODED_BODY = ("Content-Encoding", "Content-Length")
# aiohttp would add these where the viewer sent none.
_NOT_ADDED = ("Accept", "Accept-Encoding", "User-Agent", "Content-Type")


def onward(session: aiohttp.ClientSession) -> Handler:
    """A handler that passes requests on through `session`, which leads to the owner."""

    async def pass_on(request: web.Request) -> web.StreamResponse:
        try:
            told = await session.request(
                request.method,
                URL(BASE_URL + request.rel_url.raw_path_qs, encoded=True),
                headers=_in_its_name(_told_of(request)),
                skip_auto_headers=_NOT_ADDED,
                data=await request.read() or None,
                allow_redirects=False,
            )
        except aiohttp.ClientError:
            raise UpstreamDown("the process that answers this is gone; try again") from None
        try:
            return await _passed_on(request, told)
        finally:
            told.release()

    return pass_on


async def _passed_on(request: web.Request, told: aiohttp.ClientResponse) -> web.StreamResponse:
    response = web.StreamResponse(
        status=told.status, reason=told.reason, headers=_end_to_end(told.headers)
    )
    try:
        await response.prepare(request)
        while chunk := await _arrived(told):
            await response.write(chunk)
    except UpstreamError as error:
        log.info("%s; the viewer's connection is closed short", error.detail)
        _close(request)
    except ConnectionError:
        # The viewer is gone, which is nobody's fault.
        _close(request)
    return response


async def _arrived(told: aiohttp.ClientResponse) -> bytes:
    # However long that takes: the owner may have nothing to say for hours, and says when it ends.
    with translated(BASE_URL):
        return await told.content.readany()


def _told_of(request: web.Request) -> CIMultiDict[str]:
    headers = _end_to_end(request.headers)
    for name in _OF_THE_CODED_BODY:
        headers.pop(name, None)
    headers[forwarded.FOR] = forwarded.passed_on(request)
    return headers


def _close(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()


def _in_its_name(headers: CIMultiDict[str]) -> CIMultiDict[str]:
    if request_id := ids.current():
        headers[ids.REQUEST_ID] = request_id
    return headers


def _end_to_end(headers: Mapping[str, str]) -> CIMultiDict[str]:
    named = {name.strip().lower() for name in headers.get("Connection", "").split(",")}
    return CIMultiDict(
        (name, value)
        for name, value in headers.items()
        if name.lower() not in _HOP_BY_HOP and name.lower() not in named
    )
