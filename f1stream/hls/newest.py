"""Which segment the viewers of a live playlist will ask for next."""

from __future__ import annotations

from itertools import takewhile

from f1stream.hls.resolution import Base
from f1stream.hls.tags import tag

# In these there is no such segment, or it is no resource of its own.
_WITHOUT = (b"#EXT-X-ENDLIST", b"#EXT-X-STREAM-INF", b"#EXT-X-BYTERANGE", b"#EXT-X-PART-INF")


def newest_segment(playlist: bytes, base: str) -> str | None:
    """The URL of the last segment of a live media playlist that came from `base`."""
    if any(tag in playlist for tag in _WITHOUT):
        return None
    lines = (line.strip() for line in reversed(playlist.splitlines()))
    uri = next((line for line in lines if line and not tag(line)), b"")
    before = takewhile(lambda line: not line or tag(line), lines)
    if not uri or b"{$" in uri or any(tag(line) == b"#EXT-X-GAP" for line in before):
        return None
    url = Base(base).resolve(uri)
    return url.partition(b"#")[0].decode() if url else None
