"""Playlists that another process of this f1stream has fetched and rewritten already."""

from __future__ import annotations

from f1stream.hls.pace import Pace
from f1stream.models import Upstream
from f1stream.net.client import Chunks, Client
from f1stream.proxy.playlists import Playlist, PlaylistKey

# Until when a playlist is fresh, in seconds on the clock that all processes of a machine share
# (`time.monotonic`): exact, however long the answer was on its way.
FRESH_UNTIL = "X-F1stream-Fresh-Until"


class Handed:
    """Playlists as the owner hands them on, held no longer than it would hold them itself."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def fetch(
        self, key: PlaylistKey, upstream: Upstream, held: Playlist | None, asked_at: float
    ) -> Playlist:
        """See `playlists.Origin`. The owner's errors are raised as they are."""
        headers = {"Accept-Encoding": "identity"}
        if held is not None:
            headers["If-None-Match"] = held.etag
        async with self._client.get(_of_quality(upstream, key), headers=headers) as response:
            # The owner serves a last copy while its upstream fails: nothing is added to that here.
            pace = Pace(float(response.headers[FRESH_UNTIL]) - asked_at, usable_s=0)
            if held is not None and response.status == 304:
                held.asked_at, held.pace = asked_at, pace
                return held
            body = b"".join([chunk async for chunk in Chunks(response, self._client.idle_s)])
            return Playlist(body, response.headers["ETag"], pace, asked_at, asked_at)


def _of_quality(upstream: Upstream, key: PlaylistKey) -> Upstream:
    if key.quality is None:
        return upstream
    return Upstream(f"{upstream.url}&quality={key.quality}")
