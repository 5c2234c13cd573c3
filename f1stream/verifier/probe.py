"""Proof by HTTP alone: the playlist, its best variant, the first bytes of the newest segment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from f1stream.errors import NotAPlaylist, Truncated, UpstreamError
from f1stream.hls.limits import INLINE_BYTES
from f1stream.hls.playlist import Media, Multivariant, Segment, Variant, read
from f1stream.models import Health, Level, Reason, Upstream, Verdict, host_of
from f1stream.net.chunks import Chunks, read_bounded
from f1stream.net.client import Client, checked
from f1stream.verifier.media import Seen, seen
from f1stream.verifier.timing import is_protected, latency_s

# Enough to say that media flows, and how fast; little enough to ask of every stream.
SAMPLE_BYTES = 256 * 1024
SAMPLE_S = 1.5
# An initialization section is a few hundred bytes; in a single file it is at the beginning.
INIT_BYTES = 64 * 1024
# Of less the speed says nothing: it comes in one piece.
MEASURABLE_BYTES = 32 * 1024
# A live playlist that has not changed for so many target durations is stale (RFC 8216bis 6.2.1
# lets a server take one and a half).
STALE_AFTER = 3


@dataclass(frozen=True, slots=True)
class _Fetched:
    playlist: Media | Multivariant
    body: bytes
    took_ms: float


@dataclass(frozen=True, slots=True)
class _Sample:
    head: bytes
    throughput_bps: int | None


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

    async def check(self, upstream: Upstream, before: Verdict | None = None) -> Verdict:
        """The verdict on `upstream`: always one, whatever it answers.

        `before` is the last verdict. Whether a stream is live shows between two looks only, and
        this one does not wait for a second.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                verdict = await self._walk(upstream, before.health if before else None)
        except UpstreamError as error:
            return self._failure(Reason(error.reason), error.detail)
        except TimeoutError:
            host = host_of(upstream.url)
            return self._failure(Reason.TIMEOUT, f"{host}: no proof within {self._timeout_s:g} s")
        return replace(verdict, checked_at=self._clock())

    def _failure(self, reason: Reason, detail: str) -> Verdict:
        return Verdict(checked_at=self._clock(), reason=reason, detail=detail)

    async def _walk(self, upstream: Upstream, before: Health | None) -> Verdict:
        """Multivariant playlist → best variant → newest segment."""
        first = last = await self._playlist(upstream)
        variant: Variant | None = None
        if isinstance(first.playlist, Multivariant):
            variant = _best(first.playlist)
            last = await self._playlist(replace(upstream, url=variant.url))
        media = last.playlist
        if isinstance(media, Multivariant):
            raise NotAPlaylist(f"{host_of(upstream.url)}: the variant lists variants again")
        there = [segment for segment in media.segments if not segment.is_gap]
        if not there:
            raise NotAPlaylist(f"{host_of(upstream.url)}: the playlist has no segments")
        if is_protected(last.body):
            return self._failure(Reason.DRM, f"{host_of(upstream.url)}: protected by DRM")
        sample = await self._sample(upstream, there[-1])
        shown = seen(sample.head, await self._init(upstream, media, variant))
        health = _evidence(media, variant, shown, sample, self._clock(), before)
        health = replace(health, latency_s=latency_s(last.body, self._clock()))
        if health.state == "stale":
            return replace(self._stale(upstream, health), health=health)
        return Verdict(
            checked_at=self._clock(),
            level=Level.SEGMENT,
            is_live=not media.ended,
            quality=f"{health.height}p" if health.height else None,
            bitrate_bps=variant.bandwidth_bps if variant else None,
            response_time_ms=round(first.took_ms, 1),
            health=health,
        )

    def _stale(self, upstream: Upstream, health: Health) -> Verdict:
        since = health.changed_at or self._clock()
        age_s = (self._clock() - since).total_seconds()
        host = host_of(upstream.url)
        return self._failure(Reason.STALE, f"{host}: no new segment for {age_s:.0f} s")

    async def _playlist(self, upstream: Upstream) -> _Fetched:
        started = time.perf_counter()
        async with self._client.get(upstream) as response:
            body = await read_bounded(checked(response), self._max_bytes, self._client.idle_s)
            final_url = str(response.url)
        took_ms = (time.perf_counter() - started) * 1000
        if len(body) <= INLINE_BYTES:
            return _Fetched(read(body, final_url), body, took_ms)
        return _Fetched(await asyncio.to_thread(read, body, final_url), body, took_ms)

    async def _sample(self, upstream: Upstream, segment: Segment) -> _Sample:
        """The beginning of a segment; an empty one is no proof."""
        at = segment.byte_range
        headers = {"Range": f"bytes={at.offset}-{at.offset + at.length - 1}"} if at else {}
        sample = await self._beginning(replace(upstream, url=segment.url), SAMPLE_BYTES, headers)
        if not sample.head:
            raise Truncated(f"{host_of(segment.url)}: the newest segment is empty")
        return sample

    async def _init(self, upstream: Upstream, media: Media, variant: Variant | None) -> bytes:
        """The initialization section, where it is needed to know what is in the segments."""
        if media.map_url is None or (variant and variant.codecs and variant.height):
            return b""
        init = await self._beginning(replace(upstream, url=media.map_url), INIT_BYTES, {})
        return init.head

    async def _beginning(
        self, upstream: Upstream, max_bytes: int, headers: Mapping[str, str]
    ) -> _Sample:
        received = bytearray()
        async with self._client.get(upstream, headers=headers) as response:
            began_s = time.perf_counter()
            async for chunk in Chunks(checked(response), self._client.idle_s):
                received += chunk
                if len(received) >= max_bytes or time.perf_counter() - began_s > SAMPLE_S:
                    break
            took_s = time.perf_counter() - began_s
        measured = len(received) >= MEASURABLE_BYTES and took_s > 0
        return _Sample(bytes(received), round(len(received) * 8 / took_s) if measured else None)


def _best(playlist: Multivariant) -> Variant:
    return max(playlist.variants, key=lambda variant: variant.bandwidth_bps)


def _evidence(
    media: Media,
    variant: Variant | None,
    shown: Seen,
    sample: _Sample,
    now: datetime,
    before: Health | None,
) -> Health:
    """What was seen, with what the playlist declares where it declares it."""
    declared = variant.codecs.split(",") if variant and variant.codecs else []
    codecs = tuple(name.strip() for name in declared) or shown.codecs
    method = next((name for name in media.key_methods if name and name != "NONE"), None)
    newest = media.media_sequence + len(media.segments) - 1
    looked = Health(
        container=shown.container,
        codecs=codecs,
        width=(variant and variant.width) or shown.width,
        height=(variant and variant.height) or shown.height,
        encryption=method,
        ended=media.ended,
        newest=newest,
        changed_at=now,
        target_duration_s=media.target_duration_s,
        throughput_bps=sample.throughput_bps,
    )
    return looked if media.ended or before is None else compared(looked, before, now)


def compared(looked: Health, before: Health, now: datetime) -> Health:
    """A look at a live stream, beside the look before it: did segments come in between?"""
    if looked.newest != before.newest or before.changed_at is None:
        return replace(looked, advancing=True)
    silent = now - before.changed_at
    stale = silent >= timedelta(seconds=STALE_AFTER * max(looked.target_duration_s, 1))
    advancing = False if stale else before.advancing
    return replace(looked, advancing=advancing, changed_at=before.changed_at)
