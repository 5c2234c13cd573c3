"""What the libraries find, in the one shape that leaves their processes."""

from __future__ import annotations

from pydantic import Field

from f1stream.isolated.order import Message
from f1stream.models import Found

MAX_PLAYLISTS = 100

# Made by the HTTP client for its own connection: whoever fetches a playlist makes its own.
_OF_THE_CONNECTION = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "transfer-encoding"}
)


class Playlist(Message):
    """One HLS playlist, with the request headers that the library would send for it.

    `key` is empty where the source has only this one. `height` is in pixels.
    """

    key: str = Field(default="", max_length=200)
    title: str = Field(default="", max_length=1000)
    url: str = Field(pattern=r"^https?://", max_length=16_384, repr=False)
    headers: dict[str, str] = Field(default_factory=dict, max_length=64, repr=False)
    height: int | None = Field(default=None, ge=1, le=100_000)

    def found(self, name: str) -> Found:
        """As an extractor yields it; `name` is the title where the library knows none."""
        return Found(
            key=self.key,
            title=(self.title or name)[:500],
            url=self.url,
            headers={
                name: value
                for name, value in self.headers.items()
                if name.lower() not in _OF_THE_CONNECTION
            },
            quality=f"{self.height}p" if self.height else None,
        )


class Answer(Message):
    """Every playlist that was found; none where the source is off the air."""

    playlists: tuple[Playlist, ...] = Field(default=(), max_length=MAX_PLAYLISTS)
