"""What a playlist's lines say beyond its segments: how old it is, and whether it is protected."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_DATE = b"#EXT-X-PROGRAM-DATE-TIME:"
_DURATION = re.compile(rb"#EXTINF:\s*([0-9]{1,6}(?:\.[0-9]{0,9})?)")
_KEY = re.compile(rb"#EXT-X-(?:SESSION-)?KEY:(.*)")
_METHOD = re.compile(rb"METHOD=([A-Z0-9-]{1,40})")
_FORMAT = re.compile(rb'KEYFORMAT="([^"]{0,200})"')
# An origin's clock that is further off says nothing.
_BELIEVED = (timedelta(minutes=-1), timedelta(hours=24))


def latency_s(body: bytes, now: datetime) -> float | None:
    """How long ago the newest media was made, by the last EXT-X-PROGRAM-DATE-TIME.

    That is the date of the segment behind it, to which the durations from there on are added.
    `None` where there is none, or none that can be believed.
    """
    dated, _, rest = body.rpartition(_DATE)
    if not dated:
        return None
    text, _, lines = rest.partition(b"\n")
    try:
        at = datetime.fromisoformat(text.strip().decode())
        before = _waiting_duration_s(dated)
        after = sum(float(found[1]) for found in _DURATION.finditer(lines))
        age = (
            now - (at if at.tzinfo else at.replace(tzinfo=UTC)) - timedelta(seconds=before + after)
        )
    except (ValueError, OverflowError):
        return None
    return round(age.total_seconds(), 1) if _BELIEVED[0] <= age <= _BELIEVED[1] else None


def _waiting_duration_s(dated: bytes) -> float:
    """The duration of the dated segment where its EXTINF stands above its date."""
    for line in reversed(dated.splitlines()):
        if found := _DURATION.match(line):
            return float(found[1])
        if line.strip() and not line.startswith(b"#"):
            return 0.0
    return 0.0


def is_protected(body: bytes) -> bool:
    """Whether every key is one that only a licence server gives (RFC 8216bis 4.4.4.4)."""
    keys = [found[1] for found in _KEY.finditer(body)]
    encrypted = [key for key in keys if (method := _METHOD.search(key)) and method[1] != b"NONE"]
    return bool(encrypted) and all(_is_licensed(key) for key in encrypted)


def _is_licensed(key: bytes) -> bool:
    method = _METHOD.search(key)
    if method is not None and method[1] == b"SAMPLE-AES-CTR":
        return True
    form = _FORMAT.search(key)
    return form is not None and form[1].lower() != b"identity"
