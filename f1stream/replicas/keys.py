"""The key that links are signed with: all replicas have the same, so that each plays any link."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from f1stream import store
from f1stream.replicas.errors import StateGone
from f1stream.replicas.opening import opened

if TYPE_CHECKING:
    from f1stream.replicas.state import State

log = logging.getLogger(__name__)


async def announce_key(url: str, directory: Path) -> None:
    """Have all replicas sign with the key in `directory` from their next start on.

    Raises `StateGone`.
    """
    keys = await asyncio.to_thread(store.link_keys, directory)
    # A lease is for those who take part.
    async with opened(url, lease_s=1) as state:
        await state.set_link_key(keys[0])


async def common_keys(state: State, own: Sequence[bytes], directory: Path) -> list[bytes]:
    """The keys to use: that of all replicas, and the one in `directory` where that is another one.

    The first replica gives its own. The common one is kept in `directory`, so that it is known
    where Redis can't be reached at the next start; so are `own` where it can't be reached now.
    """
    try:
        key = await state.link_key(own[0])
    except StateGone:
        # It is told what is wrong there by the replica itself, which goes on trying.
        return list(own)
    if key == own[0]:
        return list(own)
    try:
        await asyncio.to_thread(store.replace_link_key, directory, key)
    except OSError as error:
        log.warning(
            "%s can't be written (%s): without Redis, links end with this process; make it "
            "writable, or set data.dir",
            directory,
            error.strerror,
        )
    return [key, own[0]]
