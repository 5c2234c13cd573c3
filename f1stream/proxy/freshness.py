"""How long an answer may be used again (RFC 9111), by age on a monotonic clock."""

from __future__ import annotations

import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from multidict import MultiMapping

# Media segments do not change under their URL: what says nothing of its life gets this one.
DEFAULT_S = 60.0
MAX_S = 24 * 3600.0

_DIRECTIVE = re.compile(r'([a-z-]+)(?:\s*=\s*"?([^",\s]*)"?)?', re.IGNORECASE)


def lifetime_s(headers: Mapping[str, str]) -> float:
    """Seconds for which an answer with these headers is fresh from its arrival on.

    0 for what may only be shared while it is on its way: `no-store`, `private`, `no-cache`, what
    is stale on arrival, and what varies with more than the encoding and the asking origin.
    """
    directives = _directives(_field(headers, "Cache-Control"))
    if directives.keys() & {"no-store", "no-cache", "private"} or _varies(headers):
        return 0.0
    stated = directives.get("s-maxage", directives.get("max-age"))
    if stated is None:
        stated_s = _until_expiry_s(headers)
    else:
        stated_s = _seconds(stated)
    return max(0.0, min(stated_s - age_s(headers), MAX_S))


def age_s(headers: Mapping[str, str]) -> float:
    """How old the answer says it was on arrival, in seconds."""
    return _seconds(headers.get("Age", "0"))


def _field(headers: Mapping[str, str], name: str) -> str:
    """A field's value; several lines of it are one list (RFC 9110, section 5.3)."""
    if isinstance(headers, MultiMapping):
        return ", ".join(headers.getall(name, []))
    return headers.get(name, "")


def _directives(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in _DIRECTIVE.findall(text):
        found.setdefault(name.lower(), value)
    return found


def _seconds(text: str) -> float:
    # A negative or malformed number makes the answer stale (RFC 9111, section 4.2.1).
    return float(text[:12]) if text.isascii() and text.isdigit() else 0.0


def _varies(headers: Mapping[str, str]) -> bool:
    names = {name.strip().lower() for name in _field(headers, "Vary").split(",")}
    return bool(names - {"", "accept-encoding", "origin"})


def _until_expiry_s(headers: Mapping[str, str]) -> float:
    """`Expires` less the upstream's own `Date`: this machine's clock has no say in it."""
    expires = headers.get("Expires")
    if expires is None:
        return DEFAULT_S
    try:
        until = parsedate_to_datetime(expires) - parsedate_to_datetime(headers["Date"])
    except (KeyError, ValueError, TypeError):
        return 0.0
    return until.total_seconds()
