"""Playlists that another process of this f1stream has fetched and rewritten already."""

from __future__ import annotations

import asyncio

from f1stream.hls.directives import with_query
from f1stream.hls.limits import INLINE_BYTES
from f1stream.hls.pace import Pace
from f1stream.hls.progress import progress
from f1stream.models import Upstream
from f1stream.net.chunks import Chunks
from f1stream.net.client import Client
from f1stream.proxy.playlist import Playlist, PlaylistKey
from f1stream.proxy.playlists import Question

# Until when a playlist is fresh, in seconds on the clock that all processes of a machine share
# (`time.monotonic`): exact, however long the answer was on its way.
FRESH_UNTIL = "X-F1stream-Fresh-Until"


class Handed:
    """Playlists as the owner hands them on, held no longer than it would hold them itself."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def fetch(
        self, key: PlaylistKey, upstream: Upstream, held: Playlist | None, question: Question
    ) -> Playlist:
        """See `playlists.Origin`. The owner's errors are raised as they are."""
        asked_at = question.asked_at
        headers = {"Accept-Encoding": "identity"}
        if held is not None and not question.waits:
            headers["If-None-Match"] = held.etag
        async with self._client.get(_asked(upstream, key, question), headers=headers) as response:
            # The owner serves a last copy while its upstream fails: nothing is added to that here.
            pace = Pace(float(response.headers[FRESH_UNTIL]) - asked_at, usable_s=0)
            if held is not None and response.status == 304:
                held.asked_at, held.pace = asked_at, pace
                return held
            body = b"".join([chunk async for chunk in Chunks(response, self._client.idle_s)])
            if len(body) <= INLINE_BYTES:
                return _read(body, pace, asked_at)
            return await asyncio.to_thread(_read, body, pace, asked_at)


def _read(body: bytes, pace: Pace, asked_at: float) -> Playlist:
    return Playlist(body, pace, asked_at, asked_at, progress(body))


def _asked(upstream: Upstream, key: PlaylistKey, question: Question) -> Upstream:
    quality = "" if key.quality is None else f"quality={key.quality}"
    said = "&".join(filter(None, (quality, question.directives.waiting_query)))
    return Upstream(with_query(upstream.url, said))
