"""`GET /events`: server-sent events (HTML Living Standard, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aiohttp import web

from f1stream.http.news import News
from f1stream.http.services import SERVICES

HEARTBEAT_S = 15.0
# Changes come in bursts: they are told together.
SETTLE_S = 0.2
# A client that takes nothing for so long is dropped, and connects again when it can.
PATIENCE_S = 10.0
# How long a browser waits before it connects again.
RETRY_MS = 3_000


async def events(request: web.Request) -> web.StreamResponse:
    """Each topic's state at first, and from then on when it changes.

    With `Last-Event-ID` only what has changed since that. A comment every `HEARTBEAT_S` keeps
    the connection open.
    """
    news = request.app[SERVICES].news
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    try:
        await response.prepare(request)
        if request.method == "HEAD":
            return response
        await _send(response, b"retry: %d\n\n" % RETRY_MS)
        await _follow(response, news, _known(news, request.headers.get("Last-Event-ID", "")))
    except (ConnectionError, TimeoutError):
        # The client is gone, or might as well be.
        if request.transport is not None:
            request.transport.abort()
    return response


async def _follow(response: web.StreamResponse, news: News, known: int) -> None:
    while True:
        known, states = news.since(known)
        if states:
            await _send(response, _written(states, f"{news.epoch}-{known}"))
        if news.ended():
            return
        try:
            async with asyncio.timeout(HEARTBEAT_S):
                await news.changed(known)
        except TimeoutError:
            await _send(response, b":\n\n")
        else:
            await asyncio.sleep(0 if news.ended() else SETTLE_S)


def _written(states: Mapping[str, bytes], last_id: str) -> bytes:
    """The events of several topics; the last one has the id, because only then all are known."""
    events = [b"event: %b\ndata: %b\n" % (name.encode(), data) for name, data in states.items()]
    return b"\n".join(events) + b"id: %b\n\n" % last_id.encode()


async def _send(response: web.StreamResponse, content: bytes) -> None:
    async with asyncio.timeout(PATIENCE_S):
        await response.write(content)


def _known(news: News, last_id: str) -> int:
    """The number that a client has heard of; 0 for one that has heard nothing of this process."""
    epoch, _, number = last_id.rpartition("-")
    return int(number) if epoch == news.epoch and number.isdecimal() and len(number) < 16 else 0
