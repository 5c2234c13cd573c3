"""The catalogue, or a part of it, as bytes and back.

A first line says the version of the format, the digest of what follows and its length, so that a
file that was cut, altered or written by a newer f1stream is known for what it is. What follows is
JSON, checked by type.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from f1stream.catalogue.entry import Entry
from f1stream.catalogue.memory import Remembered
from f1stream.catalogue.sources import SourceHealth

VERSION = 1
_MAGIC = b"f1stream-catalogue"
_SHAPE = TypeAdapter(list[Remembered])
_ENTRIES = TypeAdapter(tuple[Entry, ...])
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Contents:
    """A source's state, and by which digests the pages of its streams are known."""

    health: SourceHealth
    pages: tuple[str, ...]


_CONTENTS = TypeAdapter(Contents)


class Unreadable(ValueError):
    """Bytes that hold no catalogue; the message says why, without quoting any."""


def dumped(remembered: Sequence[Remembered]) -> bytes:
    """The bytes that `loaded` reads. They hold the streams' URLs, and so credentials."""
    return _headed(_SHAPE.dump_json(list(remembered)))


def loaded(content: bytes) -> list[Remembered]:
    """What was remembered. Raises `Unreadable`."""
    return _read(content, _SHAPE)


def dumped_entries(entries: tuple[Entry, ...]) -> bytes:
    """The bytes that `loaded_entries` reads; they hold credentials, too."""
    return _headed(_ENTRIES.dump_json(entries))


def loaded_entries(content: bytes) -> tuple[Entry, ...]:
    """Some of a source's streams. Raises `Unreadable`."""
    return _read(content, _ENTRIES)


def dumped_contents(contents: Contents) -> bytes:
    """The bytes that `loaded_contents` reads."""
    return _headed(_CONTENTS.dump_json(contents))


def loaded_contents(content: bytes) -> Contents:
    """A source's state and its pages. Raises `Unreadable`."""
    return _read(content, _CONTENTS)


def _headed(body: bytes) -> bytes:
    return b"%b %d %b %d\n%b" % (_MAGIC, VERSION, _digest(body), len(body), body)


def _read(content: bytes, shape: TypeAdapter[_T]) -> _T:
    head, _, body = content.partition(b"\n")
    match head.split(b" "):
        case [magic, version, digest, length] if magic == _MAGIC:
            _check(version, digest, length, body)
        case _:
            raise Unreadable("it does not begin as a catalogue")
    try:
        return shape.validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unreadable(f"{where}: {first['type']}") from None


def _check(version: bytes, digest: bytes, length: bytes, body: bytes) -> None:
    if not version.isdigit() or not length.isdigit():
        raise Unreadable("its first line is damaged")
    if int(version) != VERSION:
        raise Unreadable(f"its format is {int(version)}, this version reads {VERSION}")
    if int(length) != len(body):
        raise Unreadable(f"it has {len(body)} of {int(length)} bytes")
    if digest != _digest(body):
        raise Unreadable("its content does not match its digest")


def _digest(body: bytes) -> bytes:
    return hashlib.blake2b(body, digest_size=16).hexdigest().encode()
