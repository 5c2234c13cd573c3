"""The JSON documents that playlists lead to: asset lists and steering manifests."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import NamedTuple, Self

from f1stream.hls.directives import with_query
from f1stream.hls.documents import rewrite_asset_list, rewrite_steering
from f1stream.hls.links import Kind, Link, Links
from f1stream.models import Upstream
from f1stream.net.chunks import read_bounded
from f1stream.net.client import Client, checked
from f1stream.proxy.flights import Flights

MAX_BYTES = 1 << 20

# From a body, the URL it came from, and the link it was asked for by, to what players are given.
Make = Callable[[bytes, str, Link], bytes]


class Asked(NamedTuple):
    """What several viewers ask for together; `query` is what they say beside the link."""

    scope: str
    url: str
    query: str


class Documents:
    """Fetches documents, each once for all who ask at the same time; keeps none.

    An async context manager that owns the fetches.
    """

    def __init__(self, client: Client, make: Make) -> None:
        self._client = client
        self._make = make
        self._flights: Flights[Asked, bytes] = Flights()

    async def __aenter__(self) -> Self:
        await self._flights.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._flights.__aexit__(kind, error, at)

    async def get(self, upstream: Upstream, link: Link, query: str) -> bytes:
        """The document as players get it. Raises `UpstreamError`."""
        asked = Asked(link.scope, link.url, query)
        return await self._flights.share(asked, lambda: self._fetch(upstream, link, query))

    async def _fetch(self, upstream: Upstream, link: Link, query: str) -> bytes:
        url = with_query(upstream.url, query)
        ask = Upstream(url, upstream.headers, upstream.home, upstream.jar)
        async with self._client.get(ask) as response:
            body = await read_bounded(checked(response), MAX_BYTES, self._client.idle_s)
            return self._make(body, str(response.url), link)


def rewriting(links: Links, root: Callable[[], str]) -> Make:
    """Documents with links for their URIs.

    `root` gives what stands before the links of assets, which players resolve against nothing.
    """

    def make(body: bytes, base: str, link: Link) -> bytes:
        if link.kind is Kind.ASSETS:
            return rewrite_asset_list(body, base, links, link.scope, root())
        return rewrite_steering(body, base, links, link.scope)

    return make


def as_told(body: bytes, _base: str, _link: Link) -> bytes:
    """Documents that another process of this f1stream has made already."""
    return body
