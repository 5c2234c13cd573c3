"""Playlists whose URIs lead through this server: only the bytes of the URIs are replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping

from f1stream.hls.links import MAX_URL_BYTES, Kind, Links
from f1stream.hls.resolution import PLAIN, Base
from f1stream.hls.tags import DEFINE, STREAM_INF, URI_ATTRIBUTES, URI_VALUES, tag
from f1stream.hls.uris import NO_VARIABLES, Reference, carried, in_line, references, splice
from f1stream.hls.variables import Variables

_PLAIN_LINE = re.compile(PLAIN + rb"(\s*+)")
_URI_TAGS = frozenset((*URI_ATTRIBUTES, *URI_VALUES))


class Rewriter:
    """Rewrites one playlist of one stream, refresh after refresh.

    A live playlist changes by a line or two at a time: what lines became is remembered, of at most
    as many as the playlist has. Every rewrite is what a new `Rewriter` would have answered.
    """

    def __init__(self, links: Links, scope: str) -> None:
        self._links = links
        self._scope = scope
        self._lines: _Lines | None = None

    def rewrite(
        self, playlist: bytes, base: str, imported: Mapping[str, str] = NO_VARIABLES
    ) -> bytes:
        """The playlist with links for URIs; it never fails, whatever the bytes are.

        `base` is the URL that the playlist came from, after redirects; `imported` are the
        variables that its own link carried. URIs that no proxy can fetch are left as they are.
        """
        if DEFINE in playlist or STREAM_INF in playlist:
            pens = _Pens(self._links, self._scope, carried(playlist, base, imported))
            return splice(playlist, references(playlist, base, imported), pens.write)
        # The query says which moment of a low-latency playlist was asked for; no URI depends on it.
        base = base.partition("?")[0]
        if self._lines is None or not self._lines.serve(base, imported):
            self._lines = _Lines(base, imported, _Pens(self._links, self._scope, imported))
        return self._lines.rewrite(playlist)


class _Pens:
    """What writes the links of one playlist, by what they lead to."""

    def __init__(self, links: Links, scope: str, variables: Mapping[str, str]) -> None:
        self.bytes = links.signer(Kind.BYTES, scope)
        self.playlist = links.signer(Kind.PLAYLIST, scope, variables)

    def write(self, reference: Reference) -> bytes:
        sign = self.bytes if reference.kind is Kind.BYTES else self.playlist
        url, mark, fragment = reference.url.partition(b"#")
        return sign(url) + mark + fragment


class _Lines(dict[bytes, bytes]):
    """What each line became of a playlist in which none says anything about another's URI."""

    def __init__(self, base: str, imported: Mapping[str, str], pens: _Pens) -> None:
        self._context = (base, imported)
        self._base = Base(base)
        self._variables = Variables(NO_VARIABLES, b"")
        self._write = pens.write
        self._sign = pens.bytes
        self._directory = self._base.directory
        self._room = MAX_URL_BYTES - len(self._directory)

    def serve(self, base: str, imported: Mapping[str, str]) -> bool:
        return self._context == (base, imported)

    def rewrite(self, playlist: bytes) -> bytes:
        lines = playlist.splitlines(keepends=True)
        rewritten = list(map(self.__getitem__, lines))
        if len(self) > len(lines):
            self.clear()
            self.update(zip(lines, rewritten, strict=True))
        return b"".join(rewritten)

    def __missing__(self, line: bytes) -> bytes:
        plain = _PLAIN_LINE.fullmatch(line) if len(line) < self._room else None
        if plain:
            origin, path, end = plain.groups()
            rewritten = self._sign((origin or self._directory) + path) + end
        elif line.startswith(b"#") and line.partition(b":")[0] not in _URI_TAGS:
            rewritten = line
        else:
            found = in_line(line, tag(line), Kind.BYTES, self._base, self._variables)
            rewritten = splice(line, found, self._write)
        self[line] = rewritten
        return rewritten
