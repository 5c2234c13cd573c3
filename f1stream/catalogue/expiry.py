"""When the token in a URL ends, as far as the URL says so.

Only what is known to be an expiry counts: a parameter of such a name, or a form that a CDN
documents. A number of any other name is an identifier, however much it looks like a time.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orjson

# Beyond these it is no expiry, or one that concerns nobody.
LONGEST_PAST = timedelta(days=365)
LONGEST_AHEAD = timedelta(days=30)

_MAX_URL_CHARS = 16_384
_EXPIRIES = frozenset(
    {
        "e",
        "exp",
        "expire",
        "expires",
        "expires_at",
        "expiresat",
        "expiration",
        "expiry",
        "token_expires",
        "validto",
        "valid_until",
        "x-goog-expires-at",
        "se",  # Azure's shared access signatures
    }
)
# Akamai: st=…~exp=…~acl=…~hmac=…, as the value of a parameter or a segment of the path.
_AKAMAI = re.compile(r"(?:^|[~=/])exp=([0-9]{10})(?=~)")
_PATH_EXPIRES = re.compile(r"(?:^|[&;,~])(?:expires|exp|e)=([0-9]{10}|[0-9]{13})(?=$|[&;,~])")
_JWT = re.compile(r"eyJ[A-Za-z0-9_-]{5,4000}\.(eyJ[A-Za-z0-9_-]{5,4000})\.[A-Za-z0-9_-]{16,}")
_UNIX = re.compile(r"[0-9]{10}(?:[0-9]{3})?")
_ISO = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}.*")
_FAULTS = (binascii.Error, ValueError, TypeError, OverflowError, OSError)


def expires_at(url: str, now: datetime) -> datetime | None:
    """When `url` stops working: the earliest of what its tokens say; `None` where none does.

    Signatures are not verified: this is a hint for when to read the source again. A year past and
    30 days ahead of `now` are the bounds of what is believed.
    """
    if len(url) > _MAX_URL_CHARS:
        return None
    try:
        said = [at for at in _said(url) if now - LONGEST_PAST <= at <= now + LONGEST_AHEAD]
    except _FAULTS:
        return None
    return min(said, default=None)


def _said(url: str) -> Iterator[datetime]:
    parts = urlsplit(url)
    query = parse_qsl(parts.query)
    for name, value in query:
        if name.lower() in _EXPIRIES:
            yield from _times(value)
        elif name == "Policy":
            yield from _cloudfront(value)
        else:
            yield from _akamai(value)
            yield from _jwt(value)
    for segment in map(unquote, parts.path.split("/")):
        yield from _akamai(segment)
        yield from _in_path(segment)
        yield from _jwt(segment)
    yield from _relative(dict(query))


def _times(value: str) -> Iterator[datetime]:
    """Unix time in seconds or milliseconds, or ISO 8601."""
    if _UNIX.fullmatch(value):
        yield _unix(int(value))
    elif _ISO.fullmatch(value):
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return
        yield at if at.tzinfo else at.replace(tzinfo=UTC)


def _unix(number: int) -> datetime:
    return datetime.fromtimestamp(number / 1000 if number >= 10**12 else number, UTC)


def _akamai(text: str) -> Iterator[datetime]:
    if "hmac=" in text:
        for found in _AKAMAI.finditer(text):
            yield _unix(int(found[1]))


def _in_path(segment: str) -> Iterator[datetime]:
    """Bunny's `/bcdn_token=…&expires=…/` and its like: parameters in a segment of the path."""
    if "=" in segment and "hmac=" not in segment:
        for found in _PATH_EXPIRES.finditer(segment):
            yield _unix(int(found[1]))


def _jwt(text: str) -> Iterator[datetime]:
    """RFC 7519, section 4.1.4."""
    for found in _JWT.finditer(text):
        yield from _number_at(_json(found[1]), "exp")


def _cloudfront(policy: str) -> Iterator[datetime]:
    """CloudFront's custom policy: `DateLessThan` of each of its statements."""
    content = _json(policy.replace("-", "+").replace("_", "=").replace("~", "/"))
    statements = content.get("Statement") if isinstance(content, dict) else None
    for statement in statements if isinstance(statements, list) else []:
        try:
            until = statement["Condition"]["DateLessThan"]
        except (KeyError, TypeError):
            continue
        yield from _number_at(until, "AWS:EpochTime")


def _relative(query: dict[str, str]) -> Iterator[datetime]:
    """Signatures of AWS and Google: a moment of signing, and the seconds that it holds."""
    for prefix in ("X-Amz", "X-Goog"):
        signed, lasts = query.get(f"{prefix}-Date", ""), query.get(f"{prefix}-Expires", "")
        if re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", signed) and re.fullmatch(r"[0-9]{1,7}", lasts):
            at = datetime.strptime(signed, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            yield at + timedelta(seconds=int(lasts))


def _number_at(content: Any, key: str) -> Iterator[datetime]:
    number = content.get(key) if isinstance(content, dict) else None
    if isinstance(number, int | float) and 0 < number < 10**14:
        yield _unix(int(number))


def _json(text: str) -> Any:
    """What base64 text holds; nothing where it is none."""
    try:
        standard = text.replace("+", "-").replace("/", "_").rstrip("=")
        return orjson.loads(urlsafe_b64decode(standard + "=" * (-len(standard) % 4)))
    except _FAULTS:
        return None
