"""Who may watch and who may change state: viewers, f1stream's own pages, and the operator."""

from __future__ import annotations

import hmac
from collections.abc import Collection
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from f1stream.errors import Forbidden, NotSignedIn
from f1stream.http.services import PLAYING, SERVICES

# For strangers too: what a probe asks, the way in, the app's own files, and a calendar, because
# programs that subscribe to one can't sign in and what it holds is public. All else is closed.
OPEN = frozenset(
    {
        "/health",
        "/ready",
        "/session",
        "/login",
        "/logout",
        "/schedule.ics",
        "/openapi.json",
        "/{path}",
    }
)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_PAGES = frozenset({"same-origin", "none"})
_DEFAULT_PORTS = (":80", ":443")


def viewers_only(*, but: Collection[str] = ()) -> Middleware:
    """A middleware that raises `NotSignedIn` for strangers, and `Forbidden` for a token that ended.

    Routes of `OPEN` and `but`, by their canonical path, are for all.
    """
    open_routes = OPEN | frozenset(but)

    @web.middleware
    async def admitted(request: web.Request, handler: Handler) -> web.StreamResponse:
        gate = request.app[PLAYING].gate
        token = request.match_info.get("token")
        if token is not None:
            if not gate.is_token(token):
                raise Forbidden("the link's token has ended; copy the link anew from f1stream")
        elif gate.required and _is_closed(request, open_routes) and not signed_in(request):
            raise NotSignedIn("sign in first: POST the password to /login")
        return await handler(request)

    return admitted


@web.middleware
async def own_pages_only(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Raise `Forbidden` where another site's page asks for a change, unless with the admin token.

    A browser says where a request comes from by Fetch metadata, or else by `Origin`; a program
    that sends neither is let through.
    """
    if request.method not in _SAFE and not _is_own(request) and not is_admin(request):
        raise Forbidden(
            "this can only be asked for from f1stream's own pages; "
            "a reverse proxy in front has to pass Host on"
        )
    return await handler(request)


def signed_in(request: web.Request) -> bool:
    """Whether a request comes from one who has given the password, or from the operator."""
    return request.app[PLAYING].gate.knows(request.headers.get("Cookie")) or is_admin(request)


def is_admin(request: web.Request) -> bool:
    """Whether a request carries `access.admin_token`."""
    services = request.app.get(SERVICES)
    if services is None or not services.admin_token:
        return False
    _, _, given = request.headers.get("Authorization", "").partition("Bearer ")
    token = given.strip().encode("utf-8", "surrogatepass")
    return hmac.compare_digest(token, services.admin_token.encode())


def require_admin(request: web.Request) -> None:
    """Raise `Forbidden` unless the request carries `access.admin_token`, where one is set."""
    if request.app[SERVICES].admin_token and not is_admin(request):
        raise Forbidden("send the admin token as: Authorization: Bearer …")


def _is_closed(request: web.Request, open_routes: frozenset[str]) -> bool:
    # A preflight never carries credentials, and what is no route has nothing to tell.
    resource = request.match_info.route.resource
    return (
        request.method != "OPTIONS"
        and resource is not None
        and resource.canonical not in open_routes
    )


def _is_own(request: web.Request) -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in _OWN_PAGES
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    hosts = request.app[PLAYING].trusted.hosts(request)
    return _authority(origin) in map(_without_port, hosts)


def _authority(origin: str) -> str:
    try:
        return _without_port(urlsplit(origin).netloc)
    except ValueError:
        return ""


def _without_port(host: str) -> str:
    """A host and its port, where it is not one that goes without saying."""
    host = host.lower()
    for port in _DEFAULT_PORTS:
        host = host.removesuffix(port)
    return host
