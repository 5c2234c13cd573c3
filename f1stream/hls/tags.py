"""Where URIs stand in one line of a playlist (RFC 8216bis 4.1 to 4.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from f1stream.hls.links import Kind

P, B = Kind.PLAYLIST, Kind.BYTES

STREAM_INF = b"#EXT-X-STREAM-INF"
DEFINE = b"#EXT-X-DEFINE"
DATERANGE = b"#EXT-X-DATERANGE"

# The one table of tags whose attributes are URIs, and what each leads to.
URI_ATTRIBUTES: dict[bytes, dict[bytes, Kind]] = {
    b"#EXT-X-MEDIA": {b"URI": P},
    b"#EXT-X-I-FRAME-STREAM-INF": {b"URI": P},
    b"#EXT-X-IMAGE-STREAM-INF": {b"URI": P},
    b"#EXT-X-RENDITION-REPORT": {b"URI": P},
    b"#EXT-X-SESSION-KEY": {b"URI": B},
    b"#EXT-X-SESSION-DATA": {b"URI": B},
    b"#EXT-X-CONTENT-STEERING": {b"SERVER-URI": Kind.STEERING},
    b"#EXT-X-KEY": {b"URI": B},
    b"#EXT-X-MAP": {b"URI": B},
    b"#EXT-X-PART": {b"URI": B},
    b"#EXT-X-PRELOAD-HINT": {b"URI": B},
    DATERANGE: {b"X-ASSET-URI": P, b"X-ASSET-LIST": Kind.ASSETS},
    b"#EXT-X-TILES": {b"URI": B},
}
# Segments announced before they are complete, in low-latency dialects older than RFC 8216bis.
URI_VALUES = {b"#EXT-X-PREFETCH": B, b"#EXT-X-TWITCH-PREFETCH": B}

URI_TAGS = frozenset((*URI_ATTRIBUTES, *URI_VALUES))
# What the URIs in other lines mean depends on these.
CONTEXT_TAGS = frozenset({STREAM_INF, DEFINE})

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# A date range with all that SCTE-35 and interstitials say has some twenty.
_MAX_ATTRIBUTES = 64

Span = tuple[int, int, Kind]

_INDENT = re.compile(rb"(?:\xef\xbb\xbf)?\s*+")
# As in hls.js, a quoted string ends at a quote before a comma or the end, so that a stray quote in
# a name costs nothing behind it. Possessive, so that no line makes it try anything twice.
_ATTRIBUTE = re.compile(
    rb'[ \t]*+([^=,"\s]*+)[ \t]*+(?:=[ \t]*+(?:"(.*?)"(?=[ \t]*+(?:,|$))|[^",]*+))?[ \t]*+(?:,|$)'
)


def tag(line: bytes) -> bytes:
    """What a tag or comment says up to its colon; nothing for a URI or a blank line."""
    text = line.strip()
    if not text.startswith(b"#"):
        text = text.removeprefix(BYTE_ORDER_MARK).lstrip()
    return text.partition(b":")[0] if text.startswith(b"#") else b""


def attributes(line: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of each quoted attribute: the span is that of the text in the quotes.

    Nothing behind a quote that is never closed is read, nor what is behind more attributes than any
    tag has.
    """
    end = len(line.rstrip())
    position = line.find(b":") + 1 or end
    for _ in range(_MAX_ATTRIBUTES):
        found = _ATTRIBUTE.match(line, position, end) if position < end else None
        if found is None:
            return
        if found[2] is not None:
            yield found[1], *found.span(2)
        position = found.end()


def spans(line: bytes, name: bytes, bare: Kind) -> Iterator[Span]:
    """Where the URIs stand in a line; `bare` is what it leads to where it is a URI itself."""
    if not name:
        yield from _trimmed(line, 0, bare)
    elif kinds := URI_ATTRIBUTES.get(name):
        for attribute, start, end in attributes(line):
            if attribute in kinds and start < end:
                yield start, end, kinds[attribute]
    elif kind := URI_VALUES.get(name):
        yield from _trimmed(line, line.find(b":") + 1 or len(line), kind)


def _trimmed(line: bytes, start: int, kind: Kind) -> Iterator[Span]:
    found = _INDENT.match(line, start)
    start, end = found.end() if found else start, len(line.rstrip())
    if start < end:
        yield start, end, kind
