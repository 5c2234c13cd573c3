"""This room is for requests: each becomes a call of one service, and its answer a response."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from f1stream.http import (
    api,
    events,
    handing,
    hls,
    login,
    metrics,
    openapi,
    previews,
    report,
    schedule,
    spa,
)
from f1stream.http.access import own_pages_only, viewers_only
from f1stream.http.bodies import bodies_in_time
from f1stream.http.costly import in_moderation
from f1stream.http.errors import problems
from f1stream.http.handing import as_asked
from f1stream.http.requests import announce
from f1stream.http.security import secured
from f1stream.http.services import PLAYING, SERVICES, Playing, Services
from f1stream.http.sessions import BY_TOKEN
from f1stream.http.spa import BuiltApp

__all__ = [
    "Playing",
    "Services",
    "create_app",
    "create_check_app",
    "create_front_app",
    "create_inner_app",
]

MAX_REQUEST_BYTES = 64 * 1024
_INNER = ("/proxy", "/relay", "/report")


def create_app(services: Services) -> web.Application:
    """The application, its routes on one screen; building it starts nothing."""
    return _whole_app(services, hls.proxy)


def create_inner_app(services: Services) -> web.Application:
    """The same for the fronts, who are also told how long a playlist may be used, and report."""
    return _whole_app(services, handing.proxy, inner=True)


def _whole_app(services: Services, proxy: Handler, *, inner: bool = False) -> web.Application:
    # Who plays by a front has shown a session or a token there.
    admitted = viewers_only(but=_INNER if inner else ())
    app = _app(services, own_pages_only, admitted, in_moderation)
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
            web.get("/streams/{id}/preview.jpg", previews.preview),
            web.post("/streams/{id}/report", report.report),
            web.get("/extractors", api.extractors),
            web.post("/extract", api.extract),
            web.get("/schedule", schedule.schedule),
            web.get("/schedule.ics", schedule.calendar),
            web.post("/schedule/refresh", schedule.refresh),
            web.get("/events", events.events),
            web.get("/session", login.session),
            web.post("/login", login.login),
            web.post("/logout", login.logout),
            web.get("/openapi.json", openapi.document),
            *_players(proxy),
            *spa.routes(services.app),
        ]
    )
    return app


def create_check_app(playing: Playing, app: BuiltApp) -> web.Application:
    """The application that a browser is led to which proves streams: its page, and what plays."""
    made = _app(playing)
    made.add_routes(
        [
            web.get("/proxy", hls.proxy),
            web.get("/relay", hls.relay),
            *spa.routes(app),
        ]
    )
    return made


def create_front_app(playing: Playing, onward: Handler) -> web.Application:
    """The application of a front: players are served here, everything else goes to the owner."""
    app = _app(playing, viewers_only())
    app.add_routes(
        [
            *_players(hls.proxy),
            web.route("*", "/{path:.*}", onward),
        ]
    )
    return app


def _players(proxy: Handler) -> list[web.RouteDef]:
    """The routes of players; those with a token in front are for players without a session."""
    return [
        route
        for prefix in ("", BY_TOKEN + "{token}")
        for route in (
            web.get(f"{prefix}/proxy", proxy),
            web.options(f"{prefix}/proxy", hls.preflight),
            web.get(f"{prefix}/relay", hls.relay),
            web.options(f"{prefix}/relay", hls.preflight),
        )
    ]


def _app(playing: Playing, *middlewares: Middleware) -> web.Application:
    app = web.Application(
        middlewares=[problems, *middlewares, bodies_in_time], client_max_size=MAX_REQUEST_BYTES
    )
    app.on_response_prepare.append(secured)
    app[PLAYING] = playing
    app.on_response_prepare.append(announce)
    return app
