"""Relative references made absolute (RFC 3986 section 5), over bytes that may be anything.

`urllib.parse.urljoin` is not used: it merges empty path segments, drops an empty query, raises on
some authorities, and takes longer than all the rest of a rewrite.
"""

from __future__ import annotations

import re
import sys
from urllib.parse import quote_from_bytes

from f1stream.hls.limits import MAX_URL_BYTES

_PARTS = re.compile(
    rb"(?:([A-Za-z][A-Za-z0-9+.-]*+):)?(?://([^/?#]*+))?([^?#]*+)(\?[^#]*+)?(#.*+)?", re.DOTALL
)
_AUTHORITY = re.compile(rb"(?:[^@\[\]]*+@)?(\[[0-9A-Fa-f:.]++\]|[^@:\[\]\s]++)(?::[0-9]{0,5}+)?")
# Nothing to escape, no empty or dot segment, no fragment: the origin, if there is one, and what
# follows it, or else the playlist's directory. Ranges, because `\w` is slower.
_SEGMENT = rb"[$-\-0-9;=@-Z_a-z~!][$-.0-9;=@-Z_a-z~!]*+"
_ORIGIN = rb"https?://[0-9a-z.-]++(?::[0-9]{1,5}+)?/"
_QUERY = rb"(?:\?[$-;=?@-Z_a-z~!]*+)?+"
# Python before 3.11.5 goes on after what a possessive group has read of a round that then failed.
_MANY = rb"*+" if sys.version_info >= (3, 11, 5) else rb"*"
PLAIN_NAME = _SEGMENT + rb"(?:/" + _SEGMENT + rb")" + _MANY + _QUERY
PLAIN = re.compile(rb"(" + _ORIGIN + rb")?(" + PLAIN_NAME + rb")")
_PLAIN_DIRECTORY = re.compile(
    rb"(" + _ORIGIN + rb"(?:" + _SEGMENT + rb"/)" + _MANY + rb")(?:" + _SEGMENT + rb")?" + _QUERY
)
_FORBIDDEN = re.compile(rb'[\x00-\x20"<>\\^`{|}\x7f-\xff]')
_KEPT = _FORBIDDEN.sub(b"", bytes(range(128)))
_DOT_SEGMENT = re.compile(rb"(?:^|/)\.\.?(?:/|$)")


class Base:
    """The URL of a playlist, against which its references are resolved."""

    def __init__(self, url: str) -> None:
        scheme, authority, path, query, _ = _split(_escaped(url.encode(errors="surrogateescape")))
        self._scheme = scheme or b""
        self._origin = self._scheme + b"://" + (authority or b"")
        self._path = _without_dots(path) or b"/"
        self.directory = self._origin + self._path[: self._path.rfind(b"/") + 1]
        self.query = query or b""

    def resolve(self, reference: bytes) -> bytes | None:
        """The absolute URL, escaped so that it is ASCII; a fragment stays on it.

        `None` for what no proxy can fetch: another scheme than http and https, a broken authority,
        more than 8 KiB, or no resource but the playlist itself.
        """
        if len(reference) > MAX_URL_BYTES:
            return None
        if plain := PLAIN.fullmatch(reference):
            url: bytes | None = (plain[1] or self.directory) + plain[2]
        else:
            url = self._join(reference)
        return url if url is not None and len(url) <= MAX_URL_BYTES else None

    def _join(self, reference: bytes) -> bytes | None:
        scheme, authority, path, query, fragment = _split(reference)
        if (scheme or self._scheme).lower() not in (b"http", b"https"):
            return None
        if authority is None and (scheme is not None or not (path or query)):
            return None
        rest = _escaped((query or b"") + (fragment or b""))
        if authority is None:
            return self._origin + self._merged(_escaped(path)) + rest
        host = _ascii_authority(authority)
        if host is None:
            return None
        return (scheme or self._scheme) + b"://" + host + _without_dots(_escaped(path)) + rest

    def _merged(self, path: bytes) -> bytes:
        if not path:
            return self._path
        if path.startswith(b"/"):
            return _without_dots(path)
        return _without_dots(self._path[: self._path.rfind(b"/") + 1] + path)


def directory(url: str) -> bytes:
    """That of `Base(url)`, found at once where nothing in the URL needs care."""
    found = _PLAIN_DIRECTORY.fullmatch(url.encode(errors="surrogateescape"))
    return found[1] if found else Base(url).directory


def _split(url: bytes) -> tuple[bytes | None, bytes | None, bytes, bytes | None, bytes | None]:
    found = _PARTS.fullmatch(url)
    if found is None:
        raise AssertionError("every text has the five parts of RFC 3986 appendix B")
    scheme, authority, path, query, fragment = found.groups()
    return scheme, authority, path, query, fragment


def _escaped(text: bytes) -> bytes:
    return quote_from_bytes(text, _KEPT).encode() if _FORBIDDEN.search(text) else text


def _ascii_authority(authority: bytes) -> bytes | None:
    found = _AUTHORITY.fullmatch(authority)
    if found is None:
        return None
    try:
        host = found[1] if found[1].isascii() else found[1].decode().encode("idna")
    except UnicodeError:
        return None
    start, end = found.span(1)
    return _escaped(authority[:start]) + host + authority[end:]


def _without_dots(path: bytes) -> bytes:
    """RFC 3986 5.2.4; an empty segment is a segment."""
    if not _DOT_SEGMENT.search(path):
        return path
    kept: list[bytes] = []
    segments = path.removeprefix(b"/").split(b"/")
    for segment in segments:
        if segment == b"..":
            del kept[-1:]
        elif segment != b".":
            kept.append(segment)
    if segments[-1] in (b".", b".."):
        kept.append(b"")
    return b"/" + b"/".join(kept)
