"""What the views work with: the narrow set of services that `app` builds and hands over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from f1stream.catalogue import Catalogue, Viewing
from f1stream.hls.links import Links
from f1stream.http.ready import Heads
from f1stream.http.spa import BuiltApp
from f1stream.proxy.playlists import Playlists
from f1stream.proxy.relay import Relay
from f1stream.proxy.segments import Segments


@dataclass(slots=True)
class Services:
    """Everything a request can need.

    `extract` runs one extraction and returns when it is done. `stopping` turns true when the
    process was asked to end: it is then no longer ready, but still serves.
    """

    links: Links
    catalogue: Catalogue
    playlists: Playlists
    relay: Relay
    segments: Segments
    extract: Callable[[], Awaitable[None]]
    app: BuiltApp
    viewing: Viewing = field(default_factory=Viewing)
    heads: Heads = field(default_factory=Heads)
    admin_token: str | None = None
    stopping: bool = False


SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
