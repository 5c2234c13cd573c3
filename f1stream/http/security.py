"""What browsers are told not to do with what comes from here, all of it in this place.

Three kinds of answers: pages and files of the app, which run its own scripts and nothing else;
what players on any site may read, in which nothing may run; and all the rest, which is for the
app's own pages only.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence

from aiohttp import web

# Nothing here asks for any of these; an embed in a frame does not get them either.
_DENIED = (
    "accelerometer",
    "bluetooth",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "hid",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "serial",
    "usb",
)

_POLICY = "Content-Security-Policy"

ELSEWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _DENIED),
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}

FOR_PLAYERS = {
    # Players run on other origins too (a TV app, a Chromecast receiver): the signature is the
    # access control, and the answer is the same for everybody.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Length, Content-Range, Accept-Ranges, ETag, Age",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Timing-Allow-Origin": "*",
    # A stranger's bytes are served from f1stream's origin: nothing in them may run there.
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
}

_INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


async def secured(_request: web.Request, response: web.StreamResponse) -> None:
    """A signal on each response: what it does not say itself is said for it."""
    # Which versions run here is of use to nobody but an attacker.
    response.headers.popall("Server", None)
    if response.headers.get(_POLICY) == FOR_PLAYERS[_POLICY]:
        return
    for name, value in ELSEWHERE.items():
        response.headers.setdefault(name, value)


def page_policy(index: bytes, styles: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of the app: own files, and what is inline by its hash.

    `styles` are the base64 of the SHA-256 of those that the app's scripts may write.

    Its workers have it too, as a worker's policy is that of its file.
    """
    scripts = _hashes(_digest(script) for script in _INLINE_SCRIPT.findall(index))
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {scripts}".rstrip(),
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
