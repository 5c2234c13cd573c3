"""Any address that a plugin of the streamlink library knows: broadcasters' live pages, and more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

from pydantic import Field, SecretStr

from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.options import SecretUrl
from f1stream.isolated import Job
from f1stream.isolated.playlists import Answer
from f1stream.isolated.streamlink import Question
from f1stream.models import Found, host_of


class Streamlink(Extractor):
    """The one stream of a page, as streamlink would play it; HLS only.

    Needs `pip install "f1stream[streamlink]"`. `options` are those of the plugin, by the names of
    its arguments, in https://streamlink.github.io/cli.html#plugin-options without the plugin's.
    """

    key: ClassVar[str] = "streamlink"
    library: ClassVar[str | None] = "streamlink"
    example: ClassVar[str] = """
[[sources]]
type = "streamlink"
name = "A channel"
url = "https://www.example.org/live"
options = { low-latency = true }
"""

    url: SecretUrl = Field(description="The page's URL, http or https.")
    options: dict[str, bool | int | SecretStr] = Field(
        default_factory=dict, description="Options of the plugin that knows the page."
    )
    quality: str = Field(
        default="",
        max_length=40,
        description="One quality by streamlink's name, such as 720p or best; all by default.",
    )

    async def find(self, web: Web) -> AsyncIterator[Found]:
        url = self.url.get_secret_value()
        job = Job(
            module="f1stream.isolated.streamlink",
            question=Question(url=url, options=_plain(self.options), quality=self.quality),
            answer=Answer,
            library="streamlink",
            host=host_of(url),
        )
        answer = await web.isolated(job, timeout_s=self.timeout_s)
        for playlist in answer.playlists:
            yield playlist.found(self.name)


def _plain(options: dict[str, bool | int | SecretStr]) -> dict[str, str | int | bool]:
    return {
        name: value.get_secret_value() if isinstance(value, SecretStr) else value
        for name, value in options.items()
    }
