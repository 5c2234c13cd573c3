"""The live TV channels of a Jellyfin server.

https://api.jellyfin.org: GetLiveTvChannels, GetLiveHlsStream. A channel is tuned and transcoded
when its playlist is fetched and not before: listing the channels takes no tuner.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any, ClassVar
from urllib.parse import urlencode

from pydantic import Field, SecretStr, field_validator

from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Foreign, asked, elements
from f1stream.extractors.options import Server, ServerUrl
from f1stream.extractors.titles import quality_of, readable
from f1stream.models import Found

_CHANNELS_A_PAGE = 100
_MAX_PAGES = 500


class Program(Foreign):
    name: str | None = Field(default=None, alias="Name")
    episode_title: str | None = Field(default=None, alias="EpisodeTitle")
    is_repeat: bool | None = Field(default=None, alias="IsRepeat")


class Channel(Foreign):
    id: str = Field(alias="Id", pattern=r"^[0-9A-Fa-f-]{32,36}$")
    name: str | None = Field(default=None, alias="Name")
    number: str | None = Field(default=None, alias="ChannelNumber")
    program: Program | None = Field(default=None, alias="CurrentProgram")


class Page(Foreign):
    items: tuple[Any, ...] = Field(alias="Items")
    total: int = Field(alias="TotalRecordCount")


class Jellyfin(Extractor):
    """All live TV channels that the server lets its user see; matched by what is on now, too."""

    key: ClassVar[str] = "jellyfin"
    listing: ClassVar[bool] = True
    example: ClassVar[str] = """
[[sources]]
type = "jellyfin"
name = "Living room"
url = "https://jellyfin.example.org"
token = "0123456789abcdef0123456789abcdef"
"""

    url: ServerUrl = Field(description="The server's URL.")
    token: SecretStr = Field(description="An API key, from Dashboard, API keys.")

    @field_validator("token")
    @classmethod
    def _can_be_quoted(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!#-+\--\[\]-~]+", value.get_secret_value()):
            raise ValueError("write the key as the dashboard shows it, letters and digits")
        return value

    async def find(self, web: Web) -> AsyncIterator[Found]:
        server = Server.at(self.url)
        headers = {"Authorization": f'MediaBrowser Token="{self.token.get_secret_value()}"'}
        seen: set[str] = set()
        for number in range(_MAX_PAGES):
            query = {
                "type": "TV",
                "startIndex": number * _CHANNELS_A_PAGE,
                "limit": _CHANNELS_A_PAGE,
                "addCurrentProgram": "true",
                "enableImages": "false",
                "enableUserData": "false",
            }
            url = f"{server.base}/LiveTv/Channels?{urlencode(query)}"
            page = await asked(web, url, Page, headers)
            channels = elements(Channel, page.items, server.base)
            fresh = {channel.id: channel async for channel in channels if channel.id not in seen}
            for channel in fresh.values():
                yield self._found(channel, server, headers)
            seen.update(fresh)
            if not fresh or len(seen) >= page.total:
                return

    def _found(self, channel: Channel, server: Server, headers: dict[str, str]) -> Found:
        title = readable(channel.name or "") or f"{self.name} {channel.number or channel.id}"
        # The same session for all: whoever asks next joins the transcoding that already runs.
        query = {
            "deviceId": "f1stream",
            "playSessionId": f"f1stream-{channel.id}",
            "container": "ts",
            "videoCodec": "h264",
            "audioCodec": "aac",
        }
        return Found(
            key=channel.id,
            title=title,
            url=f"{server.base}/Videos/{channel.id}/live.m3u8?{urlencode(query)}",
            headers=headers,
            quality=quality_of(title),
            about=_on_now(channel.program),
        )


def _on_now(program: Program | None) -> str:
    if program is None:
        return ""
    words = [program.name, program.episode_title, "(repeat)" if program.is_repeat else None]
    return readable(" ".join(word for word in words if word))
