"""From what the store holds and what a viewer asks to one HTTP answer (RFC 9110, 13 and 14)."""

from __future__ import annotations

from collections.abc import Mapping

from f1stream.errors import RangeNotSatisfiable
from f1stream.proxy.media_types import media_type
from f1stream.proxy.memory_file import MemoryFile
from f1stream.proxy.ranges import Range, still_ranged, unchanged
from f1stream.proxy.relay import FilePart, Relayed
from f1stream.proxy.segment import Segment

# Enough to know a transport stream by its sync bytes.
_SNIFFED_BYTES = 768


def answered(
    segment: Segment,
    file: MemoryFile | None,
    asked: Mapping[str, str],
    part: Range | None,
    age_s: float,
) -> Relayed:
    """The answer of a segment that has begun, `age_s` seconds old, to a request.

    `file` is what the viewer sends from, or None to read the segment; `part` is what of the body
    is wanted. Raises `RangeNotSatisfiable`.
    """
    etag, modified = segment.headers.get("ETag"), segment.headers.get("Last-Modified")
    headers = {**segment.headers, "Accept-Ranges": "bytes"}
    if age_s >= 1:
        headers["Age"] = str(int(age_s))
    if unchanged(asked, etag, modified):
        return Relayed(304, headers, None, Reading(segment, 0, 0))

    def body(start: int, stop: int | None) -> Reading | FilePart:
        if file is None:
            return Reading(segment, start, stop)
        return FilePart(file, start, file.size_bytes if stop is None else stop)

    headers["Content-Type"] = _content_type(segment)
    size = segment.length_bytes
    if part is None or size is None or not still_ranged(asked, etag, modified):
        return Relayed(segment.status, headers, size, body(0, size))
    bounds = part.within(size)
    if bounds is None:
        raise RangeNotSatisfiable(size)
    start, stop = bounds
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    return Relayed(206, headers, stop - start, body(start, stop))


def _content_type(segment: Segment) -> str:
    """Sniffed here and not on arrival: the first bytes that came may have been very few."""
    if segment.media_type:
        return segment.media_type
    # A part's bytes start anywhere: only the start of a whole body says what it is.
    head = segment.head_bytes(_SNIFFED_BYTES) if segment.status == 200 else b""
    found = media_type(segment.declared_type, segment.url, head)
    if segment.complete or segment.status != 200 or len(head) == _SNIFFED_BYTES:
        segment.media_type = found
    return found


class Reading:
    """One viewer's way through a segment: views of its buffer, for `async for`."""

    def __init__(self, segment: Segment, start: int, stop: int | None) -> None:
        self._segment = segment
        self._at = start
        self._stop = stop

    def __aiter__(self) -> Reading:
        return self

    async def __anext__(self) -> memoryview:
        view = await self._segment.read(self._at, self._stop)
        if not view:
            raise StopAsyncIteration
        self._at += len(view)
        return view
