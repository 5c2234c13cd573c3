"""What makes work is asked for in moderation, by each address."""

from __future__ import annotations

from aiohttp import web
from aiohttp.typedefs import Handler

from f1stream.http.access import is_admin
from f1stream.http.services import SERVICES

# By their canonical path. What players ask for is not among these: it is signed, and shared by all
# who ask for the same, who can be many behind one address.
COSTLY = frozenset(
    {
        "/extract",
        "/login",
        "/schedule.ics",
        "/schedule/refresh",
        "/streams/{id}/report",
    }
)


@web.middleware
async def in_moderation(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Raise `TooSoon` where an address has asked for `COSTLY` routes too often.

    The operator may, by the admin token.
    """
    services = request.app[SERVICES]
    resource = request.match_info.route.resource
    if services.costly and resource and resource.canonical in COSTLY and not is_admin(request):
        services.costly.take(services.trusted.client(request))
    return await handler(request)
