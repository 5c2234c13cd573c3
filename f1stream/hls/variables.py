"""EXT-X-DEFINE and what it stands for in URIs (RFC 8216bis 4.3 and 4.4.2.3)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from f1stream.hls.limits import MAX_URL_BYTES
from f1stream.hls.tags import attributes

_REFERENCE = re.compile(rb"\{\$([A-Za-z0-9_-]+)\}")


class Variables:
    """The variables of one playlist, from its top down to the line that is being read.

    `imported` is what the multivariant playlist defined; `query` is that of the playlist's URL.
    """

    def __init__(self, imported: Mapping[str, str], query: bytes) -> None:
        self._imported = {name: _to_bytes(value) for name, value in imported.items()}
        self._query = parameters(query)
        self._values: dict[bytes, bytes] = {}
        self._own: dict[str, str] = {}

    @property
    def own(self) -> Mapping[str, str]:
        """Those that are defined here rather than imported: what media playlists may import."""
        return self._own

    def define(self, line: bytes) -> None:
        """Take an EXT-X-DEFINE; one that says nothing usable defines nothing."""
        said = {name: line[start:end] for name, start, end in attributes(line)}
        if b"IMPORT" in said:
            name, value = said[b"IMPORT"], self._imported.get(_to_text(said[b"IMPORT"]))
        elif b"QUERYPARAM" in said:
            name, value = said[b"QUERYPARAM"], self._query.get(said[b"QUERYPARAM"])
        else:
            name, value = said.get(b"NAME", b""), self.substitute(said.get(b"VALUE", b""))
        if not name or value is None:
            return
        self._values[name] = value
        if b"IMPORT" not in said:
            self._own[_to_text(name)] = _to_text(value)

    def substitute(self, text: bytes) -> bytes | None:
        """The text with its variables' values.

        `None` where one is not defined, or where it would be longer than any URL may be: variables
        made of variables could otherwise fill the memory in a dozen lines.
        """
        if b"{$" not in text:
            return text
        values = [self._values.get(name) for name in _REFERENCE.findall(text)]
        if None in values or len(text) + sum(len(value or b"") for value in values) > MAX_URL_BYTES:
            return None
        return _REFERENCE.sub(lambda found: self._values[found[1]], text)


def parameters(query: bytes) -> dict[bytes, bytes]:
    """The first value of each parameter, percent-decoded; those without a value are not there."""
    found: dict[bytes, bytes] = {}
    for pair in query.removeprefix(b"?").split(b"&"):
        name, _, value = pair.partition(b"=")
        if value:
            found.setdefault(unquote_to_bytes(name), unquote_to_bytes(value))
    return found


def _to_bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")


def _to_text(value: bytes) -> str:
    return value.decode(errors="surrogateescape")
