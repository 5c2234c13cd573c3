"""Playlists whose URIs lead through this server: only the bytes of the URIs are replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from f1stream.hls.define import answered
from f1stream.hls.limits import MAX_URL_BYTES, check_size
from f1stream.hls.links import Kind, Links
from f1stream.hls.resolution import PLAIN, PLAIN_NAME, Base
from f1stream.hls.signer import Signer
from f1stream.hls.tags import CONTEXT_TAGS, URI_TAGS, tag
from f1stream.hls.uris import NO_VARIABLES, Reference, carried, in_line, references, splice
from f1stream.hls.variables import Variables

_TAGS = b"|".join(sorted(URI_TAGS | CONTEXT_TAGS))
# With a literal first byte and `.` for the rest, most of the search is memchr.
_NOTABLE = re.compile(rb"\n([^#\n].*+|(?:" + _TAGS + rb")(?::.*+|$))", re.MULTILINE)
_PLAIN_NAMES = re.compile(rb"(?:" + PLAIN_NAME + rb"\n)*+")
_PLAIN_LINE = re.compile(PLAIN.pattern + rb"(\s*+)")
# New lines in a refresh, from which on it is no refresh but another playlist.
_MANY = 16


class Rewriter:
    """Rewrites one playlist of one stream, refresh after refresh.

    A live playlist changes by a line or two at a time: what lines became is remembered, of at most
    as many as the playlist has. Every rewrite is what a new `Rewriter` would have answered.

    `root` stands before the links that no player resolves against the playlist, as RFC 8216bis
    wants them absolute: this server's public URL up to its last slash, or the path of it.
    """

    def __init__(self, links: Links, scope: str, root: str = "/") -> None:
        self._links = links
        self._scope = scope
        self._root = root.encode()
        self._lines: _Lines | None = None

    def rewrite(
        self, playlist: bytes, base: str, imported: Mapping[str, str] = NO_VARIABLES
    ) -> bytes:
        """The playlist with links for URIs.

        `base` is the URL that the playlist came from, after redirects; `imported` are the
        variables that its own link carried. URIs that no proxy can fetch are left as they are.
        Raises `TooLarge`, and nothing else, whatever the bytes are.
        """
        check_size(playlist)
        # The query says which moment of a low-latency playlist was asked for; no URI depends on it.
        asked = base.partition("?")[0]
        lines = self._lines
        if lines is None or lines.context != (asked, imported):
            lines = _Lines(asked, imported, self._pens(imported))
        rewritten = lines.rewrite(playlist)
        if rewritten is None:
            self._lines = None
            return self._in_context(playlist, base, imported)
        self._lines = lines
        return rewritten

    def _in_context(self, playlist: bytes, base: str, imported: Mapping[str, str]) -> bytes:
        playlist = answered(playlist, base)
        pens = self._pens(carried(playlist, base, imported))
        return splice(playlist, references(playlist, base, imported), pens.write)

    def _pens(self, variables: Mapping[str, str]) -> _Pens:
        return _Pens(self._links, self._scope, self._root, variables)


class _Pens:
    """What writes the links of one playlist, by what they lead to."""

    def __init__(self, links: Links, scope: str, root: bytes, variables: Mapping[str, str]) -> None:
        self.bytes = links.signer(Kind.BYTES, scope)
        self._links = links
        self._scope = scope
        self._root = root
        self._variables = variables

    @cached_property
    def _playlist(self) -> Signer:
        return self._links.signer(Kind.PLAYLIST, self._scope, self._variables)

    def write(self, reference: Reference) -> bytes:
        url, mark, fragment = reference.url.partition(b"#")
        root = self._root if reference.absolute else b""
        return root + self._signed(reference.kind, url) + mark + fragment

    def _signed(self, kind: Kind, url: bytes) -> bytes:
        if kind is Kind.BYTES:
            return self.bytes(url)
        if kind is Kind.PLAYLIST:
            return self._playlist(url)
        return self._links.signer(kind, self._scope)(url)


class _Lines(dict[bytes, bytes]):
    """What each line became of a playlist in which none says anything about another's URI."""

    def __init__(self, base: str, imported: Mapping[str, str], pens: _Pens) -> None:
        self.context = (base, imported)
        self._pens = pens
        self._below = pens.bytes.below(base)
        self._room = MAX_URL_BYTES - len(self._below.directory)
        self._before: tuple[bytes, bytes] | None = None
        self._independent = True

    @cached_property
    def _base(self) -> Base:
        return Base(self.context[0])

    @cached_property
    def _variables(self) -> Variables:
        return Variables(NO_VARIABLES, b"")

    def rewrite(self, playlist: bytes) -> bytes | None:
        """The playlist rewritten; `None` where a line says something about another's URI."""
        if self._before is not None:
            was, became = self._before
            self._before = None
            self.update(zip(was.splitlines(True), became.splitlines(True), strict=True))
        if not self:
            rewritten = self._all_together(playlist)
            # Lines are told apart when a second playlist comes: many never have one.
            self._before = playlist, rewritten
            return rewritten if self._independent else None
        return self._line_by_line(playlist)

    def _line_by_line(self, playlist: bytes) -> bytes | None:
        known = len(self)
        lines = playlist.splitlines(keepends=True)
        rewritten = list(map(self.__getitem__, lines))
        if not self._independent:
            return None
        if len(self) - known > max(_MANY, len(lines) // 4):
            # Where so much is new each time, remembering costs more than it saves.
            self.clear()
        elif len(self) > len(lines):
            self.clear()
            self.update(zip(lines, rewritten, strict=True))
        return b"".join(rewritten)

    def __missing__(self, line: bytes) -> bytes:
        rewritten = self[line] = self._made(line)
        return rewritten

    def _made(self, line: bytes) -> bytes:
        plain = _PLAIN_LINE.fullmatch(line) if len(line) < self._room else None
        if plain:
            origin, path, end = plain.groups()
            return self._pens.bytes((origin or self._below.directory) + path) + end
        name = tag(line)
        if name in CONTEXT_TAGS:
            self._independent = False
        found = in_line(line, name, Kind.BYTES, self._base, self._variables)
        return splice(line, found, self._pens.write)

    def _all_together(self, playlist: bytes) -> bytes:
        """Several times as fast as line by line."""
        end = _line_end(playlist)
        if end == b"\n":
            return self._spliced(playlist)
        if end is None:
            return b"".join(map(self._made, playlist.splitlines(keepends=True)))
        return self._spliced(playlist.replace(end, b"\n")).replace(b"\n", end)

    def _spliced(self, playlist: bytes) -> bytes:
        found = _NOTABLE.split(b"\n" + playlist)
        lines = found[1::2]
        pieces = [b"\n"] * (len(lines) * 3 + 1)
        pieces[::3] = found[::2]
        text = b"\n".join(lines) + b"\n"
        if len(text) > self._room and len(max(lines, key=len)) >= self._room:
            pieces[2::3] = map(self._made, lines)
        elif _PLAIN_NAMES.fullmatch(text):
            pieces[2::3] = self._below.links(lines, text)
        else:
            pieces[2::3] = self._each_made(lines)
        return b"".join(pieces)[1:]

    def _each_made(self, lines: list[bytes]) -> list[bytes]:
        plain = list(map(PLAIN.fullmatch, lines))
        directory = self._below.directory
        urls = [(found[1] or directory) + found[2] for found in plain if found]
        links = iter(self._pens.bytes.anywhere.links(urls, b"\n".join(urls) + b"\n"))
        return [
            next(links) if found else self._made(line)
            for line, found in zip(lines, plain, strict=True)
        ]


def _line_end(playlist: bytes) -> bytes | None:
    """What ends the lines of a playlist; `None` where it is not the same for all."""
    returns = playlist.count(b"\r")
    if not returns:
        return b"\n"
    newlines = playlist.count(b"\n")
    if not newlines:
        return b"\r"
    return b"\r\n" if returns == newlines == playlist.count(b"\r\n") else None
