"""What can go wrong, as a small tree: each error knows the HTTP status a viewer is told.

Messages are written for the person who reads them and never hold a URL beyond its host:
paths and queries of upstream URLs can carry credentials.
"""

from __future__ import annotations

import math
from collections.abc import Sequence


class F1StreamError(Exception):
    """Base of all errors that f1stream raises on purpose."""

    status = 500
    title = "Internal error"

    @property
    def detail(self) -> str:
        """The sentence shown to a person."""
        return str(self)

    @property
    def headers(self) -> dict[str, str]:
        """Header fields that go with the status."""
        return {}


class BadRequest(F1StreamError):
    """The request itself makes no sense; asking again will not help."""

    status = 400
    title = "Bad request"


class BadLink(BadRequest):
    """A link with a missing or undecodable part."""

    title = "Malformed link"


class Forbidden(F1StreamError):
    """The request is understood and refused."""

    status = 403
    title = "Forbidden"


class NotSignedIn(F1StreamError):
    """The request is for viewers, and who asks has not given the password."""

    status = 401
    title = "Not signed in"

    @property
    def headers(self) -> dict[str, str]:
        # RFC 9110, section 11.6.1; browsers have no dialogue for this scheme.
        return {"WWW-Authenticate": 'Bearer realm="f1stream"'}


class ForeignLink(Forbidden):
    """A link that this f1stream did not sign, or that was altered."""

    title = "Link not signed here"


class NotFound(F1StreamError):
    """What was asked for does not exist here."""

    status = 404
    title = "Not found"


class NoSuchVariant(NotFound):
    """A `quality` beyond the variants that the playlist has."""

    title = "No such variant"


class TooSoon(F1StreamError):
    """Asked for more often than it may be; `wait_s` seconds later it may."""

    status = 429
    title = "Too soon"

    def __init__(self, message: str, wait_s: float) -> None:
        super().__init__(message)
        self.wait_s = wait_s

    @property
    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(math.ceil(self.wait_s))}


class RequestSlow(F1StreamError):
    """A request whose body did not arrive in its time."""

    status = 408
    title = "Request timed out"

    @property
    def headers(self) -> dict[str, str]:
        # RFC 9110, section 15.5.9: nothing more is read from this connection.
        return {"Connection": "close"}


class UpstreamError(F1StreamError):
    """The upstream gave no usable answer.

    `reason` is one of the closed list in `models.Reason`: what a program may act on.
    """

    status = 502
    title = "Upstream failed"
    reason = "unreachable"


class UpstreamDown(UpstreamError):
    """No connection, no TLS session, or one that broke."""

    title = "Upstream unreachable"


class UpstreamSlow(UpstreamError):
    """The upstream did not answer, or stopped sending, within its time."""

    status = 504
    title = "Upstream timed out"
    reason = "timeout"


class UpstreamStatus(UpstreamError):
    """The upstream answered with a status other than success.

    403, 404 and 410 tell a player something that it can act on and are passed through; all others
    are the upstream's own trouble and become 502.
    """

    title = "Upstream refused"
    reason = "http status"
    _PASSED = frozenset({403, 404, 410})

    def __init__(self, message: str, upstream_status: int) -> None:
        super().__init__(message)
        self.upstream_status = upstream_status
        self.status = upstream_status if upstream_status in self._PASSED else 502

    @property
    def is_refusal(self) -> bool:
        """Whether it is about who asks: other credentials may be let in."""
        return self.upstream_status in (401, 403)

    @property
    def ended(self) -> bool:
        """Whether this is what an upstream says when a token in the URL has ended."""
        return self.upstream_status == 401 or self.upstream_status in self._PASSED


class UpstreamBusy(UpstreamStatus):
    """The upstream asks to be left alone: for `wait_s` seconds, where it said how long."""

    title = "Upstream busy"

    def __init__(self, message: str, upstream_status: int, wait_s: float | None) -> None:
        super().__init__(message, upstream_status)
        self.wait_s = wait_s


class AddressRefused(UpstreamError):
    """An address that may not be reached: private, or by a scheme other than http and https."""

    title = "Address refused"
    reason = "refused"


class RangeNotSatisfiable(F1StreamError):
    """The part that was asked for lies beyond the body. `size_bytes` is the body's, if known."""

    status = 416
    title = "Range not satisfiable"

    def __init__(self, size_bytes: int | None) -> None:
        super().__init__("the body has no such part")
        self.size_bytes = size_bytes

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.size_bytes is None else {"Content-Range": f"bytes */{self.size_bytes}"}


class NotAPlaylist(UpstreamError):
    """The upstream's answer is not an HLS playlist."""

    title = "Not a playlist"
    reason = "not a playlist"


class TooLarge(UpstreamError):
    """The upstream's answer is larger than the limit for its kind."""

    title = "Too large"
    reason = "not a playlist"


class NoRoom(TooLarge):
    """There is no memory for a body just now; it would be welcome at another time."""


class NotKept(TooLarge):
    """A body that is not worth any memory; it is passed on to the one who asked."""


class Truncated(UpstreamError):
    """The upstream's body ended before its announced length."""

    title = "Upstream body cut short"
    reason = "stalled"


class ExtractionFailed(F1StreamError):
    """A source could not be read."""

    status = 502
    title = "Extraction failed"


class BrowserLost(F1StreamError):
    """No browser can be had, or the one that was used is gone; the next attempt starts another."""

    status = 503
    title = "No browser"


class MemoryShort(ExtractionFailed):
    """There is no memory to do it with; the message says how much there is."""

    status = 503
    title = "Memory short"


class SourceChanged(ExtractionFailed):
    """A source answered in another shape than its interface promises; the message says where."""

    title = "Source changed"


class ConfigurationError(F1StreamError):
    """The configuration has faults; each names its file or variable, its key and the remedy."""

    title = "Configuration"

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)
