"""The keys that links are signed with: all replicas have the same, so that each plays any link."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from f1stream import store
from f1stream.hls.links import Links
from f1stream.replicas.opening import opened

if TYPE_CHECKING:
    from f1stream.replicas.state import LinkKeys, State

log = logging.getLogger(__name__)


async def announce_keys(url: str, keys: Sequence[bytes], ended: Sequence[bytes]) -> None:
    """Have all replicas sign with the first of `keys`, and accept none of `ended` any more.

    Where there is a second of `keys`, the one that they sign with until now is accepted, too.
    Raises `StateGone`.
    """
    # A lease is for those who take part.
    async with opened(url, lease_s=1) as state:
        await state.set_link_keys(keys, ended)


class CommonKeys:
    """Has `links` use the keys of all replicas, and keeps them in `directory`."""

    def __init__(self, state: State, links: Links, directory: Path) -> None:
        self._state = state
        self._links = links
        self._directory = directory

    async def follow(self) -> None:
        """Take over what all use now; the first replica gives its own. Raises `StateGone`."""
        own = self._links.keys
        keys = agreed(own, await self._state.link_keys(own))
        if keys == own:
            return
        await self._keep(keys)
        self._links.replace(keys)
        log.info("links are signed with the key that all replicas have now")

    async def _keep(self, keys: Sequence[bytes]) -> None:
        try:
            await asyncio.to_thread(store.keep_link_keys, self._directory, keys)
        except OSError as error:
            log.warning(
                "%s can't be written (%s): without Redis, links end with this process; make it "
                "writable, or set data.dir",
                self._directory,
                error.strerror,
            )


def agreed(own: Sequence[bytes], common: LinkKeys) -> tuple[bytes, ...]:
    """The keys to use: those of all, and the own one until now, unless it was ended for all.

    While the same key signs, what else is accepted here stays accepted.
    """
    kept = own if own[0] == common.keys[0] else own[:1]
    still = [key for key in kept if key not in common.ended]
    return tuple(dict.fromkeys([*common.keys, *still]))
