"""What makes two streams the same: an upstream URL less the parts that change with a token."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from f1stream.models import Stream

T = TypeVar("T")

_DEFAULT_PORTS = {"http": 80, "https": 443}
# Parameters that say who may watch, until when, or in which session: never what.
_VOLATILE = re.compile(
    r"(?:.*[_-])?(?:token|tok|jwt|sig|sign|signature|hmac|hash|md5|auth|key|nonce|session|sid)"
    r"|access_?key|accesstoken|authtoken|sessionid|session_id|playsessionid|jsessionid"
    r"|hdnts|hdntl|hdnea|__token__|token_path|bcdn_token|wmsauthsign|policy|key-pair-id"
    r"|e|exp|expires?|expires_at|expiration|expiry|valid_?(?:from|until|to)|st|se|sv|sp|sr|ts"
    r"|timestamp|_|t|rnd|rand|cachebuster|x-(?:amz|goog)-.*|utm_.*",
    re.IGNORECASE,
)
# Parameters that say who somebody is, and so are nothing for others to see.
_PRIVATE = re.compile(
    r"(?:.*[_-])?(?:pass(?:word|wd)?|pwd?|user_?(?:name)?|login|secret|api_?key|code|email|mail)",
    re.IGNORECASE,
)
_PATH_TOKEN = re.compile(
    r"(?:[a-z_]*token|hdn(?:ts|tl|ea)|exp|expires|st|sig|hmac)=.*"
    r"|eyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]{16,}",
    re.IGNORECASE,
)


class _Read(NamedTuple):
    """A URL taken apart: whose it is, where, and which."""

    scheme: str
    username: str | None
    host: str
    port: int | None
    path: str
    query: list[tuple[str, str]]

    @property
    def segments(self) -> list[str]:
        return [unquote(segment) for segment in self.path.split("/")]


def _read(url: str) -> _Read | None:
    try:
        parts = urlsplit(url)
        query = parse_qsl(parts.query, keep_blank_values=True)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    return _Read(parts.scheme, parts.username, host, port, parts.path, query) if host else None


def address(url: str) -> str:
    """What of `url` stays when its token changes: host, path and the parameters that choose.

    Empty where `url` is none. http and https are one; so is a default port and none.
    """
    read = _read(url)
    if read is None:
        return ""
    is_default = read.port in (None, _DEFAULT_PORTS.get(read.scheme))
    place = read.host if is_default else f"{read.host}:{read.port}"
    if read.username:
        place = f"{read.username}@{place}"
    path = "/".join(segment for segment in read.segments if not _is_token(segment))
    chosen = sorted((name, value) for name, value in read.query if not _VOLATILE.fullmatch(name))
    return f"{place}{path}?{urlencode(chosen)}" if chosen else f"{place}{path}"


def public(url: str) -> str:
    """`url` without what may be credentials: its login, its tokens, its fragment.

    Empty where it is no http or https URL, or has a token in its path.
    """
    read = _read(url)
    if read is None or read.scheme not in _DEFAULT_PORTS or any(map(_is_token, read.segments)):
        return ""
    host = f"[{read.host}]" if ":" in read.host else read.host
    place = host if read.port is None else f"{host}:{read.port}"
    kept = [
        (name, value)
        for name, value in read.query
        if not _VOLATILE.fullmatch(name) and not _PRIVATE.fullmatch(name)
    ]
    return urlunsplit((read.scheme, place, read.path, urlencode(kept), ""))


def _is_token(segment: str) -> bool:
    return _PATH_TOKEN.fullmatch(segment) is not None


def grouped(items: Iterable[T], stream_of: Callable[[T], Stream]) -> list[list[T]]:
    """The items whose streams are the same, together; groups and their items keep their order.

    Where one source has several URLs of the same address, it is the token that chooses between
    them: such an address tells nothing, and only equal URLs are the same there.
    """
    items = list(items)
    urls: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in items:
        stream = stream_of(item)
        urls[stream.address, stream.site_name].add(stream.upstream.url)
    ambiguous = {place for (place, _), found in urls.items() if len(found) > 1}
    groups: dict[tuple[str, str], list[T]] = {}
    for item in items:
        groups.setdefault(_identity(stream_of(item), ambiguous), []).append(item)
    return list(groups.values())


def _identity(stream: Stream, ambiguous: set[str]) -> tuple[str, str]:
    if not stream.address:
        return ("id", stream.id)
    if stream.address in ambiguous:
        return ("url", stream.upstream.url)
    return (stream.stream_type, stream.address)
