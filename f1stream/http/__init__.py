"""This room is for requests: each becomes a call of one service, and its answer a response."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from f1stream.http import api, events, handing, hls, metrics, schedule, spa
from f1stream.http.errors import problems
from f1stream.http.handing import as_asked
from f1stream.http.requests import announce
from f1stream.http.services import PLAYING, SERVICES, Playing, Services

__all__ = ["Playing", "Services", "create_app", "create_front_app", "create_inner_app"]

MAX_REQUEST_BYTES = 64 * 1024


def create_app(services: Services) -> web.Application:
    """The application, its routes on one screen; building it starts nothing."""
    return _whole_app(services, hls.proxy)


def create_inner_app(services: Services) -> web.Application:
    """The same for the fronts, who are also told how long a playlist may be used, and report."""
    return _whole_app(services, handing.proxy, inner=True)


def _whole_app(services: Services, proxy: Handler, *, inner: bool = False) -> web.Application:
    app = _app(services)
    app[SERVICES] = services
    if inner:
        app.middlewares.insert(0, as_asked)
        app.add_routes([web.post("/report", metrics.report)])
    app.add_routes(
        [
            web.get("/health", api.health),
            web.get("/ready", api.ready),
            web.get("/metrics", metrics.metrics),
            web.get("/streams", api.playable_streams),
            web.get("/streams/all", api.all_streams),
            web.get("/streams/active", api.active_streams),
            web.post("/streams/activate", api.activate),
            web.post("/streams/deactivate", api.deactivate),
            web.get("/extractors", api.extractors),
            web.post("/extract", api.extract),
            web.get("/schedule", schedule.schedule),
            web.get("/schedule.ics", schedule.calendar),
            web.post("/schedule/refresh", schedule.refresh),
            web.get("/events", events.events),
            web.get("/proxy", proxy),
            web.get("/relay", hls.relay),
            web.options("/{route:proxy|relay}", hls.preflight),
            *spa.routes(services.app),
        ]
    )
    return app


def create_front_app(playing: Playing, onward: Handler) -> web.Application:
    """The application of a front: players are served here, everything else goes to the owner."""
    app = _app(playing)
    app.add_routes(
        [
            web.get("/proxy", hls.proxy),
            web.get("/relay", hls.relay),
            web.options("/{route:proxy|relay}", hls.preflight),
            web.route("*", "/{path:.*}", onward),
        ]
    )
    return app


def _app(playing: Playing) -> web.Application:
    app = web.Application(middlewares=[problems], client_max_size=MAX_REQUEST_BYTES)
    app[PLAYING] = playing
    app.on_response_prepare.append(announce)
    return app
