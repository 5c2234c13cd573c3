"""The queue of browser checks, with a prover that has recorded answers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from f1stream.catalogue import Catalogue
from f1stream.jobs import Proving
from f1stream.jobs import proving as proving_module
from f1stream.jobs.calm import Calm
from f1stream.jobs.turns import WATCHED_INTERVAL
from f1stream.metrics.tally import Done
from f1stream.models import (
    Health,
    Level,
    Means,
    Proof,
    Reason,
    Stream,
    StreamType,
    Upstream,
    Verdict,
)
from f1stream.verifier import Proven
from tests.jobs.sources import NOW

PICTURE = b"\xff\xd8\xff picture"
LOST = Reason.BROWSER_LOST


class Times:
    """Both clocks."""

    def __init__(self) -> None:
        self.now = NOW

    def pass_(self, **by: float) -> None:
        self.now += timedelta(**by)

    def wall(self) -> datetime:
        return self.now

    def steady(self) -> float:
        return (self.now - NOW).total_seconds()


@dataclass
class Answers:
    """A prover that was told what it will find; what it was not told plays."""

    times: Times
    found: dict[str, list[Level | Reason | Exception]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    known_to_advance: list[str] = field(default_factory=list)
    running: int = 0
    most: int = 0
    held: asyncio.Event | None = None
    meanwhile: Callable[[], None] = lambda: None

    async def prove(self, play_url: str, *, advancing: bool = False) -> Proven:
        key = play_url.removeprefix("/proxy?")
        if advancing:
            self.known_to_advance.append(key)
        return await self._answer(key)

    async def prove_embed(self, url: str) -> Proven:
        return await self._answer(url.removeprefix("http://a.example/"))

    async def _answer(self, key: str) -> Proven:
        self.asked.append(key)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            if self.held:
                await self.held.wait()
            await asyncio.sleep(0)
            self.meanwhile()
        finally:
            self.running -= 1
        told = self.found.get(key) or [Level.FRAMES]
        found = told.pop(0) if len(told) > 1 else told[0]
        if isinstance(found, Exception):
            raise found
        proof = Proof(self.times.now, Means.LOCAL_BROWSER)
        if isinstance(found, Level):
            return Proven(replace(proof, level=found), PICTURE)
        return Proven(replace(proof, reason=found, detail=f"{found}, they say"), PICTURE)


@dataclass
class Album:
    kept: dict[str, bytes] = field(default_factory=dict)

    async def keep(self, stream_id: str, picture: bytes) -> None:
        self.kept[stream_id] = picture

    async def keep_only(self, stream_ids: Collection[str]) -> None:
        self.kept = {id: one for id, one in self.kept.items() if id in stream_ids}


@dataclass
class Bench:
    """A queue and all that it works with."""

    catalogue: Catalogue
    proving: Proving
    answers: Answers
    album: Album
    times: Times
    watched: list[str]
    strain: list[float]
    aside: list[str]
    proofs: Done

    def judged(self, *keys: str) -> None:
        """The probe has just passed these."""
        for key in keys:
            self.catalogue.judged(key, Verdict(self.times.now, Level.SEGMENT))

    def verdict(self, key: str) -> Verdict | None:
        entry = self.catalogue.get(key)
        assert entry is not None
        return entry.verdict

    async def round(self) -> int:
        """Prove what is due now; returns how many."""
        self.times.pass_(seconds=proving_module.REORDER_S)
        count = 0
        while await self.proving.step():
            count += 1
        return count


def stream(key: str, kind: StreamType = "m3u8") -> Stream:
    return Stream(key, key, "a", "A", Upstream(f"http://a.example/{key}"), NOW, stream_type=kind)


def bench(
    *keys: str,
    embeds: tuple[str, ...] = (),
    concurrency: int = 2,
    short: Callable[[], bool] = lambda: False,
) -> Bench:
    watched: list[str] = []
    strain = [0.0]
    aside: list[str] = []
    times = Times()
    catalogue = Catalogue([("a", "A")], lambda: watched)
    streams = [*map(stream, keys), *(stream(key, "embed") for key in embeds)]
    catalogue.succeeded("A", streams, NOW)
    answers, album, proofs = Answers(times), Album(), Done()

    @contextmanager
    def set_aside(stream_id: str) -> Iterator[None]:
        aside.append(stream_id)
        yield

    made = Proving(
        catalogue,
        answers,
        album,
        play_url=lambda stream: f"/proxy?{stream.id}",
        concurrency=concurrency,
        timeout_s=20,
        watched=lambda: watched,
        aside=set_aside,
        calm=Calm(strain=lambda: strain[0]),
        proofs=proofs,
        short=short,
        clock=times.wall,
        steady=times.steady,
    )
    found = Bench(catalogue, made, answers, album, times, watched, strain, aside, proofs)
    found.judged(*keys)
    return found


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("f1stream.jobs.calm.LOOK_S", 0)
    monkeypatch.setattr("f1stream.jobs.calm.MOST_LAG_S", 60)
    monkeypatch.setattr(proving_module, "TICK_S", 0.001)


@contextmanager
def working(proving: Proving) -> Iterator[asyncio.Task[None]]:
    task = asyncio.create_task(proving.run())
    try:
        yield task
    finally:
        task.cancel()


async def test_what_the_probe_has_seen_advancing_is_not_waited_for_again() -> None:
    made = bench("a", "b")
    for key, advancing in (("a", True), ("b", None)):
        health = Health(advancing=advancing)
        verdict = Verdict(made.times.now, Level.SEGMENT, health=health)
        made.catalogue.judged(key, verdict)
    await made.round()
    assert sorted(made.answers.asked) == ["a", "b"]
    assert made.answers.known_to_advance == ["a"]


async def test_what_passes_the_probe_is_proven_once_and_its_picture_kept() -> None:
    at = bench("one", "two", embeds=("page",))
    at.catalogue.judged("two", Verdict(NOW, reason=Reason.STATUS))
    assert await at.round() == 2
    assert sorted(at.answers.asked) == ["one", "page"]
    assert await at.round() == 0
    verdict = at.verdict("one")
    assert verdict is not None
    assert verdict.level is Level.FRAMES
    assert at.album.kept == {"one": PICTURE, "page": PICTURE}
    assert at.aside == at.answers.asked
    assert repr(at.proving) == "<Proving 0 of 2 running>"


async def test_what_came_of_them_is_counted() -> None:
    at = bench("one", "two", "three")
    at.answers.found = {"two": [Reason.FROZEN], "three": [RuntimeError("a bug")]}
    await at.round()
    assert at.proofs.outcomes == {"frames": 1, "frozen": 1}
    assert sum(at.proofs.took.counts) == 2


async def test_so_many_run_at_a_time_and_none_twice() -> None:
    at = bench(*(f"s{number}" for number in range(9)), concurrency=3)
    with working(at.proving) as task:
        async with asyncio.timeout(5):
            while len(at.answers.asked) < 9:
                await asyncio.sleep(0.001)
            for _ in range(20):
                at.times.pass_(seconds=6)
                await asyncio.sleep(0.002)
    with suppress(asyncio.CancelledError):
        await task
    assert at.answers.most == 3
    assert len(at.answers.asked) == len(set(at.answers.asked)) == 9


async def test_a_check_that_takes_longer_than_its_order_is_valid_is_not_run_again() -> None:
    at = bench("one", concurrency=2)
    at.answers.held = asyncio.Event()
    with working(at.proving) as task:
        async with asyncio.timeout(5):
            while not at.answers.asked:
                await asyncio.sleep(0.001)
            for _ in range(5):
                at.times.pass_(seconds=6)
                await asyncio.sleep(0.005)
            at.answers.held.set()
            while at.answers.running:
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.02)
    with suppress(asyncio.CancelledError):
        await task
    assert at.answers.asked == ["one"]


async def test_what_does_not_play_there_is_unplayable_and_tried_again_soon() -> None:
    at = bench("one")
    at.answers.found["one"] = [Reason.FROZEN, Level.FRAMES]
    await at.round()
    verdict = at.verdict("one")
    assert verdict is not None
    assert (verdict.reason, verdict.detail) == (Reason.FROZEN, "frozen, they say")
    assert at.album.kept == {}, "a picture of what does not play is no preview"
    at.times.pass_(seconds=20)
    assert await at.round() == 0
    at.times.pass_(seconds=10)
    assert await at.round() == 1
    assert at.catalogue.playable()


async def test_what_is_watched_is_proven_more_often_and_one_failure_is_doubted() -> None:
    at = bench("one", "two")
    at.watched.append("one")
    at.answers.found["one"] = [Level.FRAMES, Reason.STALLED, Reason.STALLED]
    await at.round()
    at.times.pass_(seconds=WATCHED_INTERVAL.total_seconds())
    at.answers.asked.clear()
    await at.round()
    assert at.answers.asked == ["one"]
    assert [entry.stream.id for entry in at.catalogue.playable()] == ["one", "two"]
    at.times.pass_(seconds=30)
    await at.round()
    assert [entry.stream.id for entry in at.catalogue.playable()] == ["two"]


async def test_many_reports_are_one_more_check() -> None:
    at = bench("one", "two")
    await at.round()
    at.answers.asked.clear()
    at.times.pass_(seconds=30)
    for _ in range(50):
        at.catalogue.reported("two", at.times.now)
    assert await at.round() == 1
    assert at.answers.asked == ["two"]
    assert await at.round() == 0


async def test_a_machine_that_is_too_busy_judges_nothing_and_says_so_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "f1stream")
    at = bench("one")
    at.strain[0] = 2.0
    for _ in range(40):
        assert await at.round() == 0
    assert at.answers.asked == []
    at.strain[0] = 0.5
    assert await at.round() == 1
    assert caplog.messages == [
        "the machine is too busy to judge streams fairly: the last proofs stand",
        "the machine is calm again: streams are proven",
    ]


async def test_a_failure_on_a_machine_that_became_busy_does_not_count() -> None:
    at = bench("one", "two")
    at.answers.found = {"one": [Reason.STALLED], "two": [Reason.DRM]}
    at.answers.meanwhile = lambda: at.strain.__setitem__(0, 2.0)
    await at.round()
    at.strain[0] = 0.0
    await at.round()
    one, two = at.verdict("one"), at.verdict("two")
    assert one is not None
    assert one.proof is None
    assert two is not None
    assert two.reason is Reason.DRM
    at.answers.meanwhile, at.strain[0] = (lambda: None), 0.0
    at.times.pass_(seconds=10)
    await at.round()
    one = at.verdict("one")
    assert one is not None
    assert one.reason is Reason.STALLED


async def test_without_a_browser_the_probe_s_verdict_stands_and_it_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "f1stream")
    at = bench("one")
    at.answers.found["one"] = [LOST]
    for _ in range(10):
        await at.round()
    verdict = at.verdict("one")
    assert verdict is not None
    assert verdict.level is Level.SEGMENT
    assert verdict.proof is not None
    assert verdict.proof.means is Means.PROBE
    asked = len(at.answers.asked)
    assert 2 <= asked <= 5, "it is tried again, after longer and longer pauses"
    at.answers.found["one"] = [Level.FRAMES]
    at.times.pass_(seconds=300)
    assert await at.round() == 1
    assert caplog.messages == [
        "no stream can be played to prove it: browser lost, they say",
        "streams are played to prove them again",
    ]


async def test_a_stream_that_takes_every_browser_with_it_keeps_none_from_the_others() -> None:
    at = bench("bad", "one", "two", concurrency=1)
    at.answers.found["bad"] = [LOST]
    for _ in range(4):
        await at.round()
    assert {"one", "two"} <= set(at.answers.asked)
    assert len(at.catalogue.playable()) == 3
    assert at.answers.asked.count("bad") <= 4


async def test_a_prover_that_crashes_or_never_ends_stops_no_other_check(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(proving_module, "OVERTIME_S", -19.9)
    at = bench("crashes", "one")
    at.answers.found["crashes"] = [KeyError("secret")]
    await at.round()
    assert "Traceback" in caplog.text
    assert [e.stream.id for e in at.catalogue.all() if e.proof] == ["one"]
    slow = bench("slow")
    slow.answers.held = asyncio.Event()
    assert await slow.round() == 1
    assert slow.answers.running == 0
    assert "does not end" in caplog.text


async def test_what_is_gone_meanwhile_is_forgotten_with_its_picture() -> None:
    at = bench("one", "two")
    await at.round()
    at.catalogue.succeeded("A", [stream("two"), stream("three")], NOW)
    at.judged("three")
    await at.round()
    assert set(at.album.kept) == {"two", "three"}


async def test_being_cancelled_it_ends_at_once() -> None:
    at = bench("one", "two")
    at.answers.held = asyncio.Event()
    with working(at.proving) as task:
        async with asyncio.timeout(5):
            while at.answers.running < 2:
                await asyncio.sleep(0.001)
    async with asyncio.timeout(1):
        with pytest.raises(asyncio.CancelledError):
            await task
    assert at.answers.running == 0


async def test_while_memory_is_short_no_stream_is_proven() -> None:
    short = True
    here = bench("a", "b", short=lambda: short)
    assert await here.round() == 0
    assert here.answers.asked == []
    short = False
    assert await here.round() == 2
