"""The leader's part: what changes in its catalogue and among its pictures is told to the others."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from f1stream.catalogue import Catalogue, Snapshot
from f1stream.catalogue.record import Contents, dumped_contents, dumped_entries
from f1stream.replicas.pages import Page, digest, divided, is_beyond, named, source_of
from f1stream.replicas.pictures import packed
from f1stream.verifier import Previews

if TYPE_CHECKING:
    from f1stream.replicas.state import State

# Changes come in bursts: they are written together.
SETTLE_S = 0.5


class Telling:
    """Writes what has changed since it was last written."""

    def __init__(self, state: State, catalogue: Catalogue, previews: Previews) -> None:
        self._state = state
        self._catalogue = catalogue
        self._previews = previews
        self._told: dict[str, Snapshot] = {}
        self._pages: dict[str, tuple[Page, str]] = {}
        self._pictures: set[str] = set()
        self._changed = asyncio.Event()
        self._writing = asyncio.Lock()
        catalogue.watch(lambda _: self._changed.set())
        previews.watch(self._note)

    def known(self) -> None:
        """Take the pictures that have changed for known to the others: they came from them."""
        self._pictures.clear()

    async def begin(self) -> None:
        """Have everything written that the shared state does not have from this replica."""
        self._told.clear()
        self._pages.clear()
        there = set(await self._state.names("picture"))
        self._pictures |= there.symmetric_difference(self._previews.ids())
        sources = {health.name for health in self._catalogue.sources()}
        for gone in set(await self._state.names("source")) - sources:
            await self._state.put("source", gone, b"")
        for page in await self._state.names("page"):
            if source_of(page) in sources:
                # Whatever it holds, it is written anew, or removed where it is one too many.
                self._pages[page] = ((), "")
            else:
                await self._state.put("page", page, b"")
        self._changed.set()

    async def run(self) -> None:
        """Write after changes, until cancelled. Raises `LeaseLost` and `StateGone`."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(SETTLE_S)
            await self.now()

    async def now(self) -> None:
        """Write what has changed."""
        async with self._writing:
            self._changed.clear()
            for snapshot in self._catalogue.snapshots():
                if self._told.get(snapshot.health.name) != snapshot:
                    await self._write(snapshot)
                    self._told[snapshot.health.name] = snapshot
            for stream_id in list(self._pictures):
                self._pictures.discard(stream_id)
                picture = self._previews.get(stream_id)
                await self._state.put("picture", stream_id, packed(picture) if picture else b"")

    async def _write(self, snapshot: Snapshot) -> None:
        """Write the pages that have changed, and then which ones there are."""
        source = snapshot.health.name
        digests = []
        for number, page in enumerate(divided(snapshot.entries)):
            name = named(source, number)
            before = self._pages.get(name)
            if before is None or before[0] != page:
                content = await asyncio.to_thread(dumped_entries, page)
                await self._state.put("page", name, content)
                before = self._pages[name] = (page, digest(content))
            digests.append(before[1])
        content = dumped_contents(Contents(snapshot.health, tuple(digests)))
        await self._state.put("source", source, content)
        for name in [each for each in self._pages if is_beyond(each, source, len(digests))]:
            await self._state.put("page", name, b"")
            del self._pages[name]

    def _note(self, stream_id: str) -> None:
        self._pictures.add(stream_id)
        self._changed.set()
