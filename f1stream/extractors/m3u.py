"""The streams of an M3U list, such as the ones of an IPTV subscription."""

from __future__ import annotations

import asyncio
import gzip
import io
import zlib
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field, model_validator

from f1stream.errors import ExtractionFailed, SourceChanged, TooLarge
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.entries import Entries, Entry
from f1stream.extractors.foreign import fetched, paced
from f1stream.extractors.options import Headers, SecretUrl, plain
from f1stream.extractors.titles import quality_of
from f1stream.models import Found, host_of

_MAX_BYTES = 64 << 20
_MAX_LINE_CHARS = 64 << 10
_GZIP = b"\x1f\x8b"


class M3u(Extractor):
    """A list from a URL or a file, plain or compressed with gzip."""

    key: ClassVar[str] = "m3u"
    listing: ClassVar[bool] = True
    example: ClassVar[str] = """
[[sources]]
type = "m3u"
name = "My channels"
url = "https://example.org/list.m3u"
match = ["F1", "Formula 1"]
"""

    url: SecretUrl | None = Field(default=None, description="The list's URL, http or https.")
    file: Path | None = Field(default=None, description="The list's file, instead of a URL.")
    headers: Headers = Field(
        default_factory=dict, description="Request headers that the list's server wants."
    )

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if (self.url is None) == (self.file is None):
            raise ValueError("write either url or file")
        return self

    async def find(self, web: Web) -> AsyncIterator[Found]:
        body, base, origin = await self._read(web)
        entries, keys, urls = Entries(base), Counter[str](), set[str]()
        async for line in paced(_lines(body, origin)):
            entry = entries.take(line)
            if entry is not None and entry.url not in urls:
                urls.add(entry.url)
                yield self._found(entry, keys)
        if entries.is_playlist and not urls:
            raise ExtractionFailed(
                f'{origin} is an HLS playlist, not a list of streams; use type = "direct"'
            )
        if body and not entries.is_list:
            raise SourceChanged(f"{origin}: not an M3U list")

    async def _read(self, web: Web) -> tuple[bytes, str, str]:
        """The list, the URL that its relative ones start from, and its name for messages."""
        if self.file is not None:
            return await asyncio.to_thread(_content, self.file), "", str(self.file)
        url = self.url.get_secret_value() if self.url else ""
        answer = await fetched(web, url, headers=plain(self.headers), max_bytes=_MAX_BYTES)
        return answer.body, answer.url, host_of(answer.url)

    def _found(self, entry: Entry, keys: Counter[str]) -> Found:
        name = entry.tvg_id or entry.title
        keys[name] += 1
        return Found(
            key=name if keys[name] == 1 else f"{name} #{keys[name]}",
            title=entry.title or self.name,
            url=entry.url,
            headers=entry.headers,
            quality=quality_of(entry.title),
            about=f"{entry.group} {entry.tvg_name}".strip(),
        )


def _content(file: Path) -> bytes:
    try:
        if not file.is_file():
            raise ExtractionFailed(f"{file}: no such file; check file of the source")
        with file.open("rb") as opened:
            body = opened.read(_MAX_BYTES + 1)
    except OSError as error:
        raise ExtractionFailed(f"{file}: can't be read: {error.strerror}") from None
    if len(body) > _MAX_BYTES:
        raise TooLarge(f"{file} is larger than {_MAX_BYTES} bytes")
    return body


def _lines(body: bytes, origin: str) -> Iterator[str]:
    """The lines of a list, stripped; decompressed and decoded only as they are asked for.

    A line beyond all reason is left out. Raises `SourceChanged` for broken gzip and `TooLarge`.
    """
    raw = io.BytesIO(body)
    file = gzip.GzipFile(fileobj=raw) if body.startswith(_GZIP) else raw
    text = io.TextIOWrapper(file, "utf-8-sig", "replace")
    left, is_start = _MAX_BYTES, True
    try:
        while piece := text.readline(_MAX_LINE_CHARS):
            left -= len(piece)
            if left < 0:
                raise TooLarge(f"{origin} unpacks to more than {_MAX_BYTES} bytes")
            is_end = piece.endswith("\n") or len(piece) < _MAX_LINE_CHARS
            if is_start and is_end:
                yield piece.strip()
            is_start = is_end
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise SourceChanged(f"{origin}: the list's gzip is broken") from None
