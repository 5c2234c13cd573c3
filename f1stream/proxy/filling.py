"""From an upstream into a segment, once more where a body breaks off before it has begun."""

from __future__ import annotations

import re
from collections.abc import Callable

import aiohttp

from f1stream.errors import RangeNotSatisfiable, Truncated, UpstreamDown, UpstreamStatus
from f1stream.models import Upstream
from f1stream.net.body import receive
from f1stream.net.client import Client
from f1stream.proxy.freshness import age_s, lifetime_s
from f1stream.proxy.kept import Kept
from f1stream.proxy.relay import ATTEMPTS, READ_AHEAD_BYTES, announced_bytes, told

_UNSATISFIED = re.compile(r"bytes \*/([0-9]{1,18})")


class Filling:
    """Fills segments by `client`.

    `idle_s` is how long an upstream may be silent. `widen` is told of a part whose upstream ignores
    the range: what comes is the whole. `clock` is monotonic.
    """

    def __init__(
        self,
        client: Client,
        *,
        idle_s: float,
        widen: Callable[[Kept], None],
        clock: Callable[[], float],
    ) -> None:
        self._client = client
        self._idle_s = idle_s
        self._widen = widen
        self._clock = clock

    async def fill(self, kept: Kept, upstream: Upstream) -> None:
        """Fill the segment and note how long it may be used. Raises `UpstreamError`, `TooLarge`.

        A body that breaks off before its first byte is asked for once more (RFC 9110, 9.2.2);
        aiohttp does the same for a connection that breaks before the head.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return await self._receive(kept, upstream)
            except (UpstreamDown, Truncated):
                headless = kept.lifetime_s is None
                if attempt == ATTEMPTS or headless or kept.segment.begun:
                    raise

    async def _receive(self, kept: Kept, upstream: Upstream) -> None:
        headers = {"Accept-Encoding": "identity"}
        if kept.key.part is not None:
            headers["Range"] = kept.key.part.header
        async with self._client.get(
            upstream, headers=headers, read_ahead_bytes=READ_AHEAD_BYTES
        ) as response:
            _check(response)
            if response.status == 200 and kept.key.part is not None:
                self._widen(kept)
            self._describe(kept, response)
            await receive(response, kept.segment, idle_s=self._idle_s)

    def _describe(self, kept: Kept, response: aiohttp.ClientResponse) -> None:
        length = announced_bytes(response)
        kept.arrived_at = self._clock()
        kept.age_on_arrival_s = age_s(response.headers)
        kept.lifetime_s = lifetime_s(response.headers)
        declared = response.headers.get("Content-Type")
        kept.segment.prepare(response.status, told(response), length, str(response.url), declared)


def _check(response: aiohttp.ClientResponse) -> None:
    if response.status == 416:
        size = _UNSATISFIED.fullmatch(response.headers.get("Content-Range", ""))
        raise RangeNotSatisfiable(int(size[1]) if size else None)
    if response.status not in (200, 206):
        raise UpstreamStatus(f"{response.url.host} answered {response.status}", response.status)
