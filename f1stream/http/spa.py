"""The app in the browser: built files, and index.html for every path that is a page of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from f1stream.errors import NotFound
from f1stream.http.security import page_policy

# The styles that the player's controls write into their shadow roots, as the build found them.
_STYLES = "style-hashes.json"
# Their names hold a hash of their content, so a browser need never ask again.
_IMMUTABLE = "public, max-age=31536000, immutable"
# A page in a folder of its own says in its head what it may load.
_APART = {"Content-Security-Policy": "frame-ancestors 'none'", "Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class BuiltApp:
    """The app as it was built: its files by URL path, its start page, and the page's policy.

    Only names listed here are served, so no path leads outside. `index` is None where the app
    was not built.
    """

    files: Mapping[str, Path]
    index: Path | None
    policy: str

    @classmethod
    def load(cls, folder: Path) -> BuiltApp:
        """What lies in `folder`. Blocks; raises `OSError` where it can't be read."""
        index = folder / "index.html"
        if not index.is_file():
            return cls({}, None, "")
        files = {
            file.relative_to(folder).as_posix(): file
            for file in folder.rglob("*")
            if file.is_file() and file.suffix not in (".br", ".gz") and file != index
        }
        hashes = folder / _STYLES
        styles = orjson.loads(hashes.read_bytes()) if hashes.is_file() else ()
        return cls(files, index, page_policy(index.read_bytes(), styles))


def routes(app: BuiltApp) -> list[web.RouteDef]:
    """The catch-all route."""
    return [web.get("/{path:.*}", _handler(app))]


def _handler(app: BuiltApp) -> Handler:
    policy = {"Content-Security-Policy": app.policy}
    page_headers = {**policy, "Cache-Control": "no-cache"}

    async def serve(request: web.Request) -> web.StreamResponse:
        if app.index is None:
            raise NotFound("the app is not built; run: make run")
        path = request.match_info["path"]
        if path.endswith("/") and path + "index.html" in app.files:
            return web.FileResponse(app.files[path + "index.html"], headers=_APART)
        if path in app.files:
            return web.FileResponse(app.files[path], headers={**policy, **_caching(path)})
        if not _is_page(request, path):
            raise NotFound("nothing is at this path")
        return web.FileResponse(app.index, headers=page_headers)

    return serve


def _caching(path: str) -> dict[str, str]:
    immutable = path.startswith("_app/immutable/")
    return {"Cache-Control": _IMMUTABLE if immutable else "no-cache"}


def _is_page(request: web.Request, path: str) -> bool:
    """Whether a browser navigates here; a missing asset or an API client gets a 404 instead."""
    return not path.startswith("_app/") and "text/html" in request.headers.get("Accept", "")
