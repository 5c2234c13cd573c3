"""A file that is read while it is still written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from tests.origin.clock import Clock
from tests.origin.message import RANGE, Framing, Request, Response


@dataclass(frozen=True, slots=True)
class Piece:
    """Some bytes of a file, and when they are there."""

    content: bytes
    at_s: float


@dataclass(frozen=True, slots=True)
class Growing:
    """The pieces of a file in order, sent as they come to be.

    `announced`: its length is known from the start, as where parts have a constant bitrate;
    otherwise it is sent chunked.
    """

    pieces: tuple[Piece, ...]
    clock: Clock
    announced: bool = False

    @property
    def size_bytes(self) -> int:
        """How long the file will be."""
        return sum(len(piece.content) for piece in self.pieces)

    def answer(self, request: Request) -> Response:
        """All of it or, with Range, a part; 416 for a part that will never be (RFC 9110)."""
        if self.pieces[-1].at_s <= self.clock():
            return Response(b"".join(piece.content for piece in self.pieces))
        asked = RANGE.fullmatch(request.headers.get("Range", ""))
        if not (asked and asked[1]):
            return self._sent(0, self.size_bytes)
        start = int(asked[1])
        end = min(int(asked[2]) + 1, self.size_bytes) if asked[2] else self.size_bytes
        # While it grows nobody knows how long it will be: the size is "*" (RFC 8673).
        size = str(self.size_bytes) if self.announced else "*"
        if start >= end:
            return Response(status=416).with_headers({"Content-Range": f"bytes */{size}"})
        told = {"Content-Range": f"bytes {start}-{end - 1}/{size}"}
        return replace(self._sent(start, end), status=206).with_headers(told)

    def _sent(self, start: int, end: int) -> Response:
        stream = self._between(start, end)
        if self.announced:
            return Response(length_bytes=end - start, stream=stream)
        return Response(stream=stream, framing=Framing.CHUNKED)

    async def _between(self, start: int, end: int) -> AsyncIterator[bytes]:
        at = 0
        for piece in self.pieces:
            wanted = piece.content[max(start - at, 0) : max(end - at, 0)]
            at += len(piece.content)
            if wanted:
                await self.clock.until(piece.at_s)
                yield wanted
