"""What an address means that stands in somebody's document, and what a browser tells it."""

from __future__ import annotations

import hashlib
import re
from urllib.parse import urldefrag, urljoin, urlsplit

from yarl import URL

from f1stream.extractors.options import is_http

MAX_URL_CHARS = 8192

# What the URL standard removes from an address before reading it.
_REMOVED = re.compile(r"[\t\r\n]")


def absolute(reference: str, base: str) -> str | None:
    """`reference` as a document at `base` means it, or None where it is no http or https URL.

    An empty one is none either, though it would mean the document itself. A backslash is refused:
    browsers and servers disagree about the host of such a URL.
    """
    reference = _REMOVED.sub("", reference.strip())
    if not reference or len(reference) > MAX_URL_CHARS or "\\" in reference:
        return None
    try:
        scheme, _, rest = urldefrag(urljoin(base, reference)).url.partition(":")
    except ValueError:
        return None
    url = f"{scheme.lower()}:{rest}"
    return url if is_http(url) else None


def referer(page: str, target: str) -> dict[str, str]:
    """The `Referer` field of a request for `target` that a page makes, as browsers send it.

    The default policy, strict-origin-when-cross-origin: the page's whole address to its own
    origin, the origin alone to others, nothing from https to http (W3C Referrer Policy, 3).
    """
    origin, aim = _origin(page), _origin(target)
    if origin is None or aim is None or (origin.scheme, aim.scheme) == ("https", "http"):
        return {}
    if origin != aim:
        return {"Referer": f"{origin}/"}
    parts = urlsplit(page)
    return {"Referer": f"{origin}{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"}


def place_key(url: str) -> str:
    """A stable name for what lies at `url`: from its host and path, readable in neither.

    The query is left out, because tokens change there while the stream stays.
    """
    parts = urlsplit(url)
    place = f"{parts.hostname}{parts.path}"
    return hashlib.blake2b(place.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _origin(url: str) -> URL | None:
    try:
        return URL(url, encoded=True).origin()
    except ValueError:
        return None
