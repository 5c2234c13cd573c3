"""Who may change state: the operator's token, or a page of f1stream's own."""

from __future__ import annotations

import hmac

from aiohttp import web

from f1stream.errors import Forbidden
from f1stream.http.services import SERVICES

_OWN_PAGES = frozenset({"same-origin", "none"})


def require_admin(request: web.Request) -> None:
    """Raise `Forbidden` unless the request may change state.

    With `access.admin_token` set, it must carry the token. Without, a browser's request must come
    from f1stream's own pages (Fetch metadata, `Sec-Fetch-Site`); other clients are let through.
    """
    token = request.app[SERVICES].admin_token
    if token is not None:
        _, _, given = request.headers.get("Authorization", "").partition("Bearer ")
        if not hmac.compare_digest(given.strip().encode(), token.encode()):
            raise Forbidden("send the admin token as: Authorization: Bearer …")
    else:
        require_own_page(request)


def require_own_page(request: web.Request) -> None:
    """Raise `Forbidden` where a browser says that another site's page has sent the request."""
    if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_PAGES:
        raise Forbidden("this can only be asked for from f1stream's own pages")
