"""Streams that a web page embeds, in itself or in its frames."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import ClassVar

from pydantic import Field

from f1stream.errors import UpstreamError
from f1stream.extractors.addresses import place_key, referer
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.embedded import Embedded, Media, embedded_in
from f1stream.extractors.foreign import Answer, fetched
from f1stream.extractors.markup import text_of
from f1stream.extractors.options import Headers, SecretUrl, plain
from f1stream.extractors.playlists import (
    is_playlist_name,
    is_playlist_type,
    leads_to_playlist,
    starts_as_playlist,
)
from f1stream.models import Found, host_of

MAX_PAGE_BYTES = 8 << 20
MAX_FRAME_BYTES = 2 << 20
FRAME_LEVELS = 2
MAX_VISITS = 20
MAX_ASKED = 10
_FRAME_S = 8
_ACCEPT = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass(frozen=True, slots=True)
class _Frame:
    """A page to visit: the configured one, or one framed in `within`."""

    url: str = field(repr=False)
    within: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Visit:
    """What was at a page: a playlist itself, or what it embeds. `url` is where it really lies."""

    frame: _Frame
    url: str = field(repr=False)
    embedded: Embedded | None


class Page(Extractor):
    """A page in which a browser would show a video.

    Looks at video and source elements, Open Graph and Twitter cards, JSON-LD and the strings in
    scripts, and at all of these in frames two levels deep. Runs no script: where the page's
    scripts compute the address, `browser` finds it.
    """

    key: ClassVar[str] = "page"
    example: ClassVar[str] = """
[[sources]]
type = "page"
name = "Circuit webcam"
url = "https://example.org/live"
"""

    url: SecretUrl = Field(description="The page.")
    headers: Headers = Field(
        default_factory=dict, description="Request headers that the page's host wants."
    )

    async def find(self, web: Web) -> AsyncIterator[Found]:
        looking = _Looking(web, self.url.get_secret_value(), plain(self.headers), self.name)
        async for found in looking.found():
            yield found
        if not looking.places and looking.failure:
            raise looking.failure


class _Looking:
    """One extraction: what was visited, asked and found so far."""

    def __init__(self, web: Web, url: str, headers: dict[str, str], name: str) -> None:
        self.places: set[str] = set()
        self.failure: UpstreamError | None = None
        self._web = web
        self._url = url
        self._headers = headers
        self._title = ""
        self._name = name
        self._asked = 0

    async def found(self) -> AsyncIterator[Found]:
        level = [_Frame(self._url)]
        known = {self._url}
        for depth in range(FRAME_LEVELS + 1):
            visits = await self._visited(level)
            level = []
            for visit in visits:
                async for found in self._in(visit):
                    yield found
                for url in visit.embedded.frames if visit.embedded else ():
                    if url not in known and len(known) < MAX_VISITS and depth < FRAME_LEVELS:
                        known.add(url)
                        level.append(_Frame(url, visit.url))

    async def _visited(self, level: list[_Frame]) -> list[_Visit]:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._visit(frame)) for frame in level]
        return [visit for task in tasks if (visit := task.result())]

    async def _visit(self, frame: _Frame) -> _Visit | None:
        """The frame as it was read, or None: its page may well be worth something without it."""
        try:
            answer = await self._fetched(frame)
        except UpstreamError as error:
            self.failure = self.failure or error
            return None
        if is_playlist_type(answer.content_type) or starts_as_playlist(answer.body):
            return _Visit(frame, answer.url, None)
        embedded = await asyncio.to_thread(read_page, answer)
        return _Visit(frame, answer.url, embedded)

    async def _fetched(self, frame: _Frame) -> Answer:
        headers = _ACCEPT | self._headers_for(frame.url, frame.within)
        if frame.within is None:
            return await fetched(self._web, frame.url, headers=headers, max_bytes=MAX_PAGE_BYTES)
        try:
            async with asyncio.timeout(_FRAME_S):
                return await fetched(
                    self._web, frame.url, headers=headers, max_bytes=MAX_FRAME_BYTES
                )
        except TimeoutError:
            raise UpstreamError(f"{host_of(frame.url)}: a frame is not there in time") from None

    async def _in(self, visit: _Visit) -> AsyncIterator[Found]:
        if visit.embedded is None:
            # The address it was asked by: where it was redirected to may hold a token.
            yield self._stream(Media(visit.frame.url), visit.frame.within)
            return
        self._title = self._title or visit.embedded.title
        for media in visit.embedded.media:
            if media.url not in self.places and await self._is_playlist(media, visit.url):
                yield self._stream(media, visit.url)

    async def _is_playlist(self, media: Media, page: str) -> bool:
        if media.surely or is_playlist_name(media.url):
            return True
        if self._asked == MAX_ASKED:
            return False
        self._asked += 1
        return await leads_to_playlist(self._web, media.url, self._headers_for(media.url, page))

    def _stream(self, media: Media, page: str | None) -> Found:
        # The first stream is the page's, whatever its address is today.
        key = place_key(media.url) if self.places else ""
        self.places.add(media.url)
        return Found(
            key=key,
            title=media.title or self._title or self._name,
            url=media.url,
            headers=self._headers_for(media.url, page),
        )

    def _headers_for(self, url: str, page: str | None) -> dict[str, str]:
        """As a browser sends them: the operator's own to the page's host only."""
        own = self._headers if host_of(url) == host_of(self._url) else {}
        return (referer(page, url) if page else {}) | own


def read_page(answer: Answer) -> Embedded:
    """What an HTML answer embeds; a fraction of a second for 5 MB, so for a thread."""
    return embedded_in(text_of(answer), answer.url)
