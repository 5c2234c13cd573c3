"""Proof by HTTP alone: the playlist, its best variant, the first bytes of the newest segment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from f1stream.errors import NotAPlaylist, Truncated, UpstreamError
from f1stream.hls.playlist import Media, Multivariant, Variant, read
from f1stream.models import Level, Reason, Upstream, Verdict, host_of
from f1stream.net.client import Chunks, Client, checked, read_bounded

# Enough to say that media flows, little enough to ask of every stream.
SAMPLE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Fetched:
    playlist: Media | Multivariant
    took_ms: float


class Probe:
    """Judges a stream without a browser.

    `timeout_s` bounds one whole check; `max_bytes` one playlist. `clock` is wall time.
    """

    def __init__(
        self,
        client: Client,
        *,
        timeout_s: float,
        max_bytes: int,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._client = client
        self._timeout_s = timeout_s
        self._max_bytes = max_bytes
        self._clock = clock

    async def check(self, upstream: Upstream) -> Verdict:
        """The verdict on `upstream`: always one, whatever it answers."""
        try:
            async with asyncio.timeout(self._timeout_s):
                verdict = await self._walk(upstream)
        except UpstreamError as error:
            return self._failure(Reason(error.reason), error.detail)
        except TimeoutError:
            host = host_of(upstream.url)
            return self._failure(Reason.TIMEOUT, f"{host}: no proof within {self._timeout_s:g} s")
        return replace(verdict, checked_at=self._clock())

    def _failure(self, reason: Reason, detail: str) -> Verdict:
        return Verdict(checked_at=self._clock(), reason=reason, detail=detail)

    async def _walk(self, upstream: Upstream) -> Verdict:
        """Multivariant playlist → best variant → newest segment."""
        first = await self._playlist(upstream)
        variant: Variant | None = None
        media = first.playlist
        if isinstance(media, Multivariant):
            variant = _best(media)
            media = (await self._playlist(replace(upstream, url=variant.url))).playlist
            if isinstance(media, Multivariant):
                raise NotAPlaylist(f"{host_of(variant.url)}: the variant lists variants again")
        if not media.segments:
            raise NotAPlaylist(f"{host_of(upstream.url)}: the playlist has no segments")
        await self._sample(replace(upstream, url=media.segments[-1].url))
        return Verdict(
            checked_at=self._clock(),
            level=Level.SEGMENT,
            is_live=not media.ended,
            quality=f"{variant.height}p" if variant and variant.height else None,
            bitrate_bps=variant.bandwidth_bps if variant else None,
            response_time_ms=round(first.took_ms, 1),
        )

    async def _playlist(self, upstream: Upstream) -> _Fetched:
        started = time.perf_counter()
        async with self._client.get(upstream) as response:
            body = await read_bounded(checked(response), self._max_bytes, self._client.idle_s)
            final_url = str(response.url)
        took_ms = (time.perf_counter() - started) * 1000
        return _Fetched(read(body, final_url), took_ms)

    async def _sample(self, segment: Upstream) -> None:
        """Read the first bytes of a segment; an empty one is no proof."""
        received = 0
        async with self._client.get(segment) as response:
            async for chunk in Chunks(checked(response), self._client.idle_s):
                received += len(chunk)
                if received >= SAMPLE_BYTES:
                    return
        if not received:
            raise Truncated(f"{host_of(segment.url)}: the newest segment is empty")


def _best(playlist: Multivariant) -> Variant:
    return max(playlist.variants, key=lambda variant: variant.bandwidth_bps)
