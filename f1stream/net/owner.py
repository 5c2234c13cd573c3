"""How a front speaks with the owner: HTTP on a unix socket that nobody else can open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Unpack

import aiohttp
import orjson

from f1stream.errors import UpstreamError
from f1stream.models import Upstream
from f1stream.net.chunks import read_bounded
from f1stream.net.client import Ask, Client, Timeouts
from f1stream.tracing import ids

# The host's name says nothing: every connection goes to the socket.
BASE_URL = "http://owner"
PROBLEM = "application/problem+json"
MAX_PROBLEM_BYTES = 64 * 1024


class AsTold(UpstreamError):
    """What the owner answered instead, to be told to the viewer in the same words."""

    def __init__(self, status: int, title: str, detail: str, reason: str) -> None:
        super().__init__(detail)
        self.status = status
        self.title = title
        self.reason = reason


class OwnerClient(Client):
    """Fetches from the owner; its problem documents are raised as errors.

    Only 416 is left to the caller, who knows what was asked for.
    """

    @asynccontextmanager
    async def get(
        self, upstream: Upstream, **ask: Unpack[Ask]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request; see `Client.get`."""
        if request_id := ids.current():
            ask["headers"] = {**(ask.get("headers") or {}), ids.REQUEST_ID: request_id}
        async with super().get(upstream, **ask) as response:
            if response.content_type == PROBLEM and response.status != 416:
                document = await read_bounded(response, MAX_PROBLEM_BYTES, self.idle_s)
                raise _told(response.status, document)
            yield response


def _told(status: int, document: bytes) -> AsTold:
    # The answer to a HEAD has no body.
    content = orjson.loads(document) if document else {}
    return AsTold(
        status,
        content.get("title", HTTPStatus(status).phrase),
        content.get("detail", ""),
        content.get("reason", ""),
    )


@asynccontextmanager
async def open_session(socket: Path) -> AsyncIterator[aiohttp.ClientSession]:
    """A session whose every connection leads to the owner's socket.

    It has no timeouts of its own and leaves bodies as they are: for answers that are passed on.
    """
    async with aiohttp.ClientSession(
        connector=aiohttp.UnixConnector(str(socket), limit=0, keepalive_timeout=30),
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    ) as session:
        yield session


def owner_client(session: aiohttp.ClientSession, *, patience_s: float) -> OwnerClient:
    """A client of the owner that waits `patience_s` seconds for the head of an answer."""
    timeouts = Timeouts(head_s=patience_s, read_s=patience_s)
    return OwnerClient(session, timeouts=timeouts, user_agent="f1stream front")
