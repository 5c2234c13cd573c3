"""The app in the browser: built files, and index.html for every path that is a page of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import orjson
from aiohttp import ETag, web
from aiohttp.typedefs import Handler

from f1stream.errors import NotFound
from f1stream.http.security import page_policy
from f1stream.proxy.ranges import unchanged

# The styles that the player's controls write into their shadow roots, as the build found them.
_STYLES = "style-hashes.json"
# Their names hold a hash of their content, so a browser need never ask again.
_HASHED = "_app/immutable/"
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
# A page in a folder of its own says in its head what it may load.
_APART = {"Content-Security-Policy": "frame-ancestors 'none'", "Cache-Control": "no-cache"}


@dataclass(frozen=True, slots=True)
class BuiltApp:
    """The app as it was built: its files by URL path, its start page, and the page's policy.

    Only names listed here are served, so no path leads outside. `index` is None where the app
    was not built. `tags` are the entity tags of what keeps its name when its content changes.
    """

    files: Mapping[str, Path]
    tags: Mapping[Path, str]
    index: Path | None
    policy: str

    @classmethod
    def load(cls, folder: Path) -> BuiltApp:
        """What lies in `folder`. Blocks; raises `OSError` where it can't be read."""
        index = folder / "index.html"
        if not index.is_file():
            return cls({}, {}, None, "")
        files = {
            file.relative_to(folder).as_posix(): file
            for file in folder.rglob("*")
            if file.is_file() and file.suffix not in (".br", ".gz") and file != index
        }
        hashes = folder / _STYLES
        styles = orjson.loads(hashes.read_bytes()) if hashes.is_file() else ()
        tags = {file: _tag(file) for path, file in files.items() if not path.startswith(_HASHED)}
        tags[index] = _tag(index)
        return cls(files, tags, index, page_policy(index.read_bytes(), styles))


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
            return told_apart(request, app.files[path + "index.html"], _APART)
        if path.startswith(_HASHED) and path in app.files:
            return web.FileResponse(app.files[path], headers={**policy, **_FOR_EVER})
        if path in app.files:
            return told_apart(request, app.files[path], page_headers)
        if not _is_page(request, path):
            raise NotFound("nothing is at this path")
        return told_apart(request, app.index, page_headers)

    def told_apart(
        request: web.Request, file: Path, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        tagged = {**headers, "ETag": app.tags[file]}
        if unchanged(request.headers, app.tags[file], None):
            return web.Response(status=304, headers=tagged)
        return _Tagged(file, headers=tagged)

    return serve


class _Tagged(web.FileResponse):
    """A file with an entity tag of its own.

    aiohttp's is made of date and size: all files of an image have one date, and a page has the
    same size after most changes.
    """

    @property
    def etag(self) -> ETag | None:
        return super().etag

    @etag.setter
    def etag(self, value: object) -> None:
        pass

    @property
    def last_modified(self) -> datetime | None:
        return None

    @last_modified.setter
    def last_modified(self, value: object) -> None:
        pass


def _tag(file: Path) -> str:
    """Weak (RFC 9110, section 8.8.1), as it is of all codings of the file."""
    return f'W/"{hashlib.blake2b(file.read_bytes(), digest_size=12).hexdigest()}"'


def _is_page(request: web.Request, path: str) -> bool:
    """Whether a browser navigates here; a missing asset or an API client gets a 404 instead."""
    return not path.startswith("_app/") and "text/html" in request.headers.get("Accept", "")
