"""What a front is told, and what becomes of one that can't serve."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest

from f1stream.brief import Brief
from f1stream.front import report
from f1stream.fronts import FrontFailed, Fronts
from f1stream.http import Playing, create_inner_app
from f1stream.http.listening import answering_fronts
from f1stream.net.owner import open_session
from f1stream.sharing import shares
from tests.conftest import OpenHouse
from tests.program import alive, children

BRIEF = Brief(
    host="127.0.0.1",
    port=0,
    keys=[b"k" * 32, b"old" * 8],
    viewer_keys=[b"kkk" * 8],
    segment_bytes=1 << 20,
    patience_s=4.5,
    socket=Path("/nowhere/owner"),
)


def test_a_brief_arrives_as_it_was_sent_and_does_not_show_its_keys() -> None:
    assert Brief.of(BRIEF.line()) == BRIEF
    assert "kkk" not in repr(BRIEF)


@pytest.mark.parametrize("workers", [1, 2, 3, 64])
def test_the_budget_is_for_all_processes_together(workers: int) -> None:
    total = 128 << 20
    owner, front = shares(total, workers)
    assert total - workers < owner + front * (workers - 1) <= total
    assert owner >= total // 2


async def test_a_front_that_cannot_listen_is_told_and_nothing_stays() -> None:
    async with Fronts(2, end_s=1) as fronts:
        # An address for documentation, which no machine has (RFC 5737).
        with pytest.raises(FrontFailed, match="a worker ended with 1"):
            await fronts.start(replace(BRIEF, host="192.0.2.1"))
        assert repr(fronts) == "<Fronts 0 of 2 running>"


async def test_told_to_stop_while_one_waits_to_be_replaced_nothing_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("f1stream.fronts.FIRST_PAUSE_S", 60)
    async with asyncio.timeout(20), Fronts(1, end_s=5) as fronts:
        await fronts.start(BRIEF)
        [pid] = children(os.getpid())
        os.kill(pid, signal.SIGKILL)
        while "0 of 1" not in repr(fronts):
            await asyncio.sleep(0.01)


async def test_one_that_does_not_end_is_killed() -> None:
    async with asyncio.timeout(20), Fronts(1, end_s=0.1) as fronts:
        await fronts.start(BRIEF)
        [pid] = children(os.getpid())
        os.kill(pid, signal.SIGSTOP)
    assert not alive({pid})


async def test_a_front_reports_what_it_counted_and_who_watches(
    tmp_path: Path, house: OpenHouse
) -> None:
    services = (await house()).run.services
    playing = Playing(
        links=services.links,
        upstream_of=services.upstream_of,
        playlists=services.playlists,
        documents=services.documents,
        relay=services.relay,
        segments=services.segments,
        renewed=services.renewed,
    )
    playing.viewing.seen("a", "192.0.2.1")
    playing.viewing.seen("a", "192.0.2.2")
    playing.tally.media.hit(200, 1000)
    async with answering_fronts(create_inner_app(services), tmp_path / "owner"):
        async with open_session(tmp_path / "owner") as session:
            for _ in range(2):
                await report(playing, "one", session)
            playing.tally.media.hit(206, 500)
            await report(playing, "one", session)
            await report(playing, "two", session)
    assert services.viewing.active() == ["a"]
    assert services.fronts.viewers() == {"a": 4}
    media = services.fronts.tally().media
    assert media.by_status() == {200: 2, 206: 2}
    assert media.sent_bytes == 3000


async def test_leaving_the_block_ends_the_fronts() -> None:
    async with Fronts(2, end_s=5) as fronts:
        await fronts.start(BRIEF)
        assert repr(fronts) == "<Fronts 2 of 2 running>"
    assert repr(fronts) == "<Fronts 0 of 2 running>"
