"""Every request that takes more than a look-up: its id, its place in the numbers, its log line."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from f1stream.http.door import Visitor
from f1stream.http.errors import whole_problem
from f1stream.http.ready import Ready
from f1stream.http.refused import too_busy
from f1stream.http.services import PLAYING, Playing
from f1stream.http.sessions import BY_TOKEN
from f1stream.http.under_way import UnderWay
from f1stream.metrics.tally import Kind
from f1stream.tracing import ids
from f1stream.tracing.ids import REQUEST_ID
from f1stream.tracing.spans import Span

log = logging.getLogger(__name__)

Onward = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

SLOW_S = 2.0
# An upstream in trouble fails a thousand viewers at once: so many lines say it as well.
MOST_LINES_A_SECOND = 10
# What nginx calls a request whose client has left before an answer began.
CLIENT_LEFT = 499

_FILES = (".css", ".html", ".ico", ".js", ".png", ".svg", ".txt", ".webmanifest", ".woff2")


@dataclass(slots=True, eq=False)
class Visit:
    """One request under way; times are seconds on the monotonic clock."""

    kind: Kind
    id: str
    begun_s: float
    status: int = CLIENT_LEFT
    first_byte_s: float | None = None
    sent_bytes: int = 0
    ended: bool = False


VISIT: web.RequestKey[Visit] = web.RequestKey("visit", Visit)


class Requests:
    """A request handler in front of another one.

    Errors and what keeps a viewer waiting for more than `SLOW_S` are logged, at the level of
    debugging all. `under_way` is what is being answered; what is beyond `Limits.requests` is
    refused before anything is done for it.
    """

    def __init__(
        self, playing: Playing, onward: Onward, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tally = playing.tally
        self._trace = playing.trace
        self._heads = playing.heads
        self._most = playing.limits.requests
        self._onward = onward
        self._clock = clock
        self._lines = _Lines(clock)
        self.under_way = UnderWay()

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        if len(self.under_way) >= self._most:
            self._tally.answers(kind_of(request)).add(503, 0, None)
            return too_busy(self._heads).fitting(request)
        given = ids.sane(request.headers.get(REQUEST_ID))
        visit = Visit(kind_of(request), given or ids.made(), self._clock())
        request[VISIT] = visit
        self.under_way.add(visit)
        attributes = {
            "http.request.method": request.method,
            "url.path": shown_path(request),
            "f1stream.request_id": visit.id,
        }
        with (
            ids.known_as(visit.id),
            self._trace(f"{request.method} {visit.kind}", attributes) as span,
        ):
            try:
                return await self._answered(request, visit)
            finally:
                self.under_way.discard(visit)
                self._end(request, visit, span)

    async def _answered(self, request: web.BaseRequest, visit: Visit) -> web.StreamResponse:
        try:
            response = self._unexpected(request) or await self._onward(request)
        except web.HTTPException as answer:
            _announced(visit, answer.status, self._clock())
            raise
        _announced(visit, response.status, self._clock())
        if isinstance(response, Ready):
            visit.sent_bytes += response.body_bytes
            return response.marked(visit.id)
        if isinstance(response, web.Response) and isinstance(request.protocol, Visitor):
            request.protocol.answered = response
        return response

    def _unexpected(self, request: web.BaseRequest) -> Ready | None:
        """The answer to an expectation that is not known (RFC 9110, section 10.1.1).

        The framework would quote it, and fail where it can't be encoded.
        """
        expected = request.headers.get("Expect")
        if expected is None or expected.lower() == "100-continue":
            return None
        detail = "Send Expect: 100-continue, or none."
        return whole_problem(self._heads, 417, "Expectation failed", detail).fitting(request)

    def _end(self, request: web.BaseRequest, visit: Visit, span: Span) -> None:
        visit.ended = True
        waited_s = None if visit.first_byte_s is None else visit.first_byte_s - visit.begun_s
        self._tally.answers(visit.kind).add(visit.status, visit.sent_bytes, waited_s)
        span.note("http.response.status_code", visit.status)
        level = _level(request, visit, self._clock())
        if log.isEnabledFor(level):
            self._log(level, request, visit)

    def _log(self, level: int, request: web.BaseRequest, visit: Visit) -> None:
        omitted = self._lines.asked(unlimited=level == logging.DEBUG)
        if omitted is None:
            return
        took_ms = (self._clock() - visit.begun_s) * 1000
        more = f"; {omitted} lines like this were left out" if omitted else ""
        log.log(
            level,
            "%s %s: %d, %d bytes in %.0f ms%s",
            request.method,
            shown_path(request),
            visit.status,
            visit.sent_bytes,
            took_ms,
            more,
        )


async def announce(request: web.Request, response: web.StreamResponse) -> None:
    """Give a response its request's id, as its head is about to be sent."""
    visit = request.get(VISIT)
    if visit is None:
        return
    response.headers[REQUEST_ID] = visit.id
    if not visit.ended:
        _announced(visit, response.status, time.monotonic())
        return
    # A body that was ready when the handler returned: nothing else sees it go out.
    tally = request.app[PLAYING].tally
    if request.method != "HEAD":
        tally.answers(visit.kind).sent_bytes += response.content_length or 0


def _announced(visit: Visit, status: int, now_s: float) -> None:
    if visit.first_byte_s is None:
        visit.status, visit.first_byte_s = status, now_s


def kind_of(request: web.BaseRequest) -> Kind:
    """What a request is for, as far as its target says."""
    path = _without_token(request.path)
    if path == "/proxy":
        return "playlist"
    if path == "/relay":
        return "media"
    page = path == "/" or path.startswith("/_app/") or path.endswith(_FILES)
    return "app" if page or "text/html" in request.headers.get("Accept", "") else "api"


def shown_path(request: web.BaseRequest) -> str:
    """A request's path for who reads the log, without the token that it may hold."""
    path = request.path
    return f"{BY_TOKEN}…{_without_token(path)}" if path.startswith(BY_TOKEN) else path


def _without_token(path: str) -> str:
    if not path.startswith(BY_TOKEN):
        return path
    return path[path.find("/", len(BY_TOKEN)) :]


def _level(request: web.BaseRequest, visit: Visit, now_s: float) -> int:
    """How much a request matters to whoever reads the log."""
    if visit.status >= 500:
        return logging.WARNING
    # A reload that waits for the next part, and work that was asked for, take as long as they do.
    waits = request.method == "POST" or "_HLS_msn" in request.query
    waited_s = (visit.first_byte_s or now_s) - visit.begun_s
    return logging.INFO if waited_s > SLOW_S and not waits else logging.DEBUG


class _Lines:
    """So many lines a second, and the number of those that were one too many."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._second = 0
        self._lines = 0
        self._omitted = 0

    def asked(self, *, unlimited: bool) -> int | None:
        """How many lines were left out before this one; None where this one is as well."""
        second = int(self._clock())
        if second != self._second:
            self._second, self._lines = second, 0
        self._lines += not unlimited
        if self._lines > MOST_LINES_A_SECOND and not unlimited:
            self._omitted += 1
            return None
        omitted, self._omitted = self._omitted, 0
        return omitted
