"""Links that people post in channels of a Discord server, read by the operator's bot."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import FailFast, Field, SecretStr, TypeAdapter, field_validator

from f1stream.errors import ExtractionFailed, UpstreamStatus
from f1stream.extractors.addresses import absolute, place_key
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Answer, Foreign, decoded
from f1stream.extractors.markup import one_line
from f1stream.extractors.options import is_address, is_http
from f1stream.extractors.playlists import is_playlist_name
from f1stream.models import Found, Lead, Upstream, host_of
from f1stream.net.chunks import read_bounded

MAX_ANSWER_BYTES = 1 << 20
MAX_WAITS = 3
_IDLE_S = 15
# Milliseconds since 2015 in the upper bits of every id (the reference, Snowflakes).
_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)

# In angle brackets, Discord shows a link without its preview.
_LINK = re.compile(r"<?(https?://[^\s<>\"'`|]{1,2000})>?", re.IGNORECASE)
_AFTER_LINK = ".,;:!?)]}*_~"


class _Embed(Foreign):
    url: str | None = None
    title: str | None = None


class _Message(Foreign):
    id: int = Field(ge=0, lt=2**63)
    content: str = ""
    embeds: tuple[_Embed, ...] = Field(default=(), max_length=100)
    attachments: tuple[object, ...] = ()

    @property
    def posted(self) -> datetime:
        return _EPOCH + timedelta(milliseconds=self.id >> 22)

    @property
    def is_blank(self) -> bool:
        return not (self.content or self.embeds or self.attachments)


class _RateLimit(Foreign):
    retry_after: float = Field(ge=0)


# As many as can be asked for.
_MESSAGES = TypeAdapter(Annotated[tuple[_Message, ...], Field(max_length=100), FailFast()])
_HOST = re.compile(r"(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{2,63}")


class Discord(Extractor):
    """A bot that reads the newest messages of some channels and follows their links.

    A link to a playlist is a stream; every other one is handed to the extractor that `via` names.
    Only links to `domains` count. The bot needs the permissions View Channel and Read Message
    History, and the Message Content intent.
    """

    key: ClassVar[str] = "discord"
    example: ClassVar[str] = """
[[sources]]
type = "discord"
name = "Club server"
token = "the-bot-s-token"
channels = ["123456789012345678"]
domains = ["example.org"]
"""

    name: str = Field(default="Discord", max_length=100, description="What viewers see; unique.")
    token: SecretStr = Field(description="The bot's token; by default `$DISCORD_TOKEN`.")
    channels: tuple[str, ...] = Field(
        min_length=1, max_length=50, description="Channel ids; by default `$DISCORD_CHANNELS`."
    )
    domains: tuple[str, ...] = Field(
        default=(), description="Hosts whose links are followed, with those below them."
    )
    via: Literal["page", "streamlink", "ytdlp", "browser", "oembed"] = Field(
        default="page", description="The extractor that is handed a link."
    )
    newest_h: float = Field(
        default=12, gt=0, le=24 * 14, description="Only messages of so many hours."
    )
    limit: int = Field(default=50, ge=1, le=100, description="Only so many messages a channel.")
    api: str = Field(default="https://discord.com/api/v10", description="Where the API is.")

    @field_validator("token")
    @classmethod
    def _is_sendable(cls, value: SecretStr) -> SecretStr:
        if not re.fullmatch(r"[!-~]+", value.get_secret_value()):
            raise ValueError("write the token alone, without spaces and without Bot before it")
        return value

    @field_validator("channels")
    @classmethod
    def _are_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(re.fullmatch(r"[0-9]{1,20}", channel) for channel in value):
            raise ValueError("write channel ids, which are numbers in quotes")
        return value

    @field_validator("domains")
    @classmethod
    def _are_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        domains = tuple(domain.lower() for domain in value)
        if not all(_HOST.fullmatch(domain) or is_address(domain) for domain in domains):
            raise ValueError('write host names alone, such as ["example.org"]')
        return domains

    @field_validator("api")
    @classmethod
    def _is_http(cls, value: str) -> str:
        if not is_http(value):
            raise ValueError("write an http:// or https:// URL with a host")
        return value.rstrip("/")

    async def find(self, web: Web) -> AsyncIterator[Found | Lead]:
        if not self.domains:
            raise ExtractionFailed(
                "no link is followed: name the hosts that may be, as domains of a "
                "[[sources]] table of type discord"
            )
        loop = asyncio.get_running_loop()
        api = _Api(web, self.api, self.token.get_secret_value(), loop.time() + self.timeout_s)
        failures: list[ExtractionFailed] = []
        posted: dict[str, Found | Lead] = {}
        for channel in self.channels:
            try:
                messages = await api.messages(channel, self.limit)
            except _Unreadable as failure:
                failures.append(failure)
                continue
            for found in self._in(messages):
                posted.setdefault(found.url, found)
        for found in posted.values():
            yield found
        if failures and not posted:
            raise failures[0]

    def _in(self, messages: tuple[_Message, ...]) -> Iterator[Found | Lead]:
        since = datetime.now(UTC) - timedelta(hours=self.newest_h)
        for message in messages:
            if message.posted >= since:
                for link, title in _links(message):
                    if self.allows(link):
                        yield self._of(link, title)

    def allows(self, link: str) -> bool:
        """Whether `link` is to one of `domains` or a host below it."""
        host = host_of(link).rstrip(".")
        return any(host == domain or host.endswith(f".{domain}") for domain in self.domains)

    def _of(self, link: str, title: str) -> Found | Lead:
        shown = one_line(title) or host_of(link)
        if is_playlist_name(link):
            return Found(key=place_key(link), title=shown, url=link)
        return Lead(to=self.via, key=_page_key(link), title=shown, url=link)


def _page_key(link: str) -> str:
    # Unlike a playlist's, a page's query often says which page it is.
    return hashlib.blake2b(link.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


def _links(message: _Message) -> Iterator[tuple[str, str]]:
    """Each link of a message with what it is called: the embed's title, or the text around it."""
    titles = {embed.url: embed.title for embed in message.embeds if embed.url and embed.title}
    text = _LINK.sub(" ", message.content)
    posted = [link.rstrip(_AFTER_LINK) for link in _LINK.findall(message.content)]
    embedded = [embed.url for embed in message.embeds if embed.url]
    for address in dict.fromkeys(posted + embedded):
        if link := absolute(address, ""):
            yield link, titles.get(address) or text


class _Unreadable(ExtractionFailed):
    """One channel can't be read; others may."""


class _Api:
    """The part of Discord's REST API that is needed. `deadline` is the loop's time."""

    def __init__(self, web: Web, base: str, token: str, deadline: float) -> None:
        self._web = web
        self._base = base
        self._headers = {"Authorization": f"Bot {token}", "Accept": "application/json"}
        self._deadline = deadline

    async def messages(self, channel: str, limit: int) -> tuple[_Message, ...]:
        """The newest messages of a channel, newest first."""
        answer = await self._read(f"/channels/{channel}/messages?limit={limit}", channel)
        messages = decoded(_MESSAGES, answer)
        if messages and all(message.is_blank for message in messages):
            raise _Unreadable(
                f"the messages of channel {channel} come without their text; "
                "turn on the bot's Message Content intent"
            )
        return messages

    async def _read(self, path: str, channel: str) -> Answer:
        for _ in range(MAX_WAITS + 1):
            async with self._web.get(Upstream(self._base + path, self._headers)) as response:
                self._check(response.status, str(response.url.host), channel)
                content = await read_bounded(response, MAX_ANSWER_BYTES, _IDLE_S)
                answer = Answer(content, str(response.url), response.content_type)
            if response.status != 429:
                return answer
            await self._wait(decoded(_RateLimit, answer).retry_after)
        raise ExtractionFailed(f"{host_of(self._base)}: asks to wait again and again")

    def _check(self, status: int, host: str, channel: str) -> None:
        if status == 401:
            raise ExtractionFailed(
                f"{host}: the token is not accepted; renew it in the developer portal"
            )
        if status in (403, 404):
            raise _Unreadable(
                f"{host}: the bot can't read channel {channel}; check its id, and give the bot "
                "View Channel and Read Message History there"
            )
        if status >= 300 and status != 429:
            raise UpstreamStatus(f"{host} answered {status}", status)

    async def _wait(self, seconds: float) -> None:
        """As long as a rate limit asks, or raise where this extraction would be over by then."""
        if asyncio.get_running_loop().time() + seconds < self._deadline:
            await asyncio.sleep(seconds)
            return
        until = datetime.now(UTC) + timedelta(seconds=min(seconds, 86_400))
        raise ExtractionFailed(
            f"{host_of(self._base)}: rate limited until {until:%H:%M:%S} UTC; "
            "it is asked again in a later round"
        )
