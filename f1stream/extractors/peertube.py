"""The live videos of a PeerTube instance, or of one of its channels.

https://docs.joinpeertube.org/api-rest-reference.html: getVideos, getVideoChannelVideos, getVideo.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, ClassVar
from urllib.parse import quote, urlencode

from pydantic import FailFast, Field

from f1stream.errors import UpstreamStatus
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Foreign, asked, elements
from f1stream.extractors.options import Server, ServerUrl, is_http
from f1stream.extractors.titles import quality_of, readable
from f1stream.models import Found, host_of

_VIDEOS_A_PAGE = 100
_MAX_PAGES = 50
_AT_A_TIME = 4
# VideoState: the broadcast has not begun, or is over.
_NOT_ON_AIR = frozenset({4, 5})
_GONE = frozenset({401, 403, 404, 410})


class Named(Foreign):
    label: str | None = None


class Channel(Foreign):
    display_name: str | None = Field(default=None, alias="displayName")


class Video(Foreign):
    uuid: str = Field(pattern=r"^[0-9A-Fa-f-]{36}$")
    name: str | None = None
    is_live: bool = Field(default=True, alias="isLive")
    category: Named | None = None
    channel: Channel | None = None

    @property
    def about(self) -> str:
        category = self.category.label if self.category else None
        channel = self.channel.display_name if self.channel else None
        return readable(" ".join(word for word in (channel, category) if word))


class Page(Foreign):
    total: int
    data: tuple[Any, ...]


class State(Foreign):
    id: int


class Playlist(Foreign):
    url: str = Field(alias="playlistUrl")


class Details(Foreign):
    state: State | None = None
    playlists: Annotated[tuple[Playlist, ...], FailFast()] = Field(
        default=(), max_length=100, alias="streamingPlaylists"
    )

    @property
    def playlist_url(self) -> str | None:
        if self.state is not None and self.state.id in _NOT_ON_AIR:
            return None
        return next((one.url for one in self.playlists if is_http(one.url)), None)


class PeerTube(Extractor):
    """Public videos that are live now; only those that are wanted are looked at closer."""

    key: ClassVar[str] = "peertube"
    listing: ClassVar[bool] = True
    example: ClassVar[str] = """
[[sources]]
type = "peertube"
name = "Racing on PeerTube"
url = "https://peertube.example.org"
channel = "racing"
"""

    url: ServerUrl = Field(description="The instance's URL.")
    channel: str = Field(
        default="",
        max_length=300,
        pattern=r"^([0-9A-Za-z_.:-]+(@[0-9A-Za-z_.:-]+)?)?$",
        description="A channel's handle, such as racing or racing@other.example; all by default.",
    )

    async def find(self, web: Web) -> AsyncIterator[Found]:
        server = Server.at(self.url)
        seen: set[str] = set()
        for number in range(_MAX_PAGES):
            page = await self._page(web, server, number)
            videos = elements(Video, page.data, server.base)
            fresh = {video.uuid: video async for video in videos if video.uuid not in seen}
            wanted = [
                video for video in fresh.values() if video.is_live and self.wants(*_words(video))
            ]
            for found in await self._all_on_air(web, server, wanted):
                yield found
            seen.update(fresh)
            if not fresh or len(seen) >= page.total:
                return

    async def _page(self, web: Web, server: Server, number: int) -> Page:
        query = {
            "isLive": "true",
            "start": number * _VIDEOS_A_PAGE,
            "count": _VIDEOS_A_PAGE,
            "sort": "-publishedAt",
        }
        listing = f"video-channels/{quote(self.channel)}/videos" if self.channel else "videos"
        url = f"{server.base}/api/v1/{listing}?{urlencode(query)}"
        return await asked(web, url, Page, server.headers)

    async def _all_on_air(self, web: Web, server: Server, videos: list[Video]) -> list[Found]:
        slots = asyncio.Semaphore(_AT_A_TIME)

        async def one(video: Video) -> Found | None:
            async with slots:
                return await self._on_air(web, server, video)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(video)) for video in videos]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        return [found for task in tasks if (found := task.result()) is not None]

    async def _on_air(self, web: Web, server: Server, video: Video) -> Found | None:
        """The stream of a video; None where it ended, or was made private, since it was listed."""
        url = f"{server.base}/api/v1/videos/{video.uuid}"
        try:
            details = await asked(web, url, Details, server.headers)
        except UpstreamStatus as error:
            if error.upstream_status in _GONE:
                return None
            raise
        playlist = details.playlist_url
        if playlist is None:
            return None
        title, about = _words(video)
        # The playlist may lie in an object store, which the instance's login is not for.
        at_home = host_of(playlist) == host_of(server.base)
        return Found(
            key=video.uuid,
            title=title or self.name,
            url=playlist,
            headers=server.headers if at_home else {},
            quality=quality_of(title),
            about=about,
        )


def _words(video: Video) -> tuple[str, str]:
    return readable(video.name or ""), video.about
