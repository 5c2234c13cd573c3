"""The JSON routes. No upstream URL is ever in an answer: they can hold credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from aiohttp import web

from f1stream.catalogue import Catalogue, Entry
from f1stream.errors import BadRequest, NotFound
from f1stream.hls.links import Kind, Link, Links
from f1stream.http.access import require_admin
from f1stream.http.previews import preview_url
from f1stream.http.services import SERVICES, Services
from f1stream.models import Health, Stream, Verdict

EXTRACT_TIMEOUT_S = 60
# An event names the best streams only: it says that there is news, not all of it.
MAX_IDS = 50


def json(content: Any, *, status: int = 200) -> web.Response:
    """A JSON response that is never reused: what it says is true now only."""
    return web.Response(
        status=status,
        body=orjson.dumps(content),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


async def health(request: web.Request) -> web.Response:
    """`GET /health`: the process answers."""
    return json({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """`GET /ready`: 200 while new viewers are welcome, else 503 with the reasons.

    `notes` are what an operator should know all the same.

    That is about this process alone: with an upstream or a source in trouble another one would
    serve no better, and the page that says so has to be reachable.
    """
    services = request.app[SERVICES]
    states = {"starting": services.starting, "stopping": services.stopping}
    reasons = [reason for reason, holds in states.items() if holds]
    told = {"ready": not reasons, "reasons": reasons, "notes": services.notes()}
    return json(told, status=503 if reasons else 200)


async def playable_streams(request: web.Request) -> web.Response:
    """`GET /streams`: what plays, best first."""
    services = request.app[SERVICES]
    return _listed(services.catalogue.playable(), services)


async def all_streams(request: web.Request) -> web.Response:
    """`GET /streams/all`: everything known, with the reason where it does not play."""
    services = request.app[SERVICES]
    return _listed(services.catalogue.all(), services)


async def active_streams(request: web.Request) -> web.Response:
    """`GET /streams/active`: the ids of the streams that are being watched, as they are listed."""
    services = request.app[SERVICES]
    shown = {id: services.catalogue.shown(id) for id in services.viewing.active()}
    active = list(dict.fromkeys(one.stream.id if one else id for id, one in shown.items()))
    return json({"active": active, "count": len(active)})


async def activate(request: web.Request) -> web.Response:
    """`POST /streams/activate` with `id`: kept for clients that announce what they watch."""
    services = request.app[SERVICES]
    services.viewing.seen((await _known_stream(request)).best.stream.id)
    return await active_streams(request)


async def deactivate(request: web.Request) -> web.Response:
    """`POST /streams/deactivate` with `id`: the counterpart of `activate`."""
    services = request.app[SERVICES]
    for way in (await _known_stream(request)).ways:
        services.viewing.ended(way.stream.id)
    return await active_streams(request)


async def extractors(request: web.Request) -> web.Response:
    """`GET /extractors`: each source's state, last run and error."""
    sources = request.app[SERVICES].catalogue.sources()
    return json({"extractors": sources, "count": len(sources)})


async def extract(request: web.Request) -> web.Response:
    """`POST /extract`: read every source now; answers when it is done.

    202 where that takes longer than a client waits: it goes on, and the answer says which sources
    still run. 429 where it was done a moment ago.
    """
    require_admin(request)
    status = 200
    try:
        async with asyncio.timeout(EXTRACT_TIMEOUT_S):
            await request.app[SERVICES].extract()
    except TimeoutError:
        status = 202
    sources = request.app[SERVICES].catalogue.sources()
    return json({"extractors": sources, "count": len(sources)}, status=status)


async def _known_stream(request: web.Request) -> Entry:
    """The listed stream that the `id` of the body (JSON) or the query stands for."""
    given = request.query.get("id")
    told = await request.read()
    if given is None and told:
        try:
            body = orjson.loads(told)
        except orjson.JSONDecodeError:
            raise BadRequest('send JSON such as {"id": "…"}') from None
        given = body.get("id") if isinstance(body, dict) else None
    if not isinstance(given, str):
        raise BadRequest("name the stream by its id, from /streams")
    shown = request.app[SERVICES].catalogue.shown(given)
    if shown is None:
        raise NotFound("no stream has this id; see /streams/all")
    return shown


def topics(catalogue: Catalogue) -> dict[str, Callable[[], Any]]:
    """What `/events` tells of the catalogue: ids and numbers, by topic."""

    def streams() -> Any:
        playable = catalogue.playable()
        best = [entry.stream.id for entry in playable[:MAX_IDS]]
        ways = (way for entry in catalogue.all() for way in entry.ways)
        return {
            "count": len(catalogue.all()),
            "playable": len(playable),
            "best": best,
            "proven_at": max((way.proof.proven_at for way in ways if way.proof), default=None),
        }

    def sources() -> Any:
        return [
            {
                "name": each.name,
                "state": each.state,
                "circuit": each.circuit,
                "streams": each.streams,
            }
            for each in catalogue.sources()
        ]

    return {"streams": streams, "sources": sources, "progress": catalogue.progress}


def _listed(entries: Sequence[Entry], services: Services) -> web.Response:
    streams = [described(entry, services) for entry in entries]
    return json({"streams": streams, "count": len(streams)})


def described(entry: Entry, services: Services) -> dict[str, Any]:
    """A stream as clients see it; `play_url` is a signed path, ready for a player.

    `external_url` is the same for players outside the browser, which have no session.
    """
    links, gate = services.links, services.gate
    stream, best = entry.stream, entry.best
    path = play_url(best.stream, links)
    verdict = best.verdict
    return {
        "id": stream.id,
        "title": stream.title,
        "site_key": stream.site_key,
        "site_name": stream.site_name,
        "quality": stream.quality or (verdict.quality if verdict else None),
        "stream_type": best.stream.stream_type,
        "is_live": verdict.is_live if verdict else False,
        "verdict": _verdict(verdict),
        "health": _health(verdict.health) if verdict and verdict.health else None,
        "response_time_ms": verdict.response_time_ms if verdict else None,
        "bitrate": verdict.bitrate_bps if verdict else None,
        "checked_at": verdict.checked_at if verdict else None,
        "extracted_at": stream.extracted_at,
        "stale": entry.stale,
        "alternatives": [_alternative(way, links) for way in entry.fallbacks],
        "play_url": path,
        "external_url": gate.tokened(path) if path else None,
        "page_url": best.stream.page_url,
        "preview_url": preview_url(services.previews, best.stream.id),
    }


def _alternative(way: Entry, links: Links) -> dict[str, Any]:
    """What a player needs to fall back on another way to the same stream."""
    return {
        "id": way.stream.id,
        "site_name": way.stream.site_name,
        "quality": way.stream.quality or (way.verdict.quality if way.verdict else None),
        "playable": way.verdict is not None and way.verdict.playable,
        "play_url": play_url(way.stream, links),
    }


def play_url(stream: Stream, links: Links) -> str | None:
    """The path that plays a stream; None for an embed, which its own site plays."""
    if stream.stream_type != "m3u8":
        return None
    return f"/{links.sign(Link(Kind.PLAYLIST, stream.upstream.url, stream.id))}"


def _health(health: Health) -> dict[str, Any]:
    return {
        "state": health.state,
        "container": health.container,
        "codecs": health.codecs,
        "width": health.width,
        "height": health.height,
        "encryption": health.encryption,
        "latency_s": health.latency_s,
        "throughput_bps": health.throughput_bps,
    }


def _verdict(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {
            "level": None,
            "playable": False,
            "reason": None,
            "detail": None,
            "checked_at": None,
            "proof": None,
        }
    return {
        "level": verdict.level,
        "playable": verdict.playable,
        "reason": verdict.reason,
        "detail": verdict.detail,
        "checked_at": verdict.checked_at,
        "proof": verdict.proof,
    }
