"""A front: a process that serves viewers and has everything from the owner.

It is a composition root of its own, run as `python -m f1stream.front` by the owner only, who
writes its brief to standard input, again when links get other keys, and keeps that open: its end is
the end of the owner.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from importlib.metadata import version
from ipaddress import ip_network
from typing import NoReturn

import aiohttp
import orjson

from f1stream import logs, loop
from f1stream.brief import READY, Brief
from f1stream.hls.links import Link, Links
from f1stream.http import Playing, create_front_app
from f1stream.http.forwarded import Trusted
from f1stream.http.listening import answering
from f1stream.http.metrics import reported
from f1stream.http.onward import onward
from f1stream.http.sessions import Gate
from f1stream.jobs import Every, Pressure
from f1stream.metrics.lag import watch_lag
from f1stream.metrics.tally import Tally
from f1stream.models import Upstream
from f1stream.net import descriptors
from f1stream.net.owner import BASE_URL, open_session, owner_client
from f1stream.proxy.documents import Documents, as_told
from f1stream.proxy.handed import Handed
from f1stream.proxy.playlists import Playlists
from f1stream.proxy.relay import Relay
from f1stream.proxy.segments import Segments
from f1stream.tracing import ids
from f1stream.tracing.exporting import exported

log = logging.getLogger(__name__)

# Well within the time for which the owner counts a stream as watched.
REPORT_S = 5


def main() -> None:
    """Serve until the owner says to stop, or is gone."""
    logs.configure(terminal=sys.stderr.isatty())
    # A terminal's Ctrl-C reaches every process; the owner alone decides what follows from it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sys.exit(loop.run(serve()))
    except OSError as error:
        log.error("a worker can't listen: %s", error.strerror)
        sys.exit(1)


async def serve() -> int:
    """Read the brief, serve, say so, and finish what is being sent on SIGTERM."""
    descriptors.raise_limit()
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    briefs = await _briefs()
    brief = Brief.of(await briefs.get())
    logs.configure(terminal=sys.stderr.isatty(), form=brief.log_format, level=brief.log_level)
    async with (
        open_session(brief.socket) as session,
        _playing(brief, session) as playing,
        answering(
            create_front_app(playing, onward(session)),
            playing,
            brief.host,
            brief.port,
            shared=True,
        ),
        asyncio.TaskGroup() as background,
    ):
        name = ids.made()
        reports = Every(
            lambda: report(playing, name, session), interval_s=REPORT_S, name="a worker's report"
        )
        # The owner's view of the same limit is the one that is told.
        pressure = Pressure(playing.segments, share=brief.cache_share, tells=False)
        playing.short = lambda: pressure.short
        tasks = [
            background.create_task(reports.run()),
            background.create_task(pressure.run()),
            background.create_task(watch_lag(playing.tally.lag)),
            background.create_task(_rekeyed(playing, briefs)),
        ]
        os.write(sys.stdout.fileno(), READY)
        await stop.wait()
        for task in tasks:
            task.cancel()
    return 0


class _Lifeline(asyncio.Protocol):
    """The pipe from the owner: a line now and then, until it breaks."""

    def __init__(self) -> None:
        self.lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._received = b""

    def data_received(self, data: bytes) -> None:
        *lines, self._received = (self._received + data).split(b"\n")
        for line in lines:
            self.lines.put_nowait(line)

    def eof_received(self) -> bool:
        # There is nobody left to have the rest of anything from, so nothing is worth finishing.
        os._exit(1)


async def _briefs() -> asyncio.Queue[bytes]:
    _, lifeline = await asyncio.get_running_loop().connect_read_pipe(_Lifeline, sys.stdin)
    return lifeline.lines


async def _rekeyed(playing: Playing, briefs: asyncio.Queue[bytes]) -> NoReturn:
    """Take over the keys of each further brief; all else of it stays as it was at the start."""
    while True:
        brief = Brief.of(await briefs.get())
        playing.gate.replace(brief.viewer_keys)
        playing.links.replace(brief.keys)


@asynccontextmanager
async def _playing(brief: Brief, session: aiohttp.ClientSession) -> AsyncIterator[Playing]:
    links = Links(brief.keys)
    client = owner_client(session, patience_s=brief.patience_s)
    tally = Tally()

    def upstream_of(link: Link) -> Upstream:
        return Upstream(f"{BASE_URL}/{links.sign(link)}")

    async def renewed(link: Link, failed: Upstream) -> Upstream | None:
        # The owner has tried that already.
        return None

    async with (
        exported(os.environ, version("f1stream")) as trace,
        Segments(
            client,
            max_bytes=brief.segment_bytes,
            idle_s=brief.patience_s,
            lookups=tally.segments,
        ) as segments,
        Playlists(Handed(client), lookups=tally.playlists) as playlists,
        Documents(client, as_told) as documents,
    ):
        links.watch(playlists.forget)
        with closing(Relay(client, max_bytes=brief.max_segment_bytes)) as relay:
            yield Playing(
                links=links,
                upstream_of=upstream_of,
                playlists=playlists,
                documents=documents,
                relay=relay,
                segments=segments,
                renewed=renewed,
                gate=Gate(brief.viewer_keys),
                tally=tally,
                trace=trace,
                trusted=Trusted(map(ip_network, brief.limits.shared)),
                limits=brief.limits,
            )


async def report(playing: Playing, name: str, session: aiohttp.ClientSession) -> None:
    """Tell the owner what was counted and is watched here: it sees no cached segment go out."""
    body = await asyncio.to_thread(
        lambda: orjson.dumps(reported(playing, name), option=orjson.OPT_NON_STR_KEYS)
    )
    async with session.post(f"{BASE_URL}/report", data=body):
        pass


if __name__ == "__main__":
    main()
