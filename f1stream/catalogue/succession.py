"""Which address of a fresh playlist takes the place of one whose token has ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from f1stream.catalogue.sameness import address
from f1stream.hls.tags import STREAM_INF
from f1stream.hls.uris import references

_SEQUENCE = re.compile(rb"^#EXT-X-MEDIA-SEQUENCE:[ \t]*(\d{1,15})", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Listing:
    """The URLs of a playlist in file order: those on lines of their own, and those in tags.

    `first` is the media sequence number of the first line; None for a multivariant playlist.
    """

    first: int | None
    lines: tuple[str, ...]
    tags: tuple[str, ...]


def listed(playlist: bytes, base: str, meant: Callable[[str], str] = lambda url: url) -> Listing:
    """What a playlist that came from `base` lists; `meant` says what a URL in it stands for."""
    lines: list[str] = []
    tags: list[str] = []
    for reference in references(playlist, base):
        in_tag = playlist[max(reference.start - 1, 0) : reference.start] in (b'"', b":")
        url = reference.url.partition(b"#")[0].decode()
        (tags if in_tag else lines).append(meant(url))
    found = _SEQUENCE.search(playlist)
    first = None if STREAM_INF in playlist else int(found[1]) if found else 0
    return Listing(first, tuple(lines), tuple(tags))


def successor(url: str, fresh: Listing, old: Listing | None) -> str | None:
    """The URL of `fresh` that stands where `url` stood in `old`, an earlier state of it.

    The one that differs in nothing but what changes with a token, if there is just one; else what
    has the same media sequence number or, in a playlist of as many URLs, the same place.
    """
    kept = address(url)
    alike = {found for found in (*fresh.lines, *fresh.tags) if address(found) == kept}
    if len(alike) == 1:
        return alike.pop()
    if old is None:
        return None
    if url in old.lines:
        return _at_same_number(old.lines.index(url), fresh, old)
    if url in old.tags and len(old.tags) == len(fresh.tags):
        return fresh.tags[old.tags.index(url)]
    return None


def _at_same_number(place: int, fresh: Listing, old: Listing) -> str | None:
    if fresh.first is None or old.first is None:
        return fresh.lines[place] if len(fresh.lines) == len(old.lines) else None
    place += old.first - fresh.first
    return fresh.lines[place] if 0 <= place < len(fresh.lines) else None
