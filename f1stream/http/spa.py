"""The app in the browser: built files, and index.html for every path that is a page of it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
from aiohttp import web
from aiohttp.typedefs import Handler

from f1stream.errors import NotFound

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
# The styles that the player's controls write into their shadow roots, as the build found them.
_STYLES = "style-hashes.json"
_PAGE_HEADERS = {
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}
# Their names hold a hash of their content, so a browser need never ask again.
_IMMUTABLE = "public, max-age=31536000, immutable"


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
        return cls(files, index, policy(index.read_bytes(), styles))


def routes(app: BuiltApp) -> list[web.RouteDef]:
    """The catch-all route."""
    return [web.get("/{path:.*}", _handler(app))]


def _handler(app: BuiltApp) -> Handler:
    page_headers = {**_PAGE_HEADERS, "Content-Security-Policy": app.policy}

    async def serve(request: web.Request) -> web.StreamResponse:
        if app.index is None:
            raise NotFound("the app is not built; run: make run")
        path = request.match_info["path"]
        if path in app.files:
            return web.FileResponse(app.files[path], headers=_asset_headers(path))
        if not _is_page(request, path):
            raise NotFound("nothing is at this path")
        return web.FileResponse(app.index, headers=page_headers)

    return serve


def _asset_headers(path: str) -> dict[str, str]:
    immutable = path.startswith("_app/immutable/")
    return {
        "Cache-Control": _IMMUTABLE if immutable else "no-cache",
        "X-Content-Type-Options": "nosniff",
    }


def _is_page(request: web.Request, path: str) -> bool:
    """Whether a browser navigates here; a missing asset or an API client gets a 404 instead."""
    return not path.startswith("_app/") and "text/html" in request.headers.get("Accept", "")


def policy(index: bytes, styles: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of the pages: own files, and what is inline by its hash.

    `styles` are the base64 of the SHA-256 of those that scripts may write.
    """
    hashes = _hashes(_digest(script) for script in _INLINE_SCRIPT.findall(index))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {hashes}".rstrip(),
            f"style-src 'self' {_hashes(styles)}".rstrip(),
            "img-src 'self' data:",
            # hls.js gives an empty one to each track of subtitles, which it then fills.
            "media-src 'self' blob: data:",
            "worker-src 'self' blob:",
            "connect-src 'self'",
            "frame-src https:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _hashes(digests: Iterable[str]) -> str:
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def _digest(script: bytes) -> str:
    return base64.b64encode(hashlib.sha256(script).digest()).decode()
