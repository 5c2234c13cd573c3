"""Playlists whose URIs lead through this server: only the bytes of the URIs are replaced."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from f1stream.hls.define import answered
from f1stream.hls.limits import check_size
from f1stream.hls.links import Kind, Links
from f1stream.hls.resolution import PLAIN, PLAIN_NAME, Base
from f1stream.hls.signer import Signer
from f1stream.hls.tags import CONTEXT_TAGS, URI_TAGS, tag
from f1stream.hls.uris import NO_VARIABLES, Reference, carried, in_line, references, splice
from f1stream.hls.variables import Variables

_NOTABLE_TAGS = URI_TAGS | CONTEXT_TAGS
# With a literal first byte and `.` for the rest, most of the search is memchr.
_NOTABLE = re.compile(
    rb"\n([^#\n].*+|(?:" + b"|".join(sorted(_NOTABLE_TAGS)) + rb")(?::.*+|$))", re.MULTILINE
)
_PLAIN_NAMES = re.compile(rb"(?:" + PLAIN_NAME + rb"\n)*+")
_PLAIN_LINE = re.compile(PLAIN.pattern + rb"(\s*+)")
# New lines in a refresh, from which on it is no refresh but another playlist.
_MANY = 16


class Rewriter:
    """Rewrites one playlist of one stream, refresh after refresh.

    A live playlist changes by a line or two at a time: what lines became is remembered, of at most
    twice as many as the playlist has. Every rewrite is what a new `Rewriter` would have answered.

    `root` stands before the links that no player resolves against the playlist, as RFC 8216bis
    wants them absolute: this server's public URL up to its last slash, or the path of it.
    """

    def __init__(self, links: Links, scope: str, root: str = "/") -> None:
        self._pens = _Pens(links, scope, root.encode())
        self._lines: _Lines | None = None
        self._before: tuple[bytes, bytes] | None = None
        self._known: _Known | None = None

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
        context = base.partition("?")[0], imported
        lines = self._lines
        if lines is None or lines.context != context:
            lines = self._lines = _Lines(self._pens.carrying(imported), context)
            self._before = self._known = None
        if self._before is not None:
            self._known = _Known(lines, *self._before)
            self._before = None
        if self._known is not None:
            rewritten = self._line_by_line(playlist, self._known)
        else:
            rewritten = lines.together(playlist)
            # Lines are told apart when a second playlist comes: many never have one.
            self._before = playlist, rewritten
        if lines.independent:
            return rewritten
        self._lines = None
        return self._in_context(playlist, base, imported)

    def _line_by_line(self, playlist: bytes, known: _Known) -> bytes:
        before = len(known)
        lines = playlist.splitlines(keepends=True)
        rewritten = list(map(known.__getitem__, lines))
        if len(known) - before > max(_MANY, len(lines) // 4):
            # Where so much is new each time, remembering costs more than it saves.
            self._known = None
        elif len(known) > 2 * len(lines):
            known.clear()
            known.update(zip(lines, rewritten, strict=True))
        return b"".join(rewritten)

    def _in_context(self, playlist: bytes, base: str, imported: Mapping[str, str]) -> bytes:
        playlist = answered(playlist, base)
        pens = self._pens.carrying(carried(playlist, base, imported))
        return splice(playlist, references(playlist, base, imported), pens.write)


class _Pens:
    """What writes the links of one playlist, by what they lead to.

    `variables` are those that the links to playlists carry.
    """

    def __init__(
        self, links: Links, scope: str, root: bytes, variables: Mapping[str, str] = NO_VARIABLES
    ) -> None:
        self.bytes = links.signer(Kind.BYTES, scope)
        self._links = links
        self._scope = scope
        self._root = root
        self._variables = variables

    def carrying(self, variables: Mapping[str, str]) -> _Pens:
        """The same with other variables."""
        return _Pens(self._links, self._scope, self._root, variables) if variables else self

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


class _Lines:
    """Makes the lines of playlists in which none says anything about another's URI.

    `independent` no longer holds once it has met a line that does.
    """

    def __init__(self, pens: _Pens, context: tuple[str, Mapping[str, str]]) -> None:
        self.context = context
        self.independent = True
        self._pens = pens
        self._below = pens.bytes.below(context[0])

    @cached_property
    def _base(self) -> Base:
        return Base(self.context[0])

    @cached_property
    def _variables(self) -> Variables:
        return Variables(NO_VARIABLES, b"")

    def made(self, line: bytes) -> bytes:
        plain = _PLAIN_LINE.fullmatch(line) if len(line) < self._below.room else None
        if plain:
            origin, path, end = plain.groups()
            return self._pens.bytes((origin or self._below.directory) + path) + end
        name = tag(line)
        if name and name not in _NOTABLE_TAGS:
            return line
        if name in CONTEXT_TAGS:
            self.independent = False
        found = in_line(line, name, Kind.BYTES, self._base, self._variables)
        return splice(line, found, self._pens.write)

    def together(self, playlist: bytes) -> bytes:
        """The lines of a playlist; several times as fast as one by one."""
        if not playlist.count(b"\r"):
            return self._spliced(playlist)
        end = _line_end(playlist)
        if end is None:
            return b"".join(map(self.made, playlist.splitlines(keepends=True)))
        return self._spliced(playlist.replace(end, b"\n")).replace(b"\n", end)

    def _spliced(self, playlist: bytes) -> bytes:
        found = _NOTABLE.split(b"\n" + playlist)
        around, lines = found[::2], found[1::2]
        if not lines:
            return playlist
        text = b"\n".join(lines) + b"\n"
        short = len(text) <= self._below.room or len(max(lines, key=len)) < self._below.room
        if short and _PLAIN_NAMES.fullmatch(text):
            return self._below.woven(around, lines, text)[1:]
        pieces = [b"\n"] * (len(lines) * 3 + 1)
        pieces[::3] = around
        pieces[2::3] = self._each_made(lines) if short else map(self.made, lines)
        return b"".join(pieces)[1:]

    def _each_made(self, lines: list[bytes]) -> list[bytes]:
        plain = list(map(PLAIN.fullmatch, lines))
        directory = self._below.directory
        urls = [(found[1] or directory) + found[2] for found in plain if found]
        links = iter(self._pens.bytes.anywhere.links(urls))
        return [
            next(links) if found else self.made(line)
            for line, found in zip(lines, plain, strict=True)
        ]


class _Known(dict[bytes, bytes]):
    """What each line of a playlist became; one that it does not know is made, once."""

    def __init__(self, lines: _Lines, playlist: bytes, rewritten: bytes) -> None:
        super().__init__(zip(playlist.splitlines(True), rewritten.splitlines(True), strict=True))
        self._lines = lines

    def __missing__(self, line: bytes) -> bytes:
        made = self[line] = self._lines.made(line)
        return made


def _line_end(playlist: bytes) -> bytes | None:
    """What ends the lines of a playlist with carriage returns; `None` where it differs."""
    newlines = playlist.count(b"\n")
    if not newlines:
        return b"\r"
    returns = playlist.count(b"\r")
    return b"\r\n" if returns == newlines == playlist.count(b"\r\n") else None
