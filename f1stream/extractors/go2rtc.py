"""The streams of a go2rtc server, which serves each of them as HLS.

https://github.com/AlexxIT/go2rtc: `GET /api/streams`, `GET /api/stream.m3u8`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar
from urllib.parse import quote

from pydantic import Field, TypeAdapter

from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Foreign, asked, elements
from f1stream.extractors.options import Server, ServerUrl
from f1stream.extractors.titles import quality_of, readable
from f1stream.models import Found


class Stream(Foreign):
    producers: tuple[Foreign, ...] | None


_STREAMS = TypeAdapter(dict[str, Any])
# A stream that is just being changed is told as null.
_STREAM = TypeAdapter(tuple[str, Stream | None])


class Go2rtc(Extractor):
    """Every configured stream; go2rtc opens its source when somebody watches."""

    key: ClassVar[str] = "go2rtc"
    example: ClassVar[str] = """
[[sources]]
type = "go2rtc"
name = "Cameras"
url = "http://admin:password@go2rtc.example.org:1984"
"""

    url: ServerUrl = Field(description="The server's URL, with its login if it has one.")

    async def find(self, web: Web) -> AsyncIterator[Found]:
        server = Server.at(self.url)
        streams = await asked(web, f"{server.base}/api/streams", _STREAMS, server.headers)
        async for name, stream in elements(_STREAM, streams.items(), server.base):
            if not _is_configured(name) or (stream is not None and not stream.producers):
                continue
            title = readable(name)
            yield Found(
                key=name,
                title=title,
                # `mp4` asks for fragmented MP4, without the codecs that browsers can't play.
                url=f"{server.base}/api/stream.m3u8?src={quote(name, safe='')}&mp4",
                headers=server.headers,
                quality=quality_of(title),
            )


def _is_configured(name: str) -> bool:
    """Whether `name` is an operator's: a stream made for a source on request has its URL."""
    return bool(readable(name)) and "://" not in name
