"""`GET /metrics`: the numbers of all processes, as Prometheus asks for them."""

from __future__ import annotations

import asyncio

from aiohttp import web
from pydantic import TypeAdapter, ValidationError

from f1stream.errors import BadRequest
from f1stream.http.services import SERVICES, Playing, Services
from f1stream.metrics.fronts import Report
from f1stream.metrics.memory import resident_bytes
from f1stream.metrics.snapshot import Held, Snapshot
from f1stream.metrics.tally import total

# Streams with the most viewers have a number of their own; of all others there is the sum.
MOST_STREAMS = 20
_REPORT = TypeAdapter(Report)


async def metrics(request: web.Request) -> web.Response:
    """`GET /metrics`, in the text format, or as OpenMetrics where that is asked for."""
    snapshot = taken(request.app[SERVICES])
    body, content_type = await asyncio.to_thread(
        _written, snapshot, request.headers.get("Accept", "")
    )
    headers = {"Content-Type": content_type, "Cache-Control": "no-store"}
    return web.Response(body=body, headers=headers)


def _written(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    # Most never ask, and starting waits for nobody.
    from f1stream.metrics.exposition import written

    return written(snapshot, accept)


def taken(services: Services) -> Snapshot:
    """What there is to tell at this moment, of this process and the fronts together."""
    fronts = services.fronts.present()
    viewers = services.viewing.viewers() + services.fronts.viewers()
    return Snapshot(
        tally=total([services.tally, services.fronts.tally()]),
        viewers=viewers.total(),
        busiest=dict(viewers.most_common(MOST_STREAMS)),
        held=held(services),
        fronts_held=Held(
            segment_bytes=sum(front.segment_bytes for front in fronts),
            playlist_bytes=sum(front.playlist_bytes for front in fronts),
        ),
        segment_limit_bytes=services.segments.max_bytes,
        memory=services.memory(),
        fronts=len(fronts),
        fronts_resident_bytes=sum(front.resident_bytes for front in fronts),
        streams=services.catalogue.all(),
        sources=services.catalogue.sources(),
        schedule_fetched_at=services.timetable.schedule.fetched_at,
        ready=not (services.starting or services.stopping),
        part=services.part(),
    )


def held(playing: Playing) -> Held:
    """What a process holds in memory for its viewers."""
    return Held(
        segment_bytes=playing.segments.held_bytes, playlist_bytes=playing.playlists.held_bytes
    )


async def report(request: web.Request) -> web.Response:
    """`POST /report` of a front, for the owner alone: what it has counted, and who watches what."""
    services = request.app[SERVICES]
    try:
        told = _REPORT.validate_json(await request.read())
    except ValidationError:
        raise BadRequest("this is no report of a worker's") from None
    for stream_id in told.viewers:
        services.viewing.seen(stream_id)
    services.fronts.take(told)
    return web.Response(status=204)


def reported(playing: Playing, front: str) -> Report:
    """The report of this process, as the front of that name. Blocks for a moment."""
    now = held(playing)
    return Report(
        front=front,
        tally=playing.tally,
        viewers=dict(playing.viewing.viewers()),
        segment_bytes=now.segment_bytes,
        playlist_bytes=now.playlist_bytes,
        resident_bytes=resident_bytes(),
    )
