"""A store that has to do with less memory than it was promised, for a while."""

from __future__ import annotations

import pytest

from f1stream.errors import NoRoom
from tests.origin import Origin
from tests.proxy.viewing import MIB, Viewer, a_store, noise, viewed

BODY = noise(MIB)


async def test_what_was_used_least_goes_at_once_and_its_memory_with_it(origin: Origin) -> None:
    urls = [origin.route(f"/{number}", BODY) for number in range(8)]
    async with a_store(max_bytes=16 * MIB) as store:
        for url in urls:
            await viewed(store, url)
        assert store.held_bytes >= 8 * MIB
        store.allow(3 * MIB)
        assert store.max_bytes == 3 * MIB
        assert store.held_bytes <= 3 * MIB
        assert [store.holds("test", url) for url in urls] == [False] * 5 + [True] * 3


async def test_buffers_that_wait_go_before_the_next_body_needs_one(origin: Origin) -> None:
    url = origin.route("/x", BODY, headers={"Cache-Control": "no-store"})
    async with a_store(max_bytes=16 * MIB) as store:
        await viewed(store, url)
        assert store.held_bytes >= MIB
        store.allow(0)
        assert store.held_bytes == 0


async def test_who_reads_reads_on_and_what_they_read_goes_later(origin: Origin) -> None:
    url, other = origin.route("/x", BODY), origin.route("/y", BODY)
    async with a_store(max_bytes=16 * MIB) as store:
        await viewed(store, url)
        viewer = Viewer(store, url)
        viewer.hold = True
        while viewer.head is None:
            await viewed(store, other)
        store.allow(MIB // 2)
        viewer.run()
        await viewer.done()
        assert viewer.got == BODY
        store.allow(MIB // 2)
        assert store.held_bytes == 0


async def test_what_is_too_large_meanwhile_is_welcome_afterwards(origin: Origin) -> None:
    url = origin.route("/x", noise(2 * MIB))
    async with a_store(max_bytes=16 * MIB) as store:
        store.allow(3 * MIB)
        with pytest.raises(NoRoom):
            await viewed(store, url)
        store.allow(16 * MIB)
        await viewed(store, url)
        assert store.holds("test", url)
