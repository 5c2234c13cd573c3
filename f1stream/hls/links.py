"""Signed links: how an upstream URL travels through a player and comes back unaltered.

A link is `relay?url=<base64url>&sig=<scope>.<mac>.<ending>`, without a leading slash: a player
resolves it against the playlist that holds it, so it is short and works under any path prefix.
Playlist links of streams with variables also carry `&def=<base64url of a JSON object>`. The ending
is the file name's, as ffmpeg and what is built on it refuse segments whose URL does not end like
a media file; it follows from the URL.
"""

from __future__ import annotations

import binascii
import hmac
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import blake2b

from f1stream.errors import BadLink, ForeignLink

MAX_URL_BYTES = 8192

_MAX_TEXT = -(-MAX_URL_BYTES * 4 // 3)
_SCOPE = re.compile(r"[a-z0-9-]{1,64}")
_SIGNATURE = re.compile(r"([a-z0-9-]{1,64})\.([A-Za-z0-9_-]{16})((?:\.[a-z0-9]{2,6})?)")
# The endings that ffmpeg takes. `ts` passes for MPEG-TS, fragmented MP4 and packed audio alike.
_ENDINGS = {
    ending: b"." + ending
    for ending in b"aac ac3 cmfa cmfv ec3 m4a m4s m4v mp3 mp4 ts vtt webvtt".split()
}
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_TO_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")


class Kind(StrEnum):
    """What a link leads to, named after the route that answers it."""

    PLAYLIST = "proxy"
    BYTES = "relay"


@dataclass(frozen=True, slots=True)
class Link:
    """An upstream URL, and on whose behalf it is fetched.

    `scope` is the id of the stream whose request headers are used; `variables` are those that a
    media playlist may import from its multivariant playlist (RFC 8216bis 4.4.2.3).
    """

    kind: Kind
    url: str
    scope: str
    variables: Mapping[str, str] = field(default_factory=dict)


class Links:
    """Signs links and reads them back.

    The first key signs and all of them verify, so that a key can be replaced while players still
    hold links made with the old one. Raises `ValueError` for a key outside 16 to 64 bytes.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or not all(16 <= len(key) <= 64 for key in keys):
            raise ValueError("links need at least one key, each of 16 to 64 bytes")
        self.keys = tuple(keys)
        self._macs = [blake2b(key=key, digest_size=12, person=b"f1stream-link") for key in keys]

    def signer(
        self, kind: Kind, scope: str, variables: Mapping[str, str] | None = None
    ) -> Callable[[bytes], bytes]:
        """What signs many URLs that differ in nothing else; both sides are ASCII."""
        if not _SCOPE.fullmatch(scope):
            raise ValueError("the scope of a link is a slug of 1 to 64 characters")
        packed = _pack(variables) if variables else b""
        fresh = _begun(self._macs[0], kind, scope, packed).copy
        head = b"%b?url=" % kind.encode()
        tail = b"%b&sig=%b." % (b"&def=" + packed if packed else b"", scope.encode())

        def sign(url: bytes) -> bytes:
            mac = fresh()
            mac.update(url)
            return head + _encode(url) + tail + _encode(mac.digest())

        def sign_bytes(url: bytes) -> bytes:
            return sign(url) + _ending(url)

        return sign_bytes if kind is Kind.BYTES else sign

    def sign(self, link: Link) -> str:
        """The link as a relative reference."""
        sign = self.signer(link.kind, link.scope, link.variables)
        return sign(link.url.encode()).decode()

    def read(self, kind: Kind, query: Mapping[str, str]) -> Link:
        """The link that a request's query holds; parameters it does not know are ignored.

        Raises `BadLink` for a missing or malformed parameter, `ForeignLink` for a signature made
        with another key, or over another URL, scope, kind or set of variables.
        """
        url = _text(_decode(query, "url"))
        packed = query.get("def", "")
        variables = _decode(query, "def") if "def" in query else b"{}"
        signature = _SIGNATURE.fullmatch(_parameter(query, "sig"))
        if signature is None:
            raise BadLink("The link's sig is malformed.")
        scope, mac, ending = signature.groups()
        expected = _ending(url.encode()) if kind is Kind.BYTES else b""
        signed = self._signed(kind, scope, packed.encode(), url.encode(), mac.encode())
        if not signed or ending.encode() != expected:
            raise ForeignLink("The link was not signed by this server, or was altered.")
        return Link(kind, url, scope, json.loads(variables))

    def _signed(self, kind: Kind, scope: str, packed: bytes, url: bytes, claimed: bytes) -> bool:
        for keyed in self._macs:
            mac = _begun(keyed, kind, scope, packed)
            mac.update(url)
            if hmac.compare_digest(_encode(mac.digest()), claimed):
                return True
        return False


def _begun(keyed: blake2b, kind: Kind, scope: str, packed: bytes) -> blake2b:
    # None of the three can hold a NUL and the URL comes last, so no two links hash the same text.
    mac = keyed.copy()
    mac.update(b"%b\0%b\0%b\0" % (kind.encode(), scope.encode(), packed))
    return mac


def _ending(url: bytes) -> bytes:
    return _ENDINGS.get(url.partition(b"?")[0].rpartition(b".")[2], b".ts")


def _pack(variables: Mapping[str, str]) -> bytes:
    return _encode(json.dumps(dict(variables), separators=(",", ":"), sort_keys=True).encode())


def _encode(data: bytes) -> bytes:
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL_SAFE, b"=")


def _decode(query: Mapping[str, str], name: str) -> bytes:
    text = _parameter(query, name)
    if len(text) > _MAX_TEXT:
        raise BadLink(f"The link's {name} is longer than {MAX_URL_BYTES} bytes.")
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise BadLink(f"The link's {name} is not base64url without padding.")
    data = binascii.a2b_base64(text.encode().translate(_FROM_URL_SAFE) + b"==")
    # A second spelling of the same bytes would be a second entry in every cache on the way.
    if _encode(data) != text.encode():
        raise BadLink(f"The link's {name} is not base64url in its shortest form.")
    return data


def _parameter(query: Mapping[str, str], name: str) -> str:
    value = query.get(name)
    if not value:
        raise BadLink(f"The link has no {name}.")
    return value


def _text(url: bytes) -> str:
    try:
        return url.decode()
    except UnicodeDecodeError:
        raise BadLink("The link's url is not UTF-8.") from None
