"""One playlist as players get it."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import NamedTuple

from f1stream.hls.delta import delta
from f1stream.hls.directives import Skip
from f1stream.hls.links import Link
from f1stream.hls.pace import Pace
from f1stream.hls.progress import Progress, Skips, skips

# Smaller than this fits into one packet or two: nothing is gained.
GZIP_FROM_BYTES = 1400
# Former bodies that date ranges are compared with.
_REMEMBERED_EACH_S = 1.0
_MOST_REMEMBERED = 64
# The delta update of a longer one is made in a thread, so that the loop goes on.
_QUICK_BYTES = 32 << 10
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
    where that was done already. `newest` is the segment that a live one ends with, where that is a
    resource of its own. `deltas` are the delta updates that were made. `memory` is for whoever
    makes the next one, `messages` for whoever sends it: the forms it was put into before.
    """

    body: bytes
    pace: Pace
    checked_at: float
    asked_at: float
    progress: Progress | None = None
    memory: object = None
    packed: bytes | None = None
    newest: str | None = None
    source_digest: bytes = b""
    validators: dict[str, str] = field(default_factory=dict)
    former: tuple[tuple[float, bytes], ...] = ()
    messages: dict[Hashable, object] = field(default_factory=dict)
    deltas: dict[Skip, bytes] = field(default_factory=dict)
    skips: Skips | None = field(init=False)
    etag: str = field(init=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.etag = etag_of(self.body)
        self.skips = skips(self.body)

    def has_slow(self, skip: Skip) -> bool:
        """Whether that delta update is yet to be made, and takes long: see `make_delta`."""
        if self.skips is None or skip in self.deltas:
            return False
        return len(self.body) > _QUICK_BYTES

    async def make_delta(self, skip: Skip) -> None:
        """Make a delta update that takes long, once for all who ask for it."""
        async with self._turn:
            if self.has_slow(skip):
                made, packed = await asyncio.to_thread(_packed_delta, self, skip)
                self.deltas[skip], self.messages[made] = made, packed


def remembered(made: Playlist, before: Playlist | None) -> tuple[tuple[float, bytes], ...]:
    """The former bodies that a playlist which takes the place of `before` keeps, newest first."""
    if before is None or made.skips is None or not made.skips.date_ranges:
        return ()
    former = before.former
    if not former or before.checked_at - former[0][0] >= _REMEMBERED_EACH_S:
        former = ((before.checked_at, before.body), *former)
    since = made.checked_at - made.skips.until_s / 2
    # The newest of those that are old enough is of use, and nothing behind it.
    needed = sum(at > since for at, _ in former) + 1
    return former[: min(needed, _MOST_REMEMBERED)]


def delta_of(playlist: Playlist, skip: Skip) -> bytes:
    """The delta update of a playlist (RFC 8216bis 6.2.5.1); all of it where there is none."""
    if playlist.skips is None:
        return playlist.body
    if skip not in playlist.deltas:
        playlist.deltas[skip] = _delta(playlist, playlist.skips, skip)
    return playlist.deltas[skip]


def _delta(playlist: Playlist, has: Skips, skip: Skip) -> bytes:
    since = playlist.checked_at - has.until_s / 2
    earlier = next((body for at, body in playlist.former if at <= since), None)
    return delta(playlist.body, skip, earlier)


def _packed_delta(playlist: Playlist, skip: Skip) -> tuple[bytes, bytes | None]:
    made = playlist.body if playlist.skips is None else _delta(playlist, playlist.skips, skip)
    return made, gzipped(made)


def etag_of(body: bytes) -> str:
    """A strong entity tag (RFC 9110, section 8.8.3): the same for the same bytes."""
    return f'"{hashlib.blake2b(body, digest_size=9).hexdigest()}"'


def gzipped(body: bytes) -> bytes | None:
    """The body compressed; None where that gains nothing."""
    if len(body) < GZIP_FROM_BYTES:
        return None
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return packer.compress(body) + packer.flush()
