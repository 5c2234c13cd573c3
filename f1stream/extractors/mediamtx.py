"""The paths of a MediaMTX server that have something to play.

Its control API, version 3: https://mediamtx.org/docs/references/control-api (pathsList).
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from pydantic import Field

from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Foreign, asked, elements
from f1stream.extractors.options import Server, ServerUrl
from f1stream.extractors.titles import quality_of, readable
from f1stream.models import Found

_PATHS_A_PAGE = 100
_MAX_PAGES = 500
_HLS_PORT = 8888
# What its HLS muxer carries; a path of other codecs answers with an error.
_IN_HLS = frozenset({"AV1", "VP9", "H265", "H264", "Opus", "MPEG-4 Audio"})


class Path(Foreign):
    """`ready` was renamed to `available`; servers of both kinds are in use."""

    name: str = Field(min_length=1, max_length=1000)
    available: bool | None = None
    ready: bool | None = None
    tracks: tuple[str, ...] | None = None

    @property
    def can_be_played(self) -> bool:
        there = self.ready if self.available is None else self.available
        return bool(there) and (not self.tracks or not _IN_HLS.isdisjoint(self.tracks))


class Page(Foreign):
    page_count: int = Field(alias="pageCount")
    items: tuple[Any, ...]


class MediaMTX(Extractor):
    """Every path with a publisher, through the server's own HLS."""

    key: ClassVar[str] = "mediamtx"
    example: ClassVar[str] = """
[[sources]]
type = "mediamtx"
name = "My MediaMTX"
url = "http://user:password@mediamtx.example.org:9997"
"""

    url: ServerUrl = Field(description="The control API's URL, with its login if it has one.")
    hls_url: ServerUrl | None = Field(
        default=None,
        description="The HLS server's URL, with its login if it has one; "
        "by default port 8888 of the API's host, with the same login.",
    )

    async def find(self, web: Web) -> AsyncIterator[Found]:
        server, hls = Server.at(self.url), self._hls()
        seen: set[str] = set()
        for number in range(_MAX_PAGES):
            url = f"{server.base}/v3/paths/list?page={number}&itemsPerPage={_PATHS_A_PAGE}"
            page = await asked(web, url, Page, server.headers)
            paths = elements(Path, page.items, server.base)
            fresh = {path.name: path async for path in paths if path.name not in seen}
            for path in fresh.values():
                if path.can_be_played:
                    yield _found(path.name, hls)
            seen.update(fresh)
            if not fresh or number + 1 >= page.page_count:
                return

    def _hls(self) -> Server:
        if self.hls_url is not None:
            return Server.at(self.hls_url)
        server = Server.at(self.url)
        parts = urlsplit(server.base)
        host = parts.netloc.removesuffix(f":{parts.port}")
        return Server(f"{parts.scheme}://{host}:{_HLS_PORT}", server.headers)


def _found(name: str, hls: Server) -> Found:
    title = readable(name)
    return Found(
        key=name,
        title=title,
        url=f"{hls.base}/{quote(name)}/index.m3u8",
        headers=hls.headers,
        quality=quality_of(title),
    )
