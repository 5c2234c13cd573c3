"""A playlist URL that the operator names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

from pydantic import Field

from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.options import Headers, SecretUrl, plain
from f1stream.models import Found


class Direct(Extractor):
    """One stream, at a URL that stays what it is."""

    key: ClassVar[str] = "direct"
    example: ClassVar[str] = """
[[sources]]
type = "direct"
name = "Garage camera"
url = "https://example.org/live.m3u8"
headers = { Referer = "https://example.org/" }
"""

    url: SecretUrl = Field(description="The playlist's URL, http or https.")
    headers: Headers = Field(
        default_factory=dict, description="Request headers that the upstream wants."
    )
    title: str = Field(default="", max_length=500, description="The title; the name by default.")
    quality: str | None = Field(default=None, description="A label such as 1080p.")

    async def find(self, web: Web) -> AsyncIterator[Found]:
        yield Found(
            key="",
            title=self.title or self.name,
            url=self.url.get_secret_value(),
            headers=plain(self.headers),
            quality=self.quality,
        )
