"""What a request brings along: read at once, within its time, before anybody waits for it."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.typedefs import Handler

from f1stream.errors import RequestSlow
from f1stream.http.services import PLAYING


@web.middleware
async def bodies_in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Raises `RequestSlow` where the body takes longer than `Limits.body_s` to arrive."""
    if request.can_read_body:
        try:
            async with asyncio.timeout(request.app[PLAYING].limits.body_s):
                await request.read()
        except TimeoutError:
            raise RequestSlow("the request did not arrive in time") from None
    return await handler(request)
