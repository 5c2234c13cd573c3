"""Streams that a feed announces: RSS 2.0, Atom, Media RSS."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field, ValidationError

from f1stream.errors import SourceChanged, TooLarge
from f1stream.extractors.addresses import absolute, place_key
from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.foreign import Answer, Foreign, fetched
from f1stream.extractors.markup import one_line
from f1stream.extractors.options import Headers, SecretUrl, plain
from f1stream.extractors.playlists import is_playlist_name, is_playlist_type
from f1stream.models import Found, Lead, host_of

# feedparser takes a tenth of a millisecond for each element and can't be stopped.
MAX_FEED_BYTES = 4 << 20
MAX_ELEMENTS = 50_000
_ACCEPT = {"Accept": "application/atom+xml,application/rss+xml,application/xml;q=0.9,*/*;q=0.5"}


class _Link(Foreign):
    """A link of RSS or Atom, which names its address `href`, or a content of Media RSS, `url`."""

    rel: str = ""
    href: str = ""
    url: str = ""
    type: str = ""

    @property
    def address(self) -> str:
        return self.href or self.url

    @property
    def is_playlist(self) -> bool:
        return is_playlist_type(self.type) or is_playlist_name(self.address)


class _Entry(Foreign):
    id: str = ""
    title: str = ""
    link: str = ""
    links: tuple[_Link, ...] = ()
    media_content: tuple[_Link, ...] = ()
    # Year to second, UTC.
    published_parsed: tuple[int, ...] | None = None
    updated_parsed: tuple[int, ...] | None = None

    @property
    def playlists(self) -> Iterator[str]:
        enclosures = (link for link in self.links if link.rel == "enclosure")
        return (it.address for it in (*enclosures, *self.media_content) if it.is_playlist)

    @property
    def dated(self) -> tuple[int, ...]:
        return self.published_parsed or self.updated_parsed or ()


class Feed(Extractor):
    """A feed whose entries are streams, or pages that have one.

    An entry's enclosure that is a playlist is a stream; an entry without one hands its link to
    the extractor that `via` names.
    """

    key: ClassVar[str] = "feed"
    example: ClassVar[str] = """
[[sources]]
type = "feed"
name = "Broadcaster's live feed"
url = "https://example.org/live.rss"
via = "streamlink"
newest = 5
match = ["Formula 1", "F1"]
"""

    url: SecretUrl = Field(description="The feed.")
    headers: Headers = Field(
        default_factory=dict, description="Request headers that the feed's host wants."
    )
    via: Literal["page", "streamlink", "ytdlp", "browser", "oembed", "direct"] = Field(
        default="page", description="The extractor that is handed an entry's link."
    )
    newest: int = Field(default=10, ge=1, le=200, description="Only so many entries, newest first.")

    async def find(self, web: Web) -> AsyncIterator[Found | Lead]:
        answer = await fetched(
            web,
            self.url.get_secret_value(),
            headers=_ACCEPT | plain(self.headers),
            max_bytes=MAX_FEED_BYTES,
        )
        entries = await asyncio.to_thread(entries_of, answer)
        # Sorting is stable: undated entries keep the feed's own order, behind the dated ones.
        for entry in sorted(entries, key=lambda entry: entry.dated, reverse=True)[: self.newest]:
            for found in self._of(entry, answer.url):
                yield found

    def _of(self, entry: _Entry, base: str) -> Iterator[Found | Lead]:
        title = one_line(entry.title) or self.name
        link = absolute(entry.link, base)
        key = entry.id or (place_key(link) if link else title)
        playlists = dict.fromkeys(
            url for address in entry.playlists if (url := absolute(address, base))
        )
        for number, url in enumerate(playlists, 1):
            yield Found(key=key if number == 1 else f"{key} {number}", title=title, url=url)
        if not playlists and link and self.wants(title):
            yield Lead(to=self.via, key=key, title=title, url=link)


def entries_of(answer: Answer) -> list[_Entry]:
    """The entries of a feed; takes a second or so for a large one."""
    # It takes as long to import as most of the rest, and few need it.
    import feedparser

    if answer.body.count(b"<") > 2 * MAX_ELEMENTS:
        raise TooLarge(f"{host_of(answer.url)}: the feed has more than {MAX_ELEMENTS} elements")
    charset = f"; charset={answer.charset}" if answer.charset else ""
    declared = {"content-type": f"{answer.content_type}{charset}"}
    # A file object: feedparser would take bytes and texts for an address or a path first.
    # Titles stay text, so nothing in them needs to be made harmless here.
    parsed: Any = feedparser.parse(
        io.BytesIO(answer.body), response_headers=declared, sanitize_html=False
    )
    if not parsed.get("version"):
        raise SourceChanged(f"{host_of(answer.url)}: the answer is neither RSS nor Atom")
    return [
        _entry(entry, f"{host_of(answer.url)}: entries.{number}")
        for number, entry in enumerate(parsed["entries"])
    ]


def _entry(entry: Mapping[str, Any], place: str) -> _Entry:
    try:
        # A plain dict: feedparser's own warns of what it makes up.
        return _Entry.model_validate(dict(entry))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise SourceChanged(f"{place}.{where}: {first['msg']}") from None
