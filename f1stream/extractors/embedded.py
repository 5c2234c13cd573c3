"""What a page embeds: the media it names itself, and the frames it leaves that to. No I/O.

Sources: the HTML standard (video, source, iframe), the Open Graph protocol (og:video), Twitter's
player card, schema.org's VideoObject in JSON-LD, and what players' scripts have in common: the
playlist's URL stands in them as a string.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import orjson
from pydantic import ValidationError
from selectolax.lexbor import LexborHTMLParser

from f1stream.extractors.addresses import absolute
from f1stream.extractors.foreign import Foreign
from f1stream.extractors.markup import attribute, base_of, one_line, title_of, tree_of
from f1stream.extractors.playlists import is_playlist_type

MAX_MEDIA = 200
MAX_FRAMES = 20
_MAX_NODES = 20_000
_MAX_LINKED_DATA_CHARS = 1 << 20
_MAX_STRING_CHARS = 2048
_MAX_MARKS = 2000

_VIDEO_NAMES = ("og:video", "og:video:url", "og:video:secure_url")
_STREAM_NAMES = ("twitter:player:stream",)


@dataclass(frozen=True, slots=True)
class Media:
    """One address of media. `surely` says that the page calls it a playlist."""

    url: str = field(repr=False)
    title: str = ""
    surely: bool = False


@dataclass(frozen=True, slots=True)
class Embedded:
    """What one page embeds, in its order and without repetition."""

    title: str
    media: tuple[Media, ...] = field(repr=False)
    frames: tuple[str, ...] = field(repr=False)


def embedded_in(text: str, url: str) -> Embedded:
    """Read the HTML of the page at `url`. Takes a fraction of a second for a page of 5 MB."""
    tree = tree_of(text)
    base = base_of(tree, url)
    videos = list(_linked_data(tree))
    media: dict[str, Media] = {}
    for found in _media(tree, videos):
        place = absolute(found.url, base)
        if place and place not in media and len(media) < MAX_MEDIA:
            media[place] = Media(place, found.title, found.surely)
    frames = dict.fromkeys(
        place for address in _frames(tree, videos) if (place := absolute(address, base))
    )
    title = title_of(tree) or next((video.title for video in videos if video.title), "")
    return Embedded(title, tuple(media.values()), tuple(islice(frames, MAX_FRAMES)))


def _media(tree: LexborHTMLParser, videos: list[_Video]) -> Iterator[Media]:
    for node in tree.css("video, source"):
        kind = attribute(node, "type")
        yield Media(attribute(node, "src", "data-src"), surely=is_playlist_type(kind))
    kind = _meta(tree, ("og:video:type",))
    for address in (*_metas(tree, _VIDEO_NAMES), *_metas(tree, _STREAM_NAMES)):
        yield Media(address, surely=is_playlist_type(kind))
    for video in videos:
        for address in video.media:
            yield Media(address, video.title)
    for script in tree.css("script"):
        for address in playlists_in(script.text()):
            yield Media(address)


def _frames(tree: LexborHTMLParser, videos: list[_Video]) -> Iterator[str]:
    for node in tree.css("iframe"):
        yield attribute(node, "src", "data-src")
    for video in videos:
        yield from video.players
    if _meta(tree, ("og:video:type",)).lower().startswith("text/html"):
        yield from _metas(tree, _VIDEO_NAMES)


def _metas(tree: LexborHTMLParser, names: tuple[str, ...]) -> Iterator[str]:
    for node in tree.css("meta"):
        if attribute(node, "property", "name").lower() in names:
            yield attribute(node, "content")


def _meta(tree: LexborHTMLParser, names: tuple[str, ...]) -> str:
    return next(_metas(tree, names), "")


@dataclass(frozen=True, slots=True)
class _Video:
    title: str
    media: tuple[str, ...]
    players: tuple[str, ...]


class _VideoObject(Foreign):
    name: object = ""
    contentUrl: str | tuple[str, ...] = ()
    embedUrl: str | tuple[str, ...] = ()

    def read(self) -> _Video:
        title = one_line(self.name) if isinstance(self.name, str) else ""
        return _Video(title, _listed(self.contentUrl), _listed(self.embedUrl))


def _listed(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value


def _linked_data(tree: LexborHTMLParser) -> Iterator[_Video]:
    """Each VideoObject of the page's JSON-LD, however deep; what is malformed is passed over."""
    for script in tree.css('script[type="application/ld+json"]'):
        text = script.text()
        if len(text) > _MAX_LINKED_DATA_CHARS:
            continue
        try:
            data = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        for item in islice(_objects(data), _MAX_NODES):
            if "VideoObject" in _types(item):
                try:
                    yield _VideoObject.model_validate(item).read()
                except ValidationError:
                    continue


def _objects(data: Any) -> Iterator[dict[str, Any]]:
    waiting = [data]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(reversed(item.values()))
        elif isinstance(item, list):
            waiting.extend(reversed(item))


def _types(item: dict[str, Any]) -> list[Any]:
    stated = item.get("@type")
    return stated if isinstance(stated, list) else [stated]


_MARK = re.compile(r"\.m3u8", re.IGNORECASE)
_STRING_START = re.compile(r"[\"'`<>\s]")
_STRING_END = re.compile(r"[\"'`<>\s]|\\+[\"'`nrt]")
_ESCAPED = re.compile(r"\\+(?:u00([0-9a-fA-F]{2})|x([0-9a-fA-F]{2})|(/))")
# A reference of RFC 3986 with something before its suffix: not a pattern, not a template.
_REFERENCE = re.compile(r"[\w~:/?#@!$&'()+,;=%\[\].-]*[\w~%=)-]\.m3u8(?:[?#;/&][^\\{}|^*]*)?", re.I)


def playlists_in(script: str) -> Iterator[str]:
    """The addresses of playlists that stand as strings in a script or in JSON, unescaped."""
    seen: set[str] = set()
    for mark in islice(_MARK.finditer(script), _MAX_MARKS):
        string = _string_around(script, mark.start(), mark.end())
        if string not in seen and len(seen) < MAX_MEDIA:
            seen.add(string)
            address = _unescaped(string)
            if _REFERENCE.fullmatch(address):
                yield address


def _string_around(script: str, start: int, end: int) -> str:
    before = script[max(0, start - _MAX_STRING_CHARS) : start]
    cut = _STRING_START.search(before[::-1])
    head = before[len(before) - cut.start() :] if cut else before
    after = script[end : end + _MAX_STRING_CHARS]
    stop = _STRING_END.search(after)
    return head + script[start:end] + (after[: stop.start()] if stop else after)


def _unescaped(string: str) -> str:
    """As the script means it: without the escapes of JSON, of JavaScript and of HTML."""
    plain = _ESCAPED.sub(lambda at: at[3] or chr(int(at[1] or at[2], 16)), string)
    return html.unescape(plain)
