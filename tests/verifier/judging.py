"""Verdicts as f1stream comes to them: by the probe first, in a browser for what passes it."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from f1stream.app import Running
from f1stream.browser import Browser
from f1stream.catalogue.belief import combined
from f1stream.hls.links import Kind, Link
from f1stream.http import create_app
from f1stream.http.listening import answering
from f1stream.models import Upstream, Verdict
from f1stream.net.guard import Guard
from f1stream.verifier import Playback, Probe

LOOPBACK = [ipaddress.ip_network("127.0.0.0/8")]


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, how long it took, and how large its picture is."""

    verdict: Verdict
    took_s: float
    picture_bytes: int = 0


class Judge:
    """Judges streams, given by the URLs of their playlists, through an f1stream at `url`."""

    def __init__(self, run: Running, url: str, playback: Playback) -> None:
        self._url = url
        self._probe: Probe = run.background.probe
        self._links = run.services.links
        self._playback = playback

    def play_url(self, upstream: str) -> str:
        """What a viewer's player is given."""
        return f"{self._url}/{self._links.sign(Link(Kind.PLAYLIST, upstream, 'judged'))}"

    async def judged(self, upstream: str) -> Judged:
        """The verdict on one stream."""
        began_s = time.perf_counter()
        probed = await self._probe.check(Upstream(upstream))
        if not probed.playable:
            return Judged(probed, time.perf_counter() - began_s)
        proven = await self._playback.prove(self.play_url(upstream))
        verdict = combined(probed, proven.proof)
        assert verdict is not None
        return Judged(verdict, time.perf_counter() - began_s, len(proven.picture or b""))

    async def all_judged(self, upstreams: Mapping[str, str], concurrency: int) -> dict[str, Judged]:
        """The verdicts on streams, by their names, in the order in which they came."""
        found: dict[str, Judged] = {}
        slots = asyncio.Semaphore(concurrency)

        async def judge(name: str, upstream: str) -> None:
            async with slots:
                found[name] = await self.judged(upstream)

        async with asyncio.TaskGroup() as judging:
            for name, upstream in upstreams.items():
                judging.create_task(judge(name, upstream))
        return found


@asynccontextmanager
async def sitting(run: Running, browser: Browser, timeout_s: float) -> AsyncIterator[Judge]:
    """A judge, for whom `run` answers on a port of its own; `timeout_s` is for each stream."""
    services = run.services
    async with answering(create_app(services), services, "127.0.0.1", 0) as port:
        url = f"http://127.0.0.1:{port}"
        guard = Guard(LOOPBACK, allow_endpoints=[("127.0.0.1", port)])
        page_url = f"{url}/verify/"
        playback = Playback(browser, page_url=page_url, guard=guard, timeout_s=timeout_s)
        yield Judge(run, url, playback)
