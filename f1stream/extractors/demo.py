"""The test card that f1stream itself broadcasts with `serve --demo`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

from pydantic import Field

from f1stream.extractors.base import Extractor, Web
from f1stream.models import Found


class Demo(Extractor):
    """The demo's own origin, wherever its loopback port turned out to be."""

    key: ClassVar[str] = "demo"
    example: ClassVar[str] = """
[[sources]]
type = "demo"
name = "Test card"
url = "http://127.0.0.1:8001/index.m3u8"
"""

    name: str = Field(default="Demo", description="What viewers see.")
    url: str = Field(description="The multivariant playlist of the demo's origin.")

    async def find(self, web: Web) -> AsyncIterator[Found]:
        yield Found(key="test-card", title="Test card", url=self.url)
