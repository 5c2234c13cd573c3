"""The catalogue's memory: read once at the start, written a little after each change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from f1stream import store
from f1stream.catalogue import Catalogue, Remembered
from f1stream.catalogue.record import Unreadable, dumped, loaded

log = logging.getLogger(__name__)

FILE = "catalogue.json"
# A round changes the catalogue a thousand times; it is written once or twice.
SETTLE_S = 2.0
# A write that fails is tried again when there is something new, and not sooner than this.
RETRY_S = 30.0
LAST_WRITE_S = 5.0


class Keeping:
    """Keeps a catalogue in `directory`, readable by its owner only: its URLs hold credentials.

    Where the directory can't be written there is one warning, and the catalogue lives in memory.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        directory: Path,
        *,
        settle_s: float = SETTLE_S,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._catalogue = catalogue
        self._path = directory / FILE
        self._settle_s = settle_s
        self._clock = clock
        self._changed = asyncio.Event()
        self._failing = False
        catalogue.watch(lambda _: self._changed.set())

    async def recall(self) -> None:
        """Give the catalogue what was known before a restart; a damaged file is set aside."""
        remembered = await asyncio.to_thread(self._read)
        self._catalogue.recall(remembered, self._clock())

    async def run(self) -> None:
        """Write after changes until cancelled, and what is not written yet then."""
        try:
            while True:
                await self._changed.wait()
                await asyncio.sleep(self._settle_s)
                await self._write()
                if self._failing:
                    await asyncio.sleep(RETRY_S)
        finally:
            if self._changed.is_set():
                await self._write_last()

    async def _write_last(self) -> None:
        try:
            async with asyncio.timeout(LAST_WRITE_S):
                await self._write()
        except TimeoutError:
            log.warning("%s: the last changes could not be written in time", self._path)

    async def _write(self) -> None:
        self._changed.clear()
        remembered = self._catalogue.remembered()
        try:
            await asyncio.to_thread(self._save, remembered)
        except OSError as error:
            self._changed.set()
            if not self._failing:
                log.warning(
                    "%s can't be written (%s): what was found is forgotten at a restart; make "
                    "the folder writable, free some space, or set data.dir",
                    self._path,
                    error.strerror,
                )
            self._failing = True
        else:
            if self._failing:
                log.info("%s can be written again", self._path)
            self._failing = False

    def _save(self, remembered: list[Remembered]) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        store.write_atomically(self._path, dumped(remembered), mode=0o600)

    def _read(self) -> list[Remembered]:
        store.swept(self._path)
        try:
            return loaded(self._path.read_bytes())
        except FileNotFoundError:
            return []
        except Unreadable as fault:
            self._set_aside(fault)
        except OSError as error:
            log.warning(
                "%s can't be read (%s): nothing is known until the sources are read; make it "
                "readable to this user, or delete it",
                self._path,
                error.strerror,
            )
        return []

    def _set_aside(self, fault: Unreadable) -> None:
        try:
            aside = store.set_aside(self._path)
        except OSError as error:
            log.warning("%s: %s; it can't be renamed (%s)", self._path, fault, error.strerror)
            return
        log.warning(
            "%s: %s; it is now %s and a new one is made from the sources: delete it, or put it "
            "back with the version that wrote it",
            self._path,
            fault,
            aside.name,
        )
