"""The HLS playlists among what a page was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from f1stream.errors import NotAPlaylist
from f1stream.hls.playlist import Multivariant, is_playlist, read
from f1stream.hls.uris import references

if TYPE_CHECKING:
    from playwright.async_api import Response

MAX_PLAYLIST_BYTES = 2 << 20
# A page can ask for anything, any number of times.
MAX_ANSWERS = 200
_READ_S = 5.0

_SUFFIXES = (".m3u8", ".m3u")
_TYPES = frozenset(
    {
        "application/mpegurl",
        "application/vnd.apple.mpegurl",
        "application/x-mpegurl",
        "audio/mpegurl",
        "audio/x-mpegurl",
    }
)
# What servers say that don't know the type: only the body tells.
_VAGUE_TYPES = frozenset({"", "application/octet-stream", "binary/octet-stream", "text/plain"})
_ASKED_BY_PLAYERS = frozenset({"fetch", "media", "other", "xhr"})

# With these a server decides whether to answer; the rest is of the connection or of taste.
_HEADERS = ("Authorization", "Cookie", "Origin", "Referer", "User-Agent")


class Kind(IntEnum):
    """What a playlist was seen to be, most useful first."""

    MULTIVARIANT = 0
    MEDIA = 1
    UNSEEN = 2


@dataclass(frozen=True, slots=True)
class Heard:
    """One playlist, with the request headers that a server may insist on.

    `children` is what it leads to. Where its body could not be had, only its name or its type
    said that it is one.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    kind: Kind = Kind.UNSEEN
    height: int | None = None
    children: frozenset[str] = field(default=frozenset(), repr=False)


class Overheard:
    """Gathers playlists; `hear` is a listener for a context's responses.

    Bodies are read in the tasks of `reading`.
    """

    def __init__(self, reading: asyncio.TaskGroup) -> None:
        self._reading = reading
        self._heard: dict[str, Heard] = {}
        self._answers = 0
        self._multivariant = asyncio.Event()

    def hear(self, response: Response) -> None:
        """Note an answer if it may be a playlist."""
        if self._answers < MAX_ANSWERS and _may_be_a_playlist(response):
            self._answers += 1
            self._reading.create_task(self._read(response))

    async def settled(self, wait_s: float, *, quiet_s: float = 0.5) -> None:
        """Return `quiet_s` after the first multivariant playlist, after `wait_s` without one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._multivariant.wait()
                await asyncio.sleep(quiet_s)

    def playlists(self) -> list[Heard]:
        """Each playlist that no other one leads to: multivariant ones first, as they came."""
        children: set[str] = set()
        for heard in self._heard.values():
            children |= heard.children
        roots = [heard for bare, heard in self._heard.items() if bare not in children]
        return sorted(roots, key=lambda heard: heard.kind)

    async def _read(self, response: Response) -> None:
        from playwright.async_api import Error

        headers = response.request.headers
        try:
            async with asyncio.timeout(_READ_S):
                headers = await response.request.all_headers()
                sizes = await response.request.sizes()
                if sizes["responseBodySize"] > MAX_PLAYLIST_BYTES:
                    return
                body = await response.body()
        except (Error, TimeoutError):
            # The page has gone, or is too busy to hand it over.
            if _says_it_is_one(response):
                self._note(Heard(response.url, _kept(headers)))
            return
        if len(body) <= MAX_PLAYLIST_BYTES and is_playlist(body):
            with suppress(NotAPlaylist):
                self._note(_understood(body, response.url, headers))

    def _note(self, heard: Heard) -> None:
        # A live playlist is fetched again and again, each time with another query.
        before = self._heard.get(_bare(heard.url))
        if before is None or before.kind > heard.kind:
            self._heard[_bare(heard.url)] = heard
        if heard.kind is Kind.MULTIVARIANT:
            self._multivariant.set()


def _may_be_a_playlist(response: Response) -> bool:
    if not response.url.startswith(("http:", "https:")) or not 200 <= response.status < 300:
        return False
    size = response.headers.get("content-length", "0")
    return _says_it_is_one(response) or (
        _type_of(response) in _VAGUE_TYPES
        and response.request.resource_type in _ASKED_BY_PLAYERS
        and size.isascii()
        and size.isdigit()
        and int(size) <= MAX_PLAYLIST_BYTES
    )


def _says_it_is_one(response: Response) -> bool:
    path = urlsplit(response.url).path
    return _type_of(response) in _TYPES or path.lower().endswith(_SUFFIXES)


def _type_of(response: Response) -> str:
    return response.headers.get("content-type", "").partition(";")[0].strip().lower()


def _understood(body: bytes, url: str, headers: Mapping[str, str]) -> Heard:
    playlist = read(body, url)
    if not isinstance(playlist, Multivariant):
        return Heard(url, _kept(headers), Kind.MEDIA)
    heights = [variant.height for variant in playlist.variants if variant.height]
    children = frozenset(_bare(reference.url.decode()) for reference in references(body, url))
    return Heard(url, _kept(headers), Kind.MULTIVARIANT, max(heights, default=None), children)


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: headers[name.lower()] for name in _HEADERS if name.lower() in headers}


def _bare(url: str) -> str:
    """Without the query, in which a page's player may put something of its own."""
    return url.partition("?")[0]
