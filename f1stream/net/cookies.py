"""What upstream hosts want to be told again (RFC 6265), kept apart for each stream.

Viewers share a stream's jar and never see what is in it: a cookie that the multivariant playlist
sets goes with the segments' requests, whoever asks for them.
"""

from __future__ import annotations

from collections import OrderedDict

import aiohttp
from yarl import URL

# Streams that are played at the same time, and what one of them may have remembered.
MOST_JARS = 256
MOST_COOKIES = 64
MOST_COOKIE_BYTES = 4096


class Cookies:
    """The jars, by name; those that were used last are kept."""

    def __init__(self) -> None:
        self._jars: OrderedDict[str, aiohttp.CookieJar] = OrderedDict()

    def __repr__(self) -> str:
        return f"<Cookies {len(self._jars)} jars>"

    def header(self, jar: str, url: URL) -> str | None:
        """The value of the `Cookie` field for a request; None for no such field."""
        if jar not in self._jars:
            return None
        self._jars.move_to_end(jar)
        found = self._jars[jar].filter_cookies(url)
        return "; ".join(f"{one.key}={one.coded_value}" for one in found.values()) or None

    def take(self, jar: str, response: aiohttp.ClientResponse) -> None:
        """Remember what a response sets."""
        said = [
            line
            for line in response.headers.getall("Set-Cookie", ())
            if len(line) <= MOST_COOKIE_BYTES
        ]
        if not said or not jar:
            return
        # Addresses are hosts here as names are: an operator's own servers may have no others.
        kept = self._jars.setdefault(jar, aiohttp.CookieJar(unsafe=True))
        if len(kept) + len(said) <= MOST_COOKIES:
            kept.update_cookies_from_headers(said, response.url)
        if len(self._jars) > MOST_JARS:
            self._jars.popitem(last=False)
