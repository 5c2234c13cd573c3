"""This room is for requests: each becomes a call of one service, and its answer a response."""

from __future__ import annotations

from aiohttp import web

from f1stream.http import api, hls, spa
from f1stream.http.errors import problems
from f1stream.http.services import SERVICES, Services

__all__ = ["Services", "create_app"]

MAX_REQUEST_BYTES = 64 * 1024


def create_app(services: Services) -> web.Application:
    """The application, its routes on one screen; building it starts nothing."""
    app = web.Application(middlewares=[problems], client_max_size=MAX_REQUEST_BYTES)
    app[SERVICES] = services
    app.add_routes(
        [
            web.get("/health", api.health),
            web.get("/ready", api.ready),
            web.get("/streams", api.playable_streams),
            web.get("/streams/all", api.all_streams),
            web.get("/streams/active", api.active_streams),
            web.post("/streams/activate", api.activate),
            web.post("/streams/deactivate", api.deactivate),
            web.get("/extractors", api.extractors),
            web.post("/extract", api.extract),
            web.get("/proxy", hls.proxy),
            web.get("/relay", hls.relay),
            web.options("/{route:proxy|relay}", hls.preflight),
            *spa.routes(services.app),
        ]
    )
    return app
