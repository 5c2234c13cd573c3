"""The pictures that checks took: one for each stream, in memory, and on disk for the next start."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from f1stream import store

log = logging.getLogger(__name__)

FOLDER = "previews"
MAX_BYTES = 30 * 1024
# In all 12 MB at most.
MOST = 400
_JPEG = b"\xff\xd8\xff"
_NAME = re.compile(r"([a-z0-9-]{1,64})\.jpg")


@dataclass(frozen=True, slots=True)
class Preview:
    """A JPEG; `version` is another one for each other picture."""

    jpeg: bytes
    version: str
    taken_at: datetime


class Previews:
    """Keeps the newest picture of each of `most` streams in a folder of `directory`.

    Where that can't be written there is one warning, and the pictures live in memory. `clock` is
    wall time.
    """

    def __init__(
        self,
        directory: Path,
        *,
        most: int = MOST,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._folder = directory / FOLDER
        self._most = most
        self._clock = clock
        self._kept: dict[str, Preview] = {}
        self._failing = False
        self._watchers: list[Callable[[str], None]] = []

    def __repr__(self) -> str:
        size_bytes = sum(len(preview.jpeg) for preview in self._kept.values())
        return f"<Previews {len(self._kept)} pictures · {size_bytes >> 10} KiB>"

    def watch(self, told: Callable[[str], None]) -> None:
        """Call `told` with the stream's id after each picture that is new or forgotten."""
        self._watchers.append(told)

    def ids(self) -> list[str]:
        """The streams that there are pictures of."""
        return list(self._kept)

    def get(self, stream_id: str) -> Preview | None:
        """The newest picture of a stream, if there is one."""
        return self._kept.get(stream_id)

    async def recall(self) -> None:
        """Take the pictures of before a restart, the newest ones."""
        self._kept = await asyncio.to_thread(self._read)

    async def keep(self, stream_id: str, picture: bytes, taken_at: datetime | None = None) -> None:
        """Take the newest picture of a stream; what is no JPEG of `MAX_BYTES` at most is not."""
        if not picture.startswith(_JPEG) or len(picture) > MAX_BYTES:
            log.debug("a picture of %d bytes is not kept", len(picture))
            return
        # The oldest one is always the first.
        self._kept.pop(stream_id, None)
        self._kept[stream_id] = _preview(
            picture, (taken_at or self._clock()).replace(microsecond=0)
        )
        self._tell(stream_id)
        await self._on_disk(lambda: self._write(stream_id, picture))
        excess = max(len(self._kept) - self._most, 0)
        await self._forget(list(self._kept)[:excess])

    async def keep_only(self, stream_ids: Collection[str]) -> None:
        """Forget the pictures of all other streams."""
        await self._forget([gone for gone in self._kept if gone not in stream_ids])

    async def _forget(self, gone: Collection[str]) -> None:
        for stream_id in gone:
            self._kept.pop(stream_id, None)
            self._tell(stream_id)
        if gone:
            await self._on_disk(lambda: self._remove(gone))

    def _tell(self, stream_id: str) -> None:
        for told in self._watchers:
            told(stream_id)

    async def _on_disk(self, change: Callable[[], None]) -> None:
        try:
            await asyncio.to_thread(change)
        except OSError as error:
            if not self._failing:
                log.warning(
                    "%s can't be written (%s): previews are forgotten at a restart; make the "
                    "folder writable, free some space, or set data.dir",
                    self._folder,
                    error.strerror,
                )
            self._failing = True
        else:
            if self._failing:
                log.info("%s can be written again", self._folder)
            self._failing = False

    def _write(self, stream_id: str, picture: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        store.write_atomically(self._path(stream_id), store.sealed(picture), mode=0o600)

    def _remove(self, gone: Collection[str]) -> None:
        for stream_id in gone:
            self._path(stream_id).unlink(missing_ok=True)

    def _path(self, stream_id: str) -> Path:
        return self._folder / f"{stream_id}.jpg"

    def _read(self) -> dict[str, Preview]:
        # Of any stream: the star goes into the pattern.
        store.swept(self._path("*"))
        found: list[tuple[str, Preview]] = []
        try:
            for path in self._folder.iterdir():
                if name := _NAME.fullmatch(path.name):
                    found.extend((name[1], preview) for preview in _readable(path))
        except FileNotFoundError:
            pass
        except OSError as error:
            log.warning(
                "%s can't be read (%s): previews come back with the next proofs",
                self._folder,
                error.strerror,
            )
        found.sort(key=lambda each: each[1].taken_at)
        return dict(found[-self._most :])


def _readable(path: Path) -> list[Preview]:
    """The picture in a file; none where that holds anything else, or nobody may know what."""
    try:
        with path.open("rb") as file:
            jpeg = store.unsealed(file.read(MAX_BYTES + store.SEAL_BYTES + 1))
            taken_at = datetime.fromtimestamp(int(path.stat().st_mtime), UTC)
    except (OSError, ValueError):
        return []
    whole = jpeg.startswith(_JPEG) and len(jpeg) <= MAX_BYTES
    return [_preview(jpeg, taken_at)] if whole else []


def _preview(jpeg: bytes, taken_at: datetime) -> Preview:
    return Preview(jpeg, hashlib.blake2b(jpeg, digest_size=6).hexdigest(), taken_at)
