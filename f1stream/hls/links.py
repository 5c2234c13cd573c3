"""Signed links: how an upstream URL travels through a player and comes back unaltered.

A link is `relay?url=<base64url>&sig=<scope>.<mac>.<ending>`, without a leading slash: a player
resolves it against the playlist that holds it, so it is short and works under any path prefix.
Playlist links of streams with variables also carry `&def=<base64url of a JSON object>`. The ending
is the file name's, as ffmpeg and what is built on it refuse segments whose URL does not end like
a media file; it follows from the URL. On `proxy` it says what the link leads to: nothing for a
playlist, `.assets` and `.steering` for the two JSON documents of HLS.

A content steering pathway that is a clone of another one differs from it by `&via=<base64url of a
JSON object>.<mac>`, which players put on the links of the other one (RFC 8216bis 7.1).
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
from f1stream.hls.detour import Detour
from f1stream.hls.limits import MAX_URL_BYTES
from f1stream.hls.signer import MAC_BYTES, Signer, encode, ending

_MAX_TEXT = -(-MAX_URL_BYTES * 4 // 3)
_SCOPE = re.compile(r"[a-z0-9-]{1,64}")
_SIGNATURE = re.compile(r"([a-z0-9-]{1,64})\.([A-Za-z0-9_-]{16})((?:\.[a-z0-9]{2,8})?)")
_VIA = re.compile(r"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{16})")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_FROM_URL_SAFE = bytes.maketrans(b"-_", b"+/")
# Streams that are played at the same time; the signer of one more costs two microseconds.
_MAX_SCOPES = 256


class Kind(StrEnum):
    """What a link leads to; the first two are named after the route that answers them."""

    PLAYLIST = "proxy"
    BYTES = "relay"
    ASSETS = "assets"
    STEERING = "steering"

    @property
    def route(self) -> Kind:
        """The route that answers: what is rewritten is answered by the one of playlists."""
        return self if self is Kind.BYTES else Kind.PLAYLIST

    @property
    def mark(self) -> bytes | None:
        """What ends the signature; `None` where that is the ending of the file name."""
        if self is Kind.BYTES:
            return None
        return b"" if self is Kind.PLAYLIST else b"." + self.encode()


_MARKED = {b".assets": Kind.ASSETS, b".steering": Kind.STEERING}


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
        self._watchers: list[Callable[[], None]] = []
        self.replace(keys)

    def replace(self, keys: Sequence[bytes]) -> None:
        """Use these keys from now on, and tell all who watch.

        A `Signer` goes on with the key that it was made with. Raises as the constructor.
        """
        if not keys or not all(16 <= len(key) <= 64 for key in keys):
            raise ValueError("links need at least one key, each of 16 to 64 bytes")
        self.keys = tuple(keys)
        self._macs = [
            blake2b(key=key, digest_size=MAC_BYTES, person=b"f1stream-link") for key in keys
        ]
        self._relaying: dict[str, Signer] = {}
        for changed in self._watchers:
            changed()

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed` each time the keys are others, in the order of these calls."""
        self._watchers.append(changed)

    def signer(self, kind: Kind, scope: str, variables: Mapping[str, str] | None = None) -> Signer:
        """What signs many URLs that differ in nothing else; both sides are ASCII."""
        packed = _pack(variables) if variables else b""
        if kind is Kind.BYTES and not packed and scope in self._relaying:
            return self._relaying[scope]
        if not _SCOPE.fullmatch(scope):
            raise ValueError("the scope of a link is a slug of 1 to 64 characters")
        mac = _begun(self._macs[0], kind, scope, packed)
        head = b"%b?url=" % kind.route.encode()
        tail = b"%b&sig=%b." % (b"&def=" + packed if packed else b"", scope.encode())
        made = Signer(mac, head, tail, kind.mark)
        if kind is Kind.BYTES and not packed:
            if len(self._relaying) >= _MAX_SCOPES:
                self._relaying.clear()
            self._relaying[scope] = made
        return made

    def sign(self, link: Link) -> str:
        """The link as a relative reference."""
        sign = self.signer(link.kind, link.scope, link.variables)
        return sign(link.url.encode()).decode()

    def via(self, scope: str, detour: Detour) -> str:
        """The value of `via` that sends the playlist links of a stream to a clone's URIs."""
        packed = encode(detour.packed())
        mac = _begun(self._macs[0], _VIA_FIELD, scope, packed)
        return f"{packed.decode()}.{encode(mac.digest()).decode()}"

    def read(self, route: str, query: Mapping[str, str]) -> Link:
        """The link that a request's query holds; parameters it does not know are ignored.

        `route` is the one that was asked: a kind with a route of its own, as `Kind.route`. Raises
        `BadLink` for a missing or malformed parameter, `ForeignLink` for a signature made with
        another key, or over another URL, scope, kind or set of variables.
        """
        url = _text(_decode(_parameter(query, "url"), "url"))
        packed = query.get("def", "")
        variables = _decode(_parameter(query, "def"), "def") if "def" in query else b"{}"
        signature = _SIGNATURE.fullmatch(_parameter(query, "sig"))
        if signature is None:
            raise BadLink("The link's sig is malformed.")
        scope, mac, mark = signature.groups()
        kind = _MARKED.get(mark.encode(), Kind.PLAYLIST)
        if route == Kind.BYTES:
            kind = Kind.BYTES
        expected = ending(url.encode()) if kind.mark is None else kind.mark
        signed = self._signed(kind, scope, packed.encode(), url.encode(), mac.encode())
        if not signed or mark.encode() != expected:
            raise ForeignLink("The link was not signed by this server, or was altered.")
        if kind is Kind.PLAYLIST and "via" in query:
            url = self._detour(scope, query).url(url)
        return Link(kind, url, scope, json.loads(variables))

    def _detour(self, scope: str, query: Mapping[str, str]) -> Detour:
        via = _VIA.fullmatch(_parameter(query, "via"))
        if via is None:
            raise BadLink("The link's via is malformed.")
        packed, mac = via.groups()
        detour = _decode(packed, "via")
        if not self._signed(_VIA_FIELD, scope, packed.encode(), b"", mac.encode()):
            raise ForeignLink("The link's via was not signed by this server, or was altered.")
        return Detour.unpacked(detour)

    def _signed(self, field: str, scope: str, packed: bytes, url: bytes, claimed: bytes) -> bool:
        for keyed in self._macs:
            mac = _begun(keyed, field, scope, packed)
            mac.update(url)
            if hmac.compare_digest(encode(mac.digest()), claimed):
                return True
        return False


# Stands where the kind of a link does, so that neither is ever taken for the other.
_VIA_FIELD = "via"


def _begun(keyed: blake2b, field: str, scope: str, packed: bytes) -> blake2b:
    # None of the three can hold a NUL and the URL comes last, so no two links hash the same text.
    mac = keyed.copy()
    mac.update(b"%b\0%b\0%b\0" % (field.encode(), scope.encode(), packed))
    return mac


def _pack(variables: Mapping[str, str]) -> bytes:
    return encode(json.dumps(dict(variables), separators=(",", ":"), sort_keys=True).encode())


def _decode(text: str, name: str) -> bytes:
    if len(text) > _MAX_TEXT:
        raise BadLink(f"The link's {name} is longer than {MAX_URL_BYTES} bytes.")
    if not _BASE64URL.fullmatch(text) or len(text) % 4 == 1:
        raise BadLink(f"The link's {name} is not base64url without padding.")
    data = binascii.a2b_base64(text.encode().translate(_FROM_URL_SAFE) + b"==")
    # A second spelling of the same bytes would be a second entry in every cache on the way.
    if encode(data) != text.encode():
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
