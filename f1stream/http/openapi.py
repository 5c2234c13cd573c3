"""`GET /openapi.json`: every route, what it takes and what it answers (OpenAPI 3.1)."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import Any

from aiohttp import web

from f1stream.http.api import json
from f1stream.http.openapi_shapes import TEXT, WHOLE, Shape, ref, shapes

JSON = "application/json"
PLAYLIST = "application/vnd.apple.mpegurl"

_PROBLEMS = {
    400: "What was asked makes no sense.",
    401: "A password is set, and this viewer has not given it.",
    403: "Refused: a foreign link or page, a token that has ended, no admin token.",
    404: "There is nothing here, or upstream.",
    410: "The upstream has it no longer.",
    413: "The body is too large.",
    416: "The body has no such part.",
    429: "Asked for too often; Retry-After says when to come back.",
    502: "The upstream failed, or answered something else than it should.",
    503: "Not now.",
    504: "The upstream was too slow.",
}
_UPSTREAM = (400, 401, 403, 404, 410, 502, 504)


async def document(request: web.Request) -> web.Response:
    """`GET /openapi.json`."""
    return json(await asyncio.to_thread(description))


def description() -> Shape:
    """The whole document. Each GET can be asked by HEAD as well."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "f1stream",
            "version": version("f1stream"),
            "description": "Formula 1 weekends from sources you are entitled to. "
            "Each GET answers HEAD too. Errors are application/problem+json (RFC 9457).",
        },
        "paths": {**_state(), **_streams(), **_schedule(), **_sessions(), **_players(), **_app()},
        "components": {
            "schemas": shapes(),
            "securitySchemes": {
                "session": {"type": "apiKey", "in": "cookie", "name": "f1stream_session"},
                "admin": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _state() -> Shape:
    return {
        "/health": {"get": _route("The process answers.", {200: _json("Ok")})},
        "/ready": {
            "get": _route(
                "Whether new viewers are welcome.",
                {200: _json("Readiness"), 503: _json("Readiness")},
            )
        },
        "/metrics": {"get": _closed("Numbers for Prometheus.", {200: _body({"text/plain": TEXT})})},
        "/openapi.json": {
            "get": _route("This document.", {200: _body({JSON: {"type": "object"}})})
        },
        "/events": {
            "get": _closed(
                "Server-sent events: streams, sources, progress and schedule, as they change.",
                {200: _body({"text/event-stream": TEXT})},
                parameters=[_parameter("Last-Event-ID", TEXT, place="header")],
            )
        },
    }


def _streams() -> Shape:
    listed = {200: _json("Streams")}
    active = {200: _json("Active")}
    told = {
        "parameters": [_parameter("id", TEXT)],
        "requestBody": {"content": {JSON: {"schema": ref("StreamId")}}},
    }
    sources = {200: _json("Sources")}
    stream = _parameter("id", TEXT, place="path", required=True)
    return {
        "/streams": {"get": _closed("What plays, best first.", listed)},
        "/streams/all": {"get": _closed("Everything known, and why it does not play.", listed)},
        "/streams/active": {"get": _closed("What is being watched.", active)},
        "/streams/activate": {
            "post": _closed("Say that a stream is watched.", active, 400, 403, 404, 413, **told)
        },
        "/streams/deactivate": {
            "post": _closed("Say that it is no longer.", active, 400, 403, 404, 413, **told)
        },
        "/streams/{id}/preview.jpg": {
            "get": _closed(
                "The picture that a browser took when it last proved the stream.",
                {200: _body({"image/jpeg": {}}), 304: {"description": "Unchanged."}},
                404,
                parameters=[stream],
            )
        },
        "/streams/{id}/report": {
            "post": _closed(
                "Say that a player can't play it; it is looked at again soon.",
                {202: _json("Reported")},
                *(400, 403, 404, 413, 429),
                parameters=[stream],
                requestBody={"required": True, "content": {JSON: {"schema": ref("Report")}}},
            )
        },
        "/extractors": {"get": _closed("How each source does.", sources)},
        "/extract": {
            "post": _closed(
                "Read every source now; 202 where that goes on for longer than a minute.",
                {**sources, 202: _json("Sources")},
                *(403, 429),
                security=[{"admin": []}, {}],
            )
        },
    }


def _schedule() -> Shape:
    return {
        "/schedule": {"get": _closed("The season by round.", {200: _json("Schedule")})},
        "/schedule/refresh": {
            "post": _closed(
                "Ask the API for the season now.",
                {200: _json("Schedule")},
                *(403, 429, 502, 503, 504),
                security=[{"admin": []}, {}],
            )
        },
        "/schedule.ics": {
            "get": _route(
                "The season as a calendar to subscribe to.",
                {200: _body({"text/calendar": TEXT}), 304: {"description": "Unchanged."}},
                *(400, 429),
                parameters=[
                    _parameter("alarm", {**WHOLE, "maximum": 10080, "default": 15}),
                    _parameter("sessions", {**TEXT, "description": "Types, with commas."}),
                ],
            )
        },
    }


def _sessions() -> Shape:
    told = {200: _json("Session")}
    form = "application/x-www-form-urlencoded"
    redirected = {303: {"description": "To the app: the answer to a form."}}
    return {
        "/session": {"get": _route("Whether there is a password, and who has given it.", told)},
        "/login": {
            "post": _route(
                "Give the password; begins a session of 30 days.",
                {**told, **redirected},
                *(400, 401, 403, 413, 429),
                requestBody={
                    "required": True,
                    "content": {kind: {"schema": ref("Password")} for kind in (JSON, form)},
                },
            )
        },
        "/logout": {"post": _route("End the session.", {**told, **redirected}, 403)},
    }


def _players() -> Shape:
    token = _parameter("token", TEXT, place="path", required=True)
    return {
        path: item
        for prefix, extra in (("", []), ("/streams/by/{token}", [token]))
        for path, item in (
            (f"{prefix}/proxy", {"get": _proxy(extra), "options": _preflight(extra)}),
            (f"{prefix}/relay", {"get": _relay(extra), "options": _preflight(extra)}),
        )
    }


def _link() -> list[Shape]:
    return [
        _parameter("url", {**TEXT, "description": "The upstream URL, base64url."}, required=True),
        _parameter("sig", {**TEXT, "description": "Its signature."}, required=True),
        _parameter("def", {**TEXT, "description": "Variables that the link carries, base64url."}),
    ]


def _proxy(extra: list[Shape]) -> Shape:
    return _route(
        "A playlist whose links lead back here, or a document that playlists lead to.",
        {
            200: _body({PLAYLIST: TEXT, JSON: {"type": "object"}}),
            304: {"description": "Unchanged."},
        },
        *_UPSTREAM,
        parameters=[
            *extra,
            *_link(),
            _parameter("via", {**TEXT, "description": "A content steering clone's detour."}),
            _parameter("quality", {**WHOLE, "maximum": 1000}),
            _parameter("_HLS_msn", WHOLE),
            _parameter("_HLS_part", WHOLE),
            _parameter("_HLS_skip", {"enum": ["YES", "v2"]}),
        ],
        security=_VIEWER,
    )


def _relay(extra: list[Shape]) -> Shape:
    anything = _body({"*/*": {}})
    return _route(
        "The bytes behind a link: segments, parts, init sections, keys.",
        {200: anything, 206: anything, 304: {"description": "Unchanged."}},
        *(*_UPSTREAM, 416),
        parameters=[*extra, *_link(), _parameter("Range", TEXT, place="header")],
        security=_VIEWER,
    )


def _preflight(extra: list[Shape]) -> Shape:
    allowed = {204: {"description": "What another origin's page may ask for."}}
    return _route("The preflight of a player's page.", allowed, 403, parameters=extra)


def _app() -> Shape:
    path = _parameter("path", TEXT, place="path", required=True)
    return {
        "/{path}": {
            "get": _route(
                "The app in the browser: its files, and its start page for each page of it.",
                {200: _body({"*/*": {}}), 304: {"description": "Unchanged."}},
                *(404, 416),
                parameters=[path],
            )
        }
    }


_VIEWER: list[dict[str, list[str]]] = [{"session": []}, {}]


def _closed(summary: str, answers: dict[int, Shape], *problems: int, **more: Any) -> Shape:
    """A route that a password closes to strangers."""
    return _route(summary, answers, 401, *problems, **{"security": _VIEWER, **more})


def _route(summary: str, answers: dict[int, Shape], *problems: int, **more: Any) -> Shape:
    refusals = {
        status: {
            "description": _PROBLEMS[status],
            "content": {"application/problem+json": {"schema": ref("Problem")}},
        }
        for status in sorted(problems)
    }
    responses = {str(status): answer for status, answer in {**answers, **refusals}.items()}
    return {"summary": summary, **more, "responses": responses}


def _json(name: str) -> Shape:
    return _body({JSON: ref(name)})


def _body(content: dict[str, Shape]) -> Shape:
    return {
        "description": "As asked.",
        "content": {kind: {"schema": shape} for kind, shape in content.items()},
    }


def _parameter(name: str, schema: Shape, *, place: str = "query", required: bool = False) -> Shape:
    return {"name": name, "in": place, "schema": schema, "required": required}
