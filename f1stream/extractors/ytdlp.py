"""Any address that the yt-dlp library knows: a live video, or a channel's list of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import ClassVar

from pydantic import Field

from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.options import SecretUrl
from f1stream.isolated import Job
from f1stream.isolated.playlists import MAX_PLAYLISTS, Answer
from f1stream.isolated.ytdlp import Question
from f1stream.models import Found, host_of


class Ytdlp(Extractor):
    """The live videos at an address, as yt-dlp would play them; HLS only.

    Needs `pip install "f1stream[ytdlp]"`. A channel's live tab is read as a list first; only what
    may be on the air is then looked into.
    """

    key: ClassVar[str] = "ytdlp"
    library: ClassVar[str | None] = "yt_dlp"
    example: ClassVar[str] = """
[[sources]]
type = "ytdlp"
name = "A channel"
url = "https://www.example.org/@channel/streams"
match = ["F1", "Formula 1"]
"""

    timeout_s: float = Field(
        default=60, gt=0, le=600, description="Seconds that one extraction may take."
    )
    url: SecretUrl = Field(description="The video's or the channel's URL, http or https.")
    limit: int = Field(
        default=10, ge=1, le=MAX_PLAYLISTS, description="Videos of a list to look into at most."
    )
    live_only: bool = Field(
        default=True, description="Leave out what is known to be over or not to have begun."
    )

    async def find(self, web: Web) -> AsyncIterator[Found]:
        url = self.url.get_secret_value()
        job = Job(
            module="f1stream.isolated.ytdlp",
            question=Question(url=url, limit=self.limit, live_only=self.live_only),
            answer=Answer,
            library="ytdlp",
            host=host_of(url),
        )
        answer = await web.isolated(job, timeout_s=self.timeout_s)
        for playlist in answer.playlists:
            yield playlist.found(self.name)
