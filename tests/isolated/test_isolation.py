"""A library that does its worst, each time in a process of its own."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import Any

import pytest

from f1stream.errors import ExtractionFailed, MemoryShort, SourceChanged, UpstreamSlow
from f1stream.isolated import Isolation, Job
from f1stream.isolated.isolation import START_BYTES
from tests.isolated.jobs import Answer, Question
from tests.listener import Listener
from tests.origin import Origin
from tests.program import alive, children

LOOPBACK = [ipaddress.ip_network("127.0.0.1")]


def job(what: str, answer: type[Any] = Answer, **options: Any) -> Job[Any]:
    question = Question(what=what, **options)
    return Job("tests.isolated.jobs", question, answer, "library", "a.example")


async def said(what: str, *, timeout_s: float = 20, **options: Any) -> str:
    answer = await Isolation(allow_private=LOOPBACK).run(job(what, **options), timeout_s=timeout_s)
    return str(answer.said)


@pytest.fixture(autouse=True)
def no_process_is_left() -> Any:
    yield
    assert not children(os.getpid())


async def test_it_is_told_nothing_but_its_question(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "hunter2")
    monkeypatch.setenv("HTTPS_PROXY", "http://hunter2@proxy.example")
    around = await said("look around")
    assert "DISCORD_TOKEN" not in around
    assert "PROXY" not in around
    assert "a.example" not in around


async def test_what_it_prints_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    assert await said("shout") == "said quietly"
    captured = capfd.readouterr()
    assert "hunter2" not in captured.out + captured.err


@pytest.mark.parametrize("what", ["hang", "hold the interpreter"])
async def test_one_that_takes_too_long_is_killed(what: str) -> None:
    with pytest.raises(UpstreamSlow, match=r"a\.example: library found nothing within 1 s"):
        await said(what, timeout_s=1)


async def test_one_that_nobody_waits_for_is_killed() -> None:
    isolation = Isolation()
    asking = asyncio.create_task(isolation.run(job("hang"), timeout_s=60))
    while not children(os.getpid()):
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert repr(isolation) == "<Isolation 0 of 2 processes running>"


async def test_only_so_many_run_at_a_time() -> None:
    isolation = Isolation(processes=1)
    asking = [asyncio.create_task(isolation.run(job("hang"), timeout_s=60)) for _ in range(3)]
    while not (first := children(os.getpid())):
        await asyncio.sleep(0.01)
    # Time enough for another one, which takes a few milliseconds to start.
    await asyncio.sleep(0.2)
    assert repr(isolation) == "<Isolation 1 of 1 processes running>"
    assert children(os.getpid()) == first
    for each in asking:
        each.cancel()
    assert all(isinstance(end, asyncio.CancelledError) for end in await _ends(asking))


async def _ends(tasks: list[asyncio.Task[Any]]) -> list[Any]:
    return await asyncio.gather(*tasks, return_exceptions=True)


async def test_one_begins_when_there_is_memory_for_it() -> None:
    asked, room = list[int](), asyncio.Event()

    async def admit(size_bytes: int) -> None:
        asked.append(size_bytes)
        await room.wait()

    begun = asyncio.Event()
    isolation = Isolation(admit=admit)
    asking = asyncio.create_task(isolation.run(job("shout"), timeout_s=20, begun=begun.set))
    await asyncio.sleep(0.2)
    assert asked == [START_BYTES]
    assert not begun.is_set()
    assert not children(os.getpid())
    room.set()
    await asking
    assert begun.is_set()


async def test_where_there_is_none_that_is_what_failed() -> None:
    async def admit(size_bytes: int) -> None:
        raise MemoryShort("no memory; raise the limit")

    with pytest.raises(ExtractionFailed, match="raise the limit"):
        await Isolation(admit=admit).run(job("shout"), timeout_s=20)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
async def test_it_is_the_first_to_go_where_memory_ends() -> None:
    asking = asyncio.create_task(Isolation().run(job("hang"), timeout_s=20))
    async with asyncio.timeout(20):
        while _oom_scores() != ["1000\n"]:
            await asyncio.sleep(0.05)
    asking.cancel()
    await asyncio.wait({asking})


def _oom_scores() -> list[str]:
    return [Path(f"/proc/{pid}/oom_score_adj").read_text() for pid in children(os.getpid())]


async def test_memory_is_limited() -> None:
    isolation = Isolation(memory_bytes=256 << 20)
    with pytest.raises(ExtractionFailed, match=r"a\.example: library used more memory than it may"):
        await isolation.run(job("allocate"), timeout_s=20)


async def test_an_answer_too_large_to_list_is_not_read() -> None:
    with pytest.raises(ExtractionFailed, match="found more than can be listed"):
        await said("flood")


async def test_one_that_crashes_the_interpreter_says_so() -> None:
    with pytest.raises(ExtractionFailed, match=r"a\.example: library was ended by signal 6"):
        await said("die")


async def test_an_error_is_named_and_not_quoted() -> None:
    with pytest.raises(ExtractionFailed) as caught:
        await said("quote")
    assert caught.value.detail == "a.example: library: it crashed (ValueError)"


async def test_a_job_says_why_there_is_no_answer() -> None:
    with pytest.raises(ExtractionFailed, match=r"a\.example: library: the site answered 404"):
        await said("give up")


async def test_a_missing_library_comes_with_the_remedy() -> None:
    with pytest.raises(ExtractionFailed) as caught:
        await said("import")
    assert caught.value.detail == (
        'nowhere_to_be_found is not installed; run: pip install "f1stream[library]"'
    )


async def test_an_answer_of_another_shape_is_refused() -> None:
    with pytest.raises(SourceChanged, match="answered in another shape"):
        await Isolation().run(job("shout", answer=Question), timeout_s=20)


async def test_no_program_is_started() -> None:
    assert await said("start programs") == "0"


async def test_no_kind_of_socket_reaches_a_private_address() -> None:
    async with Listener() as private:
        assert await said("connect", host=private.host, port=private.port) == "0"
        assert private.connections == 0


@pytest.mark.parametrize("host", ["0x7f000002", "127.2", "2130706434", "::ffff:127.0.0.2"])
async def test_no_notation_gets_around_the_guard(host: str) -> None:
    async with Listener() as private:
        await said("connect", host=host, port=private.port)
        assert private.connections == 0


async def test_an_operator_s_own_servers_are_reached(origin: Origin) -> None:
    port = int(origin.url.rpartition(":")[2])
    assert await said("connect", host="127.0.0.1", port=port) == "6"


def test_neither_job_nor_isolation_shows_a_question() -> None:
    assert "hunter2" not in repr(job("hunter2")) + repr(Isolation())


PARENT = """
import asyncio
from f1stream.isolated import Isolation
from tests.isolated.test_isolation import job
asyncio.run(Isolation().run(job("hang"), timeout_s=60))
"""


async def test_it_ends_with_the_process_that_asked() -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT), stdout=PIPE, stderr=PIPE
    )
    async with asyncio.timeout(20):
        while not (started := children(parent.pid)):
            await asyncio.sleep(0.02)
        # Late enough for it to have asked for its end.
        while not all(_confined(pid) for pid in started):
            await asyncio.sleep(0.02)
        os.kill(parent.pid, signal.SIGKILL)
        await parent.communicate()
        while alive(started):
            await asyncio.sleep(0.01)


def _confined(pid: int) -> bool:
    limits = Path(f"/proc/{pid}/limits").read_text()
    return "Max core file size        0                    0" in limits
