"""One playlist as players get it."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

from f1stream.hls.delta import delta
from f1stream.hls.directives import Skip
from f1stream.hls.links import Link
from f1stream.hls.pace import Pace
from f1stream.hls.progress import Progress, can_skip_date_ranges, skip_until_s

# Smaller than this fits into one packet or two: nothing is gained.
GZIP_FROM_BYTES = 1400
# Former bodies that date ranges are compared with.
_REMEMBERED_EACH_S = 1.0
_MOST_REMEMBERED = 64
_GZIP_LEVEL = 4
_GZIP_WINDOW = 31


class PlaylistKey(NamedTuple):
    """What tells two playlists apart."""

    scope: str
    url: str
    variables: tuple[tuple[str, str], ...] = ()
    quality: int | None = None


def key_of(link: Link, quality: int | None) -> PlaylistKey:
    """The key under which what `link` stands for is held."""
    return PlaylistKey(link.scope, link.url, tuple(sorted(link.variables.items())), quality)


@dataclass(slots=True, eq=False)
class Playlist:
    """A playlist ready to be sent, and what is needed to fetch the next one.

    `checked_at` is when the upstream last answered, `asked_at` when it was last asked, on the
    store's clock; where the upstream was asked to wait, the two are the same. `progress` is set
    where a reload can be waited for. `former` are bodies that it had before, each with the moment
    of its answer, as far as a delta update can have use for them. `packed` is the body compressed,
    where that was done already. `memory` is for whoever makes the next one, `messages` for whoever
    sends it: the forms it was put into before.
    """

    body: bytes
    pace: Pace
    checked_at: float
    asked_at: float
    progress: Progress | None = None
    memory: object = None
    packed: bytes | None = None
    source_digest: bytes = b""
    validators: dict[str, str] = field(default_factory=dict)
    former: tuple[tuple[float, bytes], ...] = ()
    messages: dict[Hashable, object] = field(default_factory=dict)
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        self.etag = etag_of(self.body)


def remembered(made: Playlist, before: Playlist | None) -> tuple[tuple[float, bytes], ...]:
    """The former bodies that a playlist which takes the place of `before` keeps, newest first."""
    if before is None or not can_skip_date_ranges(made.body):
        return ()
    former = before.former
    if not former or before.checked_at - former[0][0] >= _REMEMBERED_EACH_S:
        former = ((before.checked_at, before.body), *former)
    since = made.checked_at - (skip_until_s(made.body) or 0) / 2
    # The newest of those that are old enough is of use, and nothing behind it.
    needed = sum(at > since for at, _ in former) + 1
    return former[: min(needed, _MOST_REMEMBERED)]


def delta_of(playlist: Playlist, skip: Skip) -> bytes:
    """The delta update of a playlist (RFC 8216bis 6.2.5.1); all of it where there is none."""
    since = playlist.checked_at - (skip_until_s(playlist.body) or 0) / 2
    earlier = next((body for at, body in playlist.former if at <= since), None)
    return delta(playlist.body, skip, earlier)


def etag_of(body: bytes) -> str:
    """A strong entity tag (RFC 9110, section 8.8.3): the same for the same bytes."""
    return f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'


def gzipped(body: bytes) -> bytes | None:
    """The body compressed; None where that gains nothing."""
    if len(body) < GZIP_FROM_BYTES:
        return None
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return packer.compress(body) + packer.flush()
