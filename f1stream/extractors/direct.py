"""A playlist URL that the operator names."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from f1stream.extractors.base import Extractor, Web
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

    url: SecretStr = Field(description="The playlist's URL, http or https.")
    headers: dict[str, SecretStr] = Field(
        default_factory=dict, description="Request headers that the upstream wants."
    )
    title: str = Field(default="", max_length=500, description="The title; the name by default.")
    quality: str | None = Field(default=None, description="A label such as 1080p.")

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: SecretStr) -> SecretStr:
        parts = urlsplit(value.get_secret_value())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("write an http:// or https:// URL with a host")
        return value

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, value: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for name, secret in value.items():
            if not name or not all(char.isalnum() or char in "-_" for char in name):
                raise ValueError("write header names with letters, digits and hyphens only")
            if any(ord(char) < 32 for char in secret.get_secret_value()):
                raise ValueError(f"the value of {name} has a control character; remove it")
        return value

    async def find(self, web: Web) -> AsyncIterator[Found]:
        yield Found(
            key="",
            title=self.title or self.name,
            url=self.url.get_secret_value(),
            headers={name: value.get_secret_value() for name, value in self.headers.items()},
            quality=self.quality,
        )
