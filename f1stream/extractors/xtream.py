"""The live channels of a subscription to a server that speaks the Xtream Codes player API.

The interface has no official description; `player_api.php` is what its players and panels agree
on. They do not agree on types: numbers come as numbers or as text, and fields may be missing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar
from urllib.parse import quote, urlencode

from pydantic import ConfigDict, Field, SecretStr

from f1stream.errors import ExtractionFailed
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Answer, Foreign, array, asked, elements, fetched
from f1stream.extractors.options import Server, ServerUrl
from f1stream.extractors.titles import quality_of, readable
from f1stream.models import Found, host_of

# The channels of a large subscription are some 20 MB.
_MAX_LIST_BYTES = 24 << 20
_CLOSED = frozenset({"expired", "banned", "disabled"})


class Loose(Foreign):
    """Takes a number for text."""

    model_config = ConfigDict(coerce_numbers_to_str=True)


class Account(Loose):
    auth: bool = True
    status: str | None = None
    allowed_output_formats: tuple[str, ...] | dict[str, str] | None = None


class Greeting(Loose):
    user_info: Account


class Category(Loose):
    category_id: str
    category_name: str


class Channel(Loose):
    stream_id: str = Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")
    name: str | None = None
    stream_type: str | None = None
    category_id: str | None = None


class Xtream(Extractor):
    """All live channels, as HLS."""

    key: ClassVar[str] = "xtream"
    listing: ClassVar[bool] = True
    example: ClassVar[str] = """
[[sources]]
type = "xtream"
name = "My subscription"
url = "http://tv.example.org:8080"
username = "me"
password = "secret"
"""

    url: ServerUrl = Field(description="The server's URL, without `player_api.php`.")
    username: SecretStr = Field(min_length=1, description="The subscription's user name.")
    password: SecretStr = Field(min_length=1, description="The subscription's password.")

    async def find(self, web: Web) -> AsyncIterator[Found]:
        server = Server.at(self.url)
        greeting = await asked(web, self._address(server), Greeting, server.headers)
        self._admit(greeting.user_info, server)
        listed = await self._listed(web, server, "get_live_categories")
        categories = {
            category.category_id: category.category_name
            async for category in elements(Category, array(listed), listed.url)
        }
        listed = await self._listed(web, server, "get_live_streams")
        async for channel in elements(Channel, array(listed), listed.url):
            if "radio" in (channel.stream_type or ""):
                continue
            title = readable(channel.name or "") or f"{self.name} {channel.stream_id}"
            yield Found(
                key=channel.stream_id,
                title=title,
                url=f"{server.base}/live/{self._login()}/{channel.stream_id}.m3u8",
                headers=server.headers,
                quality=quality_of(title),
                about=readable(categories.get(channel.category_id or "", "")),
            )

    async def _listed(self, web: Web, server: Server, action: str) -> Answer:
        url = self._address(server, action=action)
        return await fetched(web, url, headers=server.headers, max_bytes=_MAX_LIST_BYTES)

    def _address(self, server: Server, **more: str) -> str:
        login = {
            "username": self.username.get_secret_value(),
            "password": self.password.get_secret_value(),
        }
        return f"{server.base}/player_api.php?{urlencode(login | more)}"

    def _login(self) -> str:
        """The two path segments that stand before a stream's number."""
        return "/".join(
            quote(part.get_secret_value(), safe="") for part in (self.username, self.password)
        )

    def _admit(self, account: Account, server: Server) -> None:
        """Raise `ExtractionFailed` where the account does not give access to HLS streams."""
        host = host_of(server.base)
        if not account.auth:
            raise ExtractionFailed(
                f"{host} refuses the login; check username and password of the source"
            )
        status = (account.status or "").lower()
        if status in _CLOSED:
            raise ExtractionFailed(f"{host}: the account is {status}; ask the provider")
        formats = account.allowed_output_formats
        allowed = formats.values() if isinstance(formats, dict) else formats
        if allowed and "m3u8" not in allowed:
            raise ExtractionFailed(
                f"{host}: the account has no HLS output (m3u8); ask the provider for it"
            )
