"""The others' part: what the leader has told is taken over, all at first, then what changes."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from f1stream.catalogue import Catalogue, Entry, Snapshot
from f1stream.catalogue.record import Unreadable, loaded_contents, loaded_entries
from f1stream.replicas.pages import digest, named
from f1stream.replicas.pictures import unpacked
from f1stream.replicas.telling import Telling
from f1stream.verifier import Previews

if TYPE_CHECKING:
    from f1stream.replicas.state import State

log = logging.getLogger(__name__)


class Following:
    """Takes from the shared state into the catalogue and among the pictures."""

    def __init__(
        self, state: State, catalogue: Catalogue, previews: Previews, telling: Telling
    ) -> None:
        self._state = state
        self._catalogue = catalogue
        self._previews = previews
        self._telling = telling
        self._pages: dict[str, dict[str, tuple[Entry, ...]]] = {}
        self._unreadable = False

    async def everything(self) -> None:
        """Take all there is. Raises `StateGone`."""
        if not await self.sources():
            # A new or an emptied Redis knows less than this replica.
            return
        pictures = await self._state.names("picture")
        for stream_id in pictures:
            await self.picture(stream_id)
        await self._previews.keep_only(pictures)
        self._telling.known()

    async def sources(self) -> list[str]:
        """Take what is known of all sources; returns their names."""
        there = await self._state.names("source")
        for name in there:
            await self.source(name)
        return there

    async def source(self, name: str) -> None:
        """Take what is known of one source."""
        content = await self._state.get("source", name)
        if content is None:
            return
        try:
            snapshot = await self._snapshot(name, content)
        except Unreadable as fault:
            if not self._unreadable:
                log.warning(
                    "what the leading replica writes can't be read (%s): run the same version "
                    "everywhere; what was known before stays until then",
                    fault,
                )
            self._unreadable = True
            return
        self._unreadable = False
        if snapshot is not None:
            self._catalogue.follow(snapshot)

    async def _snapshot(self, source: str, content: bytes) -> Snapshot | None:
        """What a source has, of the pages that are known and those that are new.

        None where a page is written anew just now: its source is told again after it.
        """
        contents = loaded_contents(content)
        before, pages = self._pages.get(source, {}), {}
        for number, wanted in enumerate(contents.pages):
            page = before.get(wanted)
            if page is None:
                value = await self._state.get("page", named(source, number))
                if value is None or digest(value) != wanted:
                    return None
                page = await asyncio.to_thread(loaded_entries, value)
            pages[wanted] = page
        self._pages[source] = pages
        return Snapshot(
            contents.health,
            tuple(entry for wanted in contents.pages for entry in pages[wanted]),
        )

    async def picture(self, stream_id: str) -> None:
        """Take one picture, or forget it where it is gone."""
        value = await self._state.get("picture", stream_id)
        found = unpacked(value) if value else None
        if found is None:
            await self._previews.keep_only(set(self._previews.ids()) - {stream_id})
        elif (known := self._previews.get(stream_id)) is None or known.jpeg != found[0]:
            await self._previews.keep(stream_id, *found)
        self._telling.known()
