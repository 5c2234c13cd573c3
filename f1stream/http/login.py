"""Signing in and out, for the app's login page and for programs."""

from __future__ import annotations

from urllib.parse import parse_qs

import orjson
from aiohttp import web

from f1stream.errors import BadRequest, NotSignedIn
from f1stream.http.api import json
from f1stream.http.services import SERVICES
from f1stream.http.sessions import COOKIE, SESSION_S

_FORM = "application/x-www-form-urlencoded"


async def session(request: web.Request) -> web.Response:
    """`GET /session`: whether there is a password, and whether this viewer has given it."""
    return _told(request, request.app[SERVICES].gate.knows(request.headers.get("Cookie")))


async def login(request: web.Request) -> web.Response:
    """`POST /login` with `password`, as JSON or as a form: begins a session.

    A form is answered by a redirect to the app. 401 for a wrong password, 429 after too many.
    """
    services = request.app[SERVICES]
    gate, client = services.gate, services.trusted.client(request)
    password = await _password(request)
    if not gate.required:
        return _told(request, False)
    services.attempts.check(client)
    if not gate.opens_with(password, services.links.keys[0]):
        services.attempts.failed(client)
        raise NotSignedIn("the password is wrong")
    services.attempts.succeeded(client)
    response = _told(request, True)
    response.set_cookie(
        COOKIE,
        gate.session(),
        max_age=SESSION_S,
        httponly=True,
        samesite="Lax",
        secure=services.trusted.is_secure(request),
    )
    return response


async def logout(request: web.Request) -> web.Response:
    """`POST /logout`: the browser forgets its session."""
    response = _told(request, False)
    response.del_cookie(COOKIE, httponly=True, samesite="Lax")
    return response


async def _password(request: web.Request) -> str:
    body = await request.read()
    if request.content_type == _FORM:
        given = parse_qs(body.decode(errors="replace")).get("password", [None])
        password = given[0]
    else:
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError:
            content = None
        password = content.get("password") if isinstance(content, dict) else None
    if not isinstance(password, str):
        raise BadRequest('send JSON such as {"password": "…"}, or a form with that field')
    return password


def _told(request: web.Request, is_signed_in: bool) -> web.Response:
    if request.method == "POST" and request.content_type == _FORM:
        # The form is a page of the app's, which goes on from there.
        return web.Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
    required = request.app[SERVICES].gate.required
    return json({"required": required, "signed_in": is_signed_in})
