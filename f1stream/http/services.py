"""What the views work with: the narrow sets of services that a process builds and hands over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from f1stream.catalogue import Catalogue, Viewing
from f1stream.hls.links import Kind, Link, Links
from f1stream.http.allowance import Allowance
from f1stream.http.attempts import Attempts
from f1stream.http.forwarded import Trusted
from f1stream.http.limits import Limits
from f1stream.http.news import News
from f1stream.http.ready import Heads
from f1stream.http.sessions import Gate
from f1stream.http.spa import BuiltApp
from f1stream.metrics.cgroup import Memory
from f1stream.metrics.fronts import Reports
from f1stream.metrics.snapshot import Part
from f1stream.metrics.tally import Tally
from f1stream.models import Upstream
from f1stream.proxy.documents import Documents
from f1stream.proxy.playlists import Playlists
from f1stream.proxy.relay import Relay
from f1stream.proxy.segments import Segments
from f1stream.schedule import Feeds, Timetable
from f1stream.tracing.spans import Trace, untraced
from f1stream.verifier.previews import Previews


@dataclass(slots=True, kw_only=True)
class Playing:
    """What the routes of players need, in every process that serves viewers.

    `upstream_of` says where the bytes behind a link are fetched from, `renewed` where instead of a
    place that answers as one whose token has ended; None where that is not known. `gate` tells
    viewers from strangers. `trusted` are the reverse proxies in front of viewers, `limits` is how
    much those may take, `short` whether there is too little memory for more of them.
    """

    links: Links
    upstream_of: Callable[[Link], Upstream]
    playlists: Playlists
    documents: Documents
    relay: Relay
    segments: Segments
    renewed: Callable[[Link, Upstream], Awaitable[Upstream | None]]
    gate: Gate = field(default_factory=Gate)
    viewing: Viewing = field(default_factory=Viewing)
    heads: Heads = field(default_factory=Heads)
    trusted: Trusted = field(default_factory=Trusted)
    tally: Tally = field(default_factory=Tally)
    trace: Trace = untraced
    limits: Limits = field(default_factory=Limits)
    short: Callable[[], bool] = lambda: False


@dataclass(slots=True, kw_only=True)
class Services(Playing):
    """Everything a request can need.

    `extract` runs one extraction and returns when it is done. `news` is what browsers are told as
    it changes. `renew` asks for the season once and raises where that fails or was done a moment
    ago. `reported` has the stream of an id looked at again. `costly` is how often each address may
    ask for what makes work, None for any number; `attempts` are the wrong passwords of late.
    `starting` is true until all workers serve, `stopping` from when the process was asked to end:
    it is then no longer ready, but still serves. `fronts` is what the other workers report, `notes`
    what an operator should know though viewers are welcome, `part` the one that this f1stream has
    among several, `memory` what all processes use and may use.
    """

    catalogue: Catalogue
    extract: Callable[[], Awaitable[None]]
    timetable: Timetable
    renew: Callable[[], Awaitable[None]]
    news: News
    app: BuiltApp
    previews: Previews
    reported: Callable[[str], None]
    notes: Callable[[], list[str]] = list
    costly: Allowance | None = None
    part: Callable[[], Part | None] = lambda: None
    memory: Callable[[], Memory] = Memory
    feeds: Feeds = field(default_factory=Feeds)
    attempts: Attempts = field(default_factory=Attempts)
    admin_token: str | None = None
    starting: bool = False
    stopping: bool = False
    fronts: Reports = field(default_factory=Reports)


PLAYING: web.AppKey[Playing] = web.AppKey("playing", Playing)
SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
LINK: web.RequestKey[Link] = web.RequestKey("link", Link)


def link_of(request: web.Request, route: Kind) -> Link:
    """The link in a request to `route`, its signature checked once. Raises as `Links.read`."""
    known = request.get(LINK)
    return request.app[PLAYING].links.read(route, request.query) if known is None else known
