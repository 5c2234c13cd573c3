"""Channels of a Stremio add-on that the operator names."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any, ClassVar, TypeVar
from urllib.parse import quote, urlsplit

from pydantic import FailFast, Field

from f1stream.errors import ExtractionFailed, F1StreamError
from f1stream.extractors.addresses import absolute
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Foreign, asked, elements
from f1stream.extractors.markup import one_line
from f1stream.extractors.options import SecretUrl, is_header_name, is_header_value
from f1stream.extractors.playlists import leads_to_playlist
from f1stream.models import Found, host_of

MAX_LISTED = 500
MAX_PAGES = 20
MAX_STREAMS_PER_CHANNEL = 20
CONCURRENCY = 4

T = TypeVar("T")


class _Resource(Foreign):
    """A resource; what it leaves open, the manifest says for all."""

    name: str
    types: tuple[str, ...] | None = None
    idPrefixes: tuple[str, ...] | None = None


class _Extra(Foreign):
    name: str
    isRequired: bool = False


class _Catalog(Foreign):
    type: str
    id: str
    extra: tuple[_Extra, ...] = Field(default=(), max_length=MAX_LISTED)

    @property
    def is_open(self) -> bool:
        """Whether it can be read without a search term or a genre."""
        return not any(extra.isRequired for extra in self.extra)

    @property
    def has_pages(self) -> bool:
        return any(extra.name == "skip" for extra in self.extra)


class _Manifest(Foreign):
    resources: Annotated[tuple[str | _Resource, ...], FailFast()] = Field(max_length=MAX_LISTED)
    types: tuple[str, ...] = ()
    idPrefixes: tuple[str, ...] | None = None
    catalogs: Annotated[tuple[_Catalog, ...], FailFast()] = Field(default=(), max_length=MAX_LISTED)

    def has_streams_of(self, channel: _Meta) -> bool:
        """Whether the add-on is asked for the streams of `channel` (the SDK's filtering rules)."""
        for resource in self.resources:
            if isinstance(resource, str):
                resource = _Resource(name=resource)
            if resource.name == "stream":
                types = self.types if resource.types is None else resource.types
                prefixes = resource.idPrefixes or self.idPrefixes or ("",)
                return channel.type in types and channel.id.startswith(prefixes)
        return False


class _Meta(Foreign):
    id: str
    type: str
    name: str = ""


class _Metas(Foreign):
    metas: tuple[Any, ...]


class _ProxyHeaders(Foreign):
    request: dict[str, str] = Field(default_factory=dict)


class _Hints(Foreign):
    proxyHeaders: _ProxyHeaders = _ProxyHeaders()


class _Stream(Foreign):
    url: str = ""
    name: str | None = None
    behaviorHints: _Hints = _Hints()

    @property
    def headers(self) -> dict[str, str]:
        return {
            name: value
            for name, value in self.behaviorHints.proxyHeaders.request.items()
            if is_header_name(name) and is_header_value(value)
        }


class _Streams(Foreign):
    streams: tuple[Any, ...]


class Stremio(Extractor):
    """An add-on of the Stremio protocol: its catalogues' channels, and the streams of each.

    Only streams by `url` that are HLS; torrents, other sites' players and web pages are left out.
    """

    key: ClassVar[str] = "stremio"
    example: ClassVar[str] = """
[[sources]]
type = "stremio"
name = "Living room add-on"
url = "https://addon.example.org/manifest.json"
match = ["Formula 1", "F1"]
"""

    url: SecretUrl = Field(description="The add-on's manifest.json.")
    types: tuple[str, ...] = Field(
        default=("tv", "channel"), min_length=1, description="The content types that are read."
    )
    catalogs: tuple[str, ...] = Field(
        default=(), description="The ids of the catalogues that are read; all by default."
    )
    most: int = Field(default=200, ge=1, le=5000, description="Only so many channels.")

    async def find(self, web: Web) -> AsyncIterator[Found]:
        addon = _Addon(web, self.url.get_secret_value())
        manifest = await addon.manifest()
        channels: dict[str, _Meta] = {}
        for catalog in self._chosen(manifest):
            async for channel in addon.channels(catalog, self.most):
                if manifest.has_streams_of(channel) and self.wants(channel.name):
                    channels.setdefault(channel.id, channel)
        wanted = list(channels.values())[: self.most]
        for found in await _all_streams(addon, wanted):
            yield found

    def _chosen(self, manifest: _Manifest) -> Iterator[_Catalog]:
        for catalog in manifest.catalogs:
            named = catalog.id in self.catalogs if self.catalogs else catalog.is_open
            if named and catalog.type in self.types:
                yield catalog


class _Addon:
    """The routes of one add-on."""

    def __init__(self, web: Web, manifest_url: str) -> None:
        self._web = web
        self._url = manifest_url
        parts = urlsplit(manifest_url)
        path = parts.path.removesuffix("manifest.json")
        self._root = parts._replace(path=path if path.endswith("/") else f"{path}/")
        self.host = host_of(manifest_url)

    async def manifest(self) -> _Manifest:
        return await asked(self._web, self._url, _Manifest, {})

    async def channels(self, catalog: _Catalog, most: int) -> AsyncIterator[_Meta]:
        """The channels of a catalogue, page after page, about `most` of them."""
        seen = 0
        for _ in range(MAX_PAGES):
            page = (f"skip={seen}",) if seen else ()
            metas = await self._read(_Metas, "catalog", catalog.type, catalog.id, *page)
            async for channel in elements(_Meta, metas.metas, self._url):
                yield channel
            seen += len(metas.metas)
            if not metas.metas or not catalog.has_pages or seen >= most:
                return

    async def streams(self, channel: _Meta) -> list[Found]:
        """The playlists among a channel's streams; the first one's key is the channel's own."""
        answer = await self._read(_Streams, "stream", channel.type, channel.id)
        found: list[Found] = []
        offered = answer.streams[:MAX_STREAMS_PER_CHANNEL]
        async for stream in elements(_Stream, offered, self._url):
            url = absolute(stream.url, self._url)
            if url and await leads_to_playlist(self._web, url, stream.headers):
                found.append(_found(channel, stream, url, len(found)))
        return found

    async def _read(self, shape: type[T], *parts: str) -> T:
        # An extra such as skip=100 stays readable, an id is one path segment.
        path = "/".join(quote(part, safe="=" if part.startswith("skip=") else "") for part in parts)
        url = self._root._replace(path=f"{self._root.path}{path}.json").geturl()
        return await asked(self._web, url, shape, {})


def _found(channel: _Meta, stream: _Stream, url: str, number: int) -> Found:
    key = f"{channel.type} {channel.id}"
    return Found(
        key=f"{key} {number + 1}" if number else key,
        title=one_line(channel.name) or channel.id,
        url=url,
        headers=stream.headers,
        quality=one_line(stream.name or "")[:40] or None,
    )


async def _all_streams(addon: _Addon, channels: list[_Meta]) -> list[Found]:
    """What all channels have, some asked at a time; one that fails does not touch the others."""
    slots = asyncio.Semaphore(CONCURRENCY)
    failures: list[F1StreamError] = []

    async def of(channel: _Meta) -> list[Found]:
        try:
            async with slots:
                return await addon.streams(channel)
        except F1StreamError as error:
            failures.append(error)
            return []

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(of(channel)) for channel in channels]
    if failures and len(failures) == len(channels):
        raise ExtractionFailed(f"{addon.host}: no channel's streams can be read: {failures[0]}")
    return [found for task in tasks for found in task.result()]
