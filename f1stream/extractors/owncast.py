"""The one stream of an Owncast server, while it is live.

https://owncast.online/api: getStatus, getWebConfig.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, FailFast, Field

from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Foreign, asked
from f1stream.extractors.options import Server, ServerUrl
from f1stream.extractors.titles import quality_of, readable
from f1stream.models import Found


class Status(Foreign):
    online: bool
    title: str | None = Field(default=None, alias="streamTitle")


class Config(Foreign):
    name: str | None = None
    # Not `… | None`: Python 3.11 hashes what it makes a union of, and FailFast has no hash.
    tags: Annotated[
        tuple[str, ...],
        Field(max_length=1000),
        FailFast(),
        BeforeValidator(lambda tags: tags or ()),
    ] = ()


class Owncast(Extractor):
    """What the server broadcasts; nothing while it is offline."""

    key: ClassVar[str] = "owncast"
    example: ClassVar[str] = """
[[sources]]
type = "owncast"
name = "Paddock radio"
url = "https://owncast.example.org"
"""

    url: ServerUrl = Field(description="The server's URL, with its login if it has one.")

    async def find(self, web: Web) -> AsyncIterator[Found]:
        server = Server.at(self.url)
        status = await asked(web, f"{server.base}/api/status", Status, server.headers)
        if not status.online:
            return
        config = await asked(web, f"{server.base}/api/config", Config, server.headers)
        shown = readable(status.title or "") or readable(config.name or "") or self.name
        yield Found(
            key="stream",
            title=shown,
            url=f"{server.base}/hls/stream.m3u8",
            headers=server.headers,
            quality=quality_of(shown),
            about=readable(" ".join([config.name or "", *(config.tags or ())])),
        )
