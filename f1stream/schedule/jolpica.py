"""The Jolpica API, the successor of Ergast: one season per request, asked politely.

Its limits are 4 requests a second and 500 an hour
(https://github.com/jolpica/jolpica-f1/blob/main/docs/rate_limits.md). A renewal sends two requests
at most, one after the other, and most are answered by 304.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from f1stream.errors import SourceChanged, UpstreamBusy, UpstreamSlow
from f1stream.models import Upstream, host_of
from f1stream.net.chunks import read_bounded
from f1stream.net.client import Client, checked
from f1stream.net.foreign import Answer, decoded
from f1stream.schedule.ergast import Season
from f1stream.schedule.sessions import VALIDATOR, Race, Schedule

MAX_ANSWER_BYTES = 1 << 20
MAX_WAIT_S = 24 * 3600
_PATIENCE_S = 30.0
_BUSY = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Fetched:
    """A season that is new or changed, with the validators for asking again."""

    races: tuple[Race, ...]
    etag: str | None
    last_modified: str | None


class Jolpica:
    """Fetches seasons from `url`, such as `https://api.jolpi.ca/ergast/f1` or a mirror of it.

    `patience_s` bounds one request with its whole answer. `skew` is how far ahead of the API's
    clock this machine's is, as the last answer tells; None where that says nothing.
    """

    def __init__(self, client: Client, url: str, *, patience_s: float = _PATIENCE_S) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._patience_s = patience_s
        self.skew: timedelta | None = None

    @property
    def host(self) -> str:
        """Who is asked, for messages."""
        return host_of(self._url)

    async def season(self, year: int, known: Schedule | None, now: datetime) -> Fetched | None:
        """The races of `year`; None where `known`, fetched before, still says what they are.

        A season that is not published has no races. Raises `UpstreamError` (`UpstreamBusy` where
        the API wants to be left alone), or `SourceChanged` for an answer of another shape.
        """
        upstream = Upstream(f"{self._url}/{year}.json?limit=100")
        try:
            async with asyncio.timeout(self._patience_s):
                async with self._client.get(upstream, headers=_conditions(known)) as response:
                    self.skew = _skew(response.headers, now)
                    if response.status == 304 and known is not None:
                        return None
                    if response.status == 404:
                        return Fetched((), None, None)
                    return await self._read(response, year, now)
        except TimeoutError:
            raise UpstreamSlow(f"{self.host}: no whole answer in time") from None

    async def _read(self, response: aiohttp.ClientResponse, year: int, now: datetime) -> Fetched:
        if response.status in _BUSY:
            wait_s = _wait_s(response.headers.get("Retry-After"), now)
            raise UpstreamBusy(f"{self.host} answered {response.status}", response.status, wait_s)
        body = await read_bounded(checked(response), MAX_ANSWER_BYTES, self._client.idle_s)
        season = decoded(Season, Answer(body, self._url, response.content_type))
        if season.year not in (year, None):
            raise SourceChanged(f"{self.host}: asked for {year}, got the season {season.year}")
        if not season.complete:
            raise SourceChanged(f"{self.host}: the season {year} does not fit into one answer")
        return Fetched(
            season.races(now),
            _usable(response.headers.get("ETag")),
            _usable(response.headers.get("Last-Modified")),
        )


def _conditions(known: Schedule | None) -> Mapping[str, str]:
    """RFC 9110, section 13.1: answer only if it is something else than what is known."""
    headers = {"Accept": "application/json"}
    if known is not None and known.etag:
        headers["If-None-Match"] = known.etag
    if known is not None and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _usable(value: str | None) -> str | None:
    """A validator that may be kept and sent back."""
    return value if value and re.fullmatch(VALIDATOR, value) else None


def _skew(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """How far `now` is ahead of an answer's time: its `Date`, and its `Age` where it was kept.

    See RFC 9110, section 6.6.1, and RFC 9111, section 5.1.
    """
    try:
        said = parsedate_to_datetime(headers["Date"])
        age = timedelta(seconds=min(int(headers.get("Age", "0")), MAX_WAIT_S))
    except (KeyError, ValueError):
        return None
    return now - (said if said.tzinfo else said.replace(tzinfo=UTC)) - age


def _wait_s(retry_after: str | None, now: datetime) -> float | None:
    """What `Retry-After` asks for, a day at most: seconds or a date (RFC 9110, section 10.2.3)."""
    if retry_after is None:
        return None
    value = retry_after.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), MAX_WAIT_S))
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), MAX_WAIT_S)
