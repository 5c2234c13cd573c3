"""`GET /streams/{id}/preview.jpg`: what a stream looked like when it was last proven."""

from __future__ import annotations

from email.utils import format_datetime

from aiohttp import web

from f1stream.errors import NotFound
from f1stream.http.services import SERVICES
from f1stream.proxy.ranges import unchanged
from f1stream.verifier.previews import Previews

# Its URL has the version of the picture in it, so what is cached is never wrong.
_VERSIONED = "public, max-age=604800, immutable"


async def preview(request: web.Request) -> web.Response:
    """The newest picture; with the `v` of the JSON it may be kept for a week."""
    found = request.app[SERVICES].previews.get(request.match_info["id"])
    if found is None:
        raise NotFound("there is no picture of this stream; see preview_url in /streams")
    etag = f'"{found.version}"'
    modified = format_datetime(found.taken_at, usegmt=True)
    headers = {
        "ETag": etag,
        "Last-Modified": modified,
        "Cache-Control": _VERSIONED if request.query.get("v") == found.version else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
    if unchanged(request.headers, etag, modified):
        return web.Response(status=304, headers=headers)
    return web.Response(body=found.jpeg, content_type="image/jpeg", headers=headers)


def preview_url(previews: Previews, stream_id: str) -> str | None:
    """The path of a stream's picture, another one for each picture; None where there is none."""
    found = previews.get(stream_id)
    return f"/streams/{stream_id}/preview.jpg?v={found.version}" if found else None
