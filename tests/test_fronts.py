"""What a front is told, and what becomes of one that can't serve."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from f1stream.brief import Brief
from f1stream.catalogue import Viewing
from f1stream.front import report
from f1stream.fronts import FrontFailed, Fronts
from f1stream.http.listening import answering_fronts
from f1stream.http.sessions import Gate
from f1stream.net.owner import open_session
from f1stream.sharing import shares
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


async def test_a_front_reports_what_was_watched_once(tmp_path: Path) -> None:
    told = []
    gate = Gate([b"k" * 32])

    async def activate(request: web.Request) -> web.Response:
        assert gate.knows(request.headers["Cookie"])
        told.append(request.query["id"])
        return web.Response(status=404)

    owner = web.Application()
    owner.add_routes([web.post("/streams/activate", activate)])
    async with answering_fronts(owner, tmp_path / "owner"):
        async with open_session(tmp_path / "owner") as session:
            viewing = Viewing()
            viewing.seen("a")
            viewing.seen("b")
            await report(viewing, session, gate)
            await report(viewing, session, gate)
    assert told == ["a", "b"]


async def test_leaving_the_block_ends_the_fronts() -> None:
    async with Fronts(2, end_s=5) as fronts:
        await fronts.start(BRIEF)
        assert repr(fronts) == "<Fronts 2 of 2 running>"
    assert repr(fronts) == "<Fronts 0 of 2 running>"
