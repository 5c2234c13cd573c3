"""Where the URIs of a playlist stand, and what they point to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from f1stream.hls.links import Kind
from f1stream.hls.resolution import Base
from f1stream.hls.tags import DATERANGE, DEFINE, STREAM_INF, spans, tag
from f1stream.hls.variables import Variables

NO_VARIABLES: Mapping[str, str] = MappingProxyType({})

_MAX_CARRIED = 2048
_PLAYLIST_PATH = re.compile(rb"[^?#]*\.m3u8?\s*(?:[?#]|$)", re.IGNORECASE)


class Reference(NamedTuple):
    """One URI of a playlist: `playlist[start:end]` stands for the absolute `url`.

    `absolute` says that players do not resolve what stands there.
    """

    start: int
    end: int
    kind: Kind
    url: bytes
    absolute: bool = False


def references(
    playlist: bytes, base: str, imported: Mapping[str, str] = NO_VARIABLES
) -> list[Reference]:
    """All URIs that a proxy can fetch, in file order.

    `base` is the URL that the playlist came from, after redirects; `imported` are the variables
    of its multivariant playlist. URLs are ASCII and keep their fragment. URIs of other schemes,
    and those with an undefined variable, are not among them.
    """
    against = Base(base)
    return list(_walk(playlist, against, Variables(imported, against.query)))


def carried(
    playlist: bytes, base: str, imported: Mapping[str, str] = NO_VARIABLES
) -> Mapping[str, str]:
    """The variables that the playlists linked from this one may import.

    Its own where it is a multivariant playlist, wherever it defines them; else those it was given,
    so that an EXT-X-RENDITION-REPORT has the same link as the rendition in the multivariant one.
    None of its own if they are more than 2,048 characters, as every link would hold them all.
    """
    if DEFINE not in playlist or STREAM_INF not in playlist:
        return imported
    variables = Variables(imported, Base(base).query)
    for line in playlist.splitlines():
        if tag(line) == DEFINE:
            variables.define(line)
    found = {**imported, **variables.own}
    return found if sum(map(len, (*found, *found.values()))) <= _MAX_CARRIED else imported


def splice(
    playlist: bytes, found: Iterable[Reference], write: Callable[[Reference], bytes]
) -> bytes:
    """The playlist with what `write` gives in place of each URI, and no other byte changed."""
    pieces: list[bytes] = []
    position = 0
    for reference in found:
        pieces += playlist[position : reference.start], write(reference)
        position = reference.end
    return b"".join((*pieces, playlist[position:]))


def in_line(
    line: bytes, name: bytes, bare: Kind, base: Base, variables: Variables, position: int = 0
) -> Iterator[Reference]:
    """The references of one line; `position` is where in the playlist it starts."""
    for start, end, kind in spans(line, name, bare):
        text = variables.substitute(line[start:end])
        url = base.resolve(text) if text else None
        if url is not None:
            asset = name == DATERANGE and kind is Kind.PLAYLIST
            yield Reference(position + start, position + end, kind, url, asset)


def _walk(playlist: bytes, base: Base, variables: Variables) -> Iterator[Reference]:
    multivariant = STREAM_INF in playlist
    promised = False
    position = 0
    for line in playlist.splitlines(keepends=True):
        name = tag(line)
        if name == DEFINE:
            variables.define(line)
        stray = multivariant and _PLAYLIST_PATH.match(line)
        bare = Kind.PLAYLIST if promised or stray else Kind.BYTES
        yield from in_line(line, name, bare, base, variables, position)
        promised = name == STREAM_INF or (promised and (name != b"" or line.isspace()))
        position += len(line)
