"""EXT-X-DEFINE:QUERYPARAM, answered: its parameter is in the upstream's URL, not in a link of ours.

A player looks the parameter up in the URL that it loaded the playlist from, and refuses the
playlist where it is missing (RFC 8216bis 4.4.2.3). Links cannot carry it, because nobody knows of
it before the playlist is read. So the line becomes what it means: NAME and VALUE.
"""

from __future__ import annotations

import re

from f1stream.hls.resolution import Base
from f1stream.hls.tags import DEFINE, attributes, tag
from f1stream.hls.variables import parameters

_NAME = b"QUERYPARAM"
# What no quoted string can hold (RFC 8216bis 4.2), and what would be taken for a variable in turn.
_UNSPEAKABLE = re.compile(rb'[\x00-\x1f"\x7f]|\{\$')


def answered(playlist: bytes, base: str) -> bytes:
    """The playlist with NAME and VALUE for each QUERYPARAM that the URL `base` has a value for.

    Where it has none, or one that no quoted string can hold, the line stays and players refuse it,
    as they would at the upstream.
    """
    if _NAME not in playlist:
        return playlist
    query = parameters(Base(base).query)
    lines = playlist.splitlines(keepends=True)
    return b"".join(_answered(line, query) if tag(line) == DEFINE else line for line in lines)


def _answered(line: bytes, query: dict[bytes, bytes]) -> bytes:
    for name, start, end in attributes(line):
        value = query.get(line[start:end])
        if name == _NAME and value is not None and not _UNSPEAKABLE.search(value):
            before = line[: line.rfind(_NAME, 0, start)]
            return b'%bNAME="%b",VALUE="%b"%b' % (before, line[start:end], value, line[end + 1 :])
    return line
