"""Playlists: fetched, understood far enough to be sure that they are some, and rewritten."""

from __future__ import annotations

from f1stream.errors import NotAPlaylist
from f1stream.hls.links import Link, Links
from f1stream.hls.playlist import is_playlist, select_variant
from f1stream.hls.rewriter import Rewriter
from f1stream.models import Upstream, host_of
from f1stream.net.client import Client, checked, read_bounded


class Playlists:
    """Fetches a playlist and makes each of its URIs a signed link. `max_bytes` bounds its size."""

    def __init__(self, client: Client, links: Links, *, max_bytes: int) -> None:
        self._client = client
        self._links = links
        self._max_bytes = max_bytes

    async def get(self, upstream: Upstream, link: Link, quality: int | None = None) -> bytes:
        """The playlist that `link` stands for, ready for a player.

        `quality` keeps one variant only, 0 the one of the highest bandwidth. Raises
        `UpstreamError`, and `NoSuchVariant` for a quality that is not there.
        """
        async with self._client.get(upstream) as response:
            body = await read_bounded(checked(response), self._max_bytes)
            # Relative URIs are relative to where the playlist was found in the end (RFC 3986).
            base = str(response.url)
        if not is_playlist(body):
            raise NotAPlaylist(f"{host_of(base)}: the answer is not an HLS playlist")
        if quality is not None:
            body = select_variant(body, quality)
        return Rewriter(self._links, link.scope).rewrite(body, base, link.variables)
