"""A stream's identity: from its source and its own key there, never from its URL."""

from __future__ import annotations

import hashlib
import re
import unicodedata


def stream_id(site_name: str, key: str) -> str:
    """A slug that a person can read and that stays through refreshes, tokens and restarts.

    At most 64 characters of `[a-z0-9-]`; the digest at its end tells apart what reads alike.
    """
    digest = hashlib.blake2b(f"{site_name}\0{key}".encode(), digest_size=4).hexdigest()
    words = slug(f"{site_name} {key}")[:55].strip("-")
    return f"{words}-{digest}" if words else digest


def slug(text: str) -> str:
    """`text` in lower-case ASCII letters and digits, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
