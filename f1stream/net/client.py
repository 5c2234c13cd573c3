"""The one HTTP client: a session, and the guard on its sockets."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Self, TypedDict, Unpack
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from f1stream.errors import (
    AddressRefused,
    UpstreamDown,
    UpstreamError,
    UpstreamStatus,
)
from f1stream.metrics.tally import Asked
from f1stream.models import Upstream, host_of
from f1stream.net.cookies import Cookies
from f1stream.net.guard import Guard
from f1stream.net.kept import ENDED, IDEMPOTENT, Way, noted_ways
from f1stream.net.tls import client_context
from f1stream.net.translation import translated

log = logging.getLogger(__name__)

MAX_REDIRECTS = 5
READ_AHEAD_BYTES = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# What a browser sends to every host it visits: no credential is in these.
_OPEN_HEADERS = frozenset({"accept", "accept-language", "origin", "referer", "user-agent"})


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds to wait on an upstream: for a connection, for the whole head, between two reads."""

    connect_s: float = 5.0
    head_s: float = 10.0
    read_s: float = 15.0


class Ask(TypedDict, total=False):
    """What a request can say beyond where it goes.

    aiohttp reads ahead into memory of its own, about `read_ahead_bytes` beyond what was asked.
    `patience_s` is how much longer than usual the answer may take.
    """

    method: str
    headers: Mapping[str, str] | None
    body: bytes | None
    read_ahead_bytes: int
    patience_s: float


class Client:
    """Fetches from upstream hosts through one shared connection pool.

    Build it with `connect`, which owns the session. `user_agent` is sent unless the upstream has
    its own.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        timeouts: Timeouts,
        user_agent: str,
        proxy: str | None = None,
        max_redirects: int = MAX_REDIRECTS,
    ) -> None:
        self._session = session
        self._max_redirects = max_redirects
        self._timeouts = timeouts
        self._user_agent = user_agent
        self._proxy = proxy
        self._cookies = Cookies()
        self._asked = Asked()

    def counted(self, asked: Asked) -> Self:
        """The same client for one purpose: what it asks for is counted there."""
        twin = copy(self)
        twin._asked = asked
        return twin

    def unusable(self, error: UpstreamError) -> None:
        """Count an answer that came whole, and turned out to be of no use."""
        self._asked.failed(error.reason)

    @property
    def idle_s(self) -> float:
        """How long an upstream may be silent in the middle of a body."""
        return self._timeouts.read_s

    @asynccontextmanager
    async def get(
        self, upstream: Upstream, **ask: Unpack[Ask]
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request and follow redirects; the response's `url` is the final one.

        Raises `UpstreamError` in one of its kinds; the status is *not* checked, see `checked`.
        Read the body with `chunks` or `read_bounded`, which turn errors as well.
        """
        began_s = time.monotonic()
        self._asked.requests += 1
        try:
            with translated(upstream.url):
                response = await self._follow(upstream, ask)
            try:
                if log.isEnabledFor(logging.DEBUG):
                    took_ms = (time.monotonic() - began_s) * 1000
                    log.debug("%s: %d in %.0f ms", response.url.host, response.status, took_ms)
                yield response
            finally:
                self._asked.received_bytes += response.content.total_bytes
                # An unread rest is not worth waiting for: release() drops such a connection.
                response.release()
        except UpstreamError as error:
            self._asked.failed(error.reason)
            log.debug("%s", error.detail)
            raise

    async def _follow(self, upstream: Upstream, ask: Ask) -> aiohttp.ClientResponse:
        url = upstream.url
        async with asyncio.timeout(self._timeouts.head_s + ask.get("patience_s", 0.0)):
            for _ in range(self._max_redirects + 1):
                response = await self._send(upstream, url, ask)
                self._cookies.take(upstream.jar, response)
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or location is None:
                    return response
                response.release()
                url = redirected(url, location)
        raise UpstreamDown(
            f"{host_of(upstream.url)} redirects more than {self._max_redirects} times; "
            "check the URL of the source"
        )

    async def _send(self, upstream: Upstream, url: str, ask: Ask) -> aiohttp.ClientResponse:
        target = parsed(url)
        headers = {"User-Agent": self._user_agent, **_headers_for(upstream, url)}
        if upstream.jar and (cookies := self._cookies.header(upstream.jar, target)):
            name = next((name for name in headers if name.lower() == "cookie"), "Cookie")
            headers[name] = f"{headers[name]}; {cookies}" if name in headers else cookies
        if target.user is not None and any(name.lower() == "authorization" for name in headers):
            # The two say the same in two ways; aiohttp refuses both together.
            target = target.with_user(None)
        return await self._answered(target, {**headers, **(ask.get("headers") or {})}, ask)

    async def _answered(
        self, target: URL, headers: Mapping[str, str], ask: Ask
    ) -> aiohttp.ClientResponse:
        """The answer, asked for again where a kept connection has ended (RFC 9112, 9.3.1).

        aiohttp does that once, and the next kept connection may have ended as well. Each attempt
        takes one of them, so that the last is made with a new one.
        """
        method = ask.get("method", "GET")
        while True:
            way = Way()
            try:
                return await self._session.request(
                    method,
                    target,
                    headers=headers,
                    data=ask.get("body"),
                    allow_redirects=False,
                    proxy=self._proxy,
                    read_bufsize=ask.get("read_ahead_bytes", READ_AHEAD_BYTES),
                    trace_request_ctx=way,
                )
            except ENDED:
                if not way.kept or method not in IDEMPOTENT:
                    raise


def _headers_for(upstream: Upstream, url: str) -> dict[str, str]:
    """The source's headers that may go to `url`.

    Credentials go to the host they were made for only, and do not leave TLS behind a redirect.
    """
    if not upstream.headers:
        return {}
    leaves_tls = urlsplit(upstream.url).scheme == "https" != urlsplit(url).scheme
    at_home = host_of(url) == (upstream.home or host_of(upstream.url)) and not leaves_tls
    return {
        name: value
        for name, value in upstream.headers.items()
        if at_home or name.lower() in _OPEN_HEADERS
    }


def redirected(url: str, location: str) -> str:
    """Where a redirect from `url` leads (RFC 9110, section 10.2.2).

    Raises `AddressRefused` for what is no URL reference.
    """
    try:
        return urljoin(url, location)
    except ValueError:
        raise AddressRefused(f"{host_of(url)} redirects to what is no URL") from None


def parsed(url: str) -> URL:
    """`url` as yarl's, its bytes untouched where they are legal: signed URLs break when requoted.

    Raises `AddressRefused` for any scheme other than http and https, and for what is no URL.
    """
    try:
        result = URL(url, encoded=url.isascii() and url.isprintable() and " " not in url)
        usable = result.scheme in ("http", "https") and bool(result.host) and result.port
    except ValueError:
        usable = False
    if not usable:
        raise AddressRefused("not an http or https URL")
    return result


def checked(response: aiohttp.ClientResponse) -> aiohttp.ClientResponse:
    """The response, or `UpstreamStatus` where its status is no success."""
    if response.status >= 300:
        host = response.url.host
        raise UpstreamStatus(f"{host} answered {response.status}", response.status)
    return response


def is_encoded(response: aiohttp.ClientResponse) -> bool:
    """Whether the body is decoded here, so that its announced length is not the viewers'."""
    return response.headers.get("Content-Encoding", "identity").lower() != "identity"


@asynccontextmanager
async def connect(
    guard: Guard,
    *,
    timeouts: Timeouts,
    user_agent: str,
    ca_file: Path | None = None,
    proxy: str | None = None,
    max_redirects: int = MAX_REDIRECTS,
    most_per_host: int = 0,
    resolver: AbstractResolver | None = None,
) -> AsyncIterator[Client]:
    """The client for the life of the process: one session, pool, resolver and TLS context.

    `most_per_host` is how many connections may be open to one host, 0 any number: who needs
    another one waits for it as long as for an answer. `resolver` is for tests that need a name
    server which lies; by default the system's is asked.
    """
    connector = aiohttp.TCPConnector(
        limit=0,
        limit_per_host=most_per_host,
        ttl_dns_cache=30,
        keepalive_timeout=30,
        happy_eyeballs_delay=0.25,
        ssl=client_context(ca_file),
        resolver=resolver or aiohttp.ThreadedResolver(),
        socket_factory=guard.open_socket,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        # Who waits for a head or a body has a watch of their own. aiohttp's, `sock_read`, goes off
        # on a connection that rests where it was paused before its last byte, and spoils what is
        # asked of it next.
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=timeouts.connect_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        trace_configs=[noted_ways()],
    ) as session:
        yield Client(
            session,
            timeouts=timeouts,
            user_agent=user_agent,
            proxy=proxy,
            max_redirects=max_redirects,
        )
