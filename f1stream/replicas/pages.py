"""A source's streams in pages: when one stream changes, not all of a thousand are written and read.

Reading a page holds the interpreter for some milliseconds, in which no viewer is served.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TypeAlias

from f1stream.catalogue import Entry

PAGE = 50
Page: TypeAlias = tuple[Entry, ...]


def divided(entries: tuple[Entry, ...]) -> Iterator[Page]:
    """The streams in their order, `PAGE` at a time."""
    return (entries[at : at + PAGE] for at in range(0, len(entries), PAGE))


def named(source: str, number: int) -> str:
    """The name of one page of a source."""
    return f"{number} {source}"


def source_of(name: str) -> str:
    """The source that a page is of, by the page's name."""
    return name.partition(" ")[2]


def is_beyond(name: str, source: str, count: int) -> bool:
    """Whether that is the name of a page which a source of `count` pages does not have."""
    number = name.partition(" ")[0]
    return source_of(name) == source and not (number.isdecimal() and int(number) < count)


def digest(content: bytes) -> str:
    """What a page is known by."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()
