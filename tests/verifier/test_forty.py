"""Forty streams, good and bad, judged by the whole of f1stream with a real Chromium."""

from __future__ import annotations

from f1stream.browser import Browser
from f1stream.models import Level, Upstream
from f1stream.net.guard import Guard
from tests.browser.chromium import CHROMIUM
from tests.conftest import OpenHouse
from tests.origin.fixtures import stock
from tests.origin.forty import FORTY, FURTHER, Kind, Stock, opened
from tests.verifier.judging import Judged, sitting

__all__ = ["stock"]

CONCURRENCY = 2
# What starves is watched to the end of this, and what is slow.
TIMEOUT_S = 15
MAX_PICTURE_BYTES = 30_000
# A machine with other things to do may spoil what plays in real time.
ROUNDS = 3


async def test_all_forty_verdicts_are_right(house: OpenHouse, stock: Stock) -> None:
    run = (await house()).run
    # Those that take the longest, the last of them, go first.
    wrong: dict[Kind, Judged | None] = dict.fromkeys(reversed(FORTY))
    async with Browser(Guard(), executable=CHROMIUM, contexts=CONCURRENCY) as browser:
        for _ in range(ROUNDS):
            async with opened(stock) as ground, sitting(run, browser, TIMEOUT_S) as judge:
                urls = {kind.name: kind.mount(ground, f"/{kind.name}/") for kind in wrong}
                found = await judge.all_judged(urls, CONCURRENCY)
            wrong = {
                kind: found[kind.name]
                for kind in wrong
                if not kind.expected.allows(found[kind.name].verdict)
                or not _has_its_picture(found[kind.name])
            }
            if not wrong:
                break
    assert wrong == {}


def _has_its_picture(judged: Judged) -> bool:
    proof = judged.verdict.proof
    shows = judged.verdict.level is Level.FRAMES and proof and proof.evidence.picture == "moving"
    return not shows or 0 < judged.picture_bytes <= MAX_PICTURE_BYTES


async def test_what_the_probe_alone_can_tell_needs_no_browser(
    house: OpenHouse, stock: Stock
) -> None:
    probe = (await house()).run.background.probe
    async with opened(stock) as ground:
        for kind in FURTHER:
            verdict = await probe.check(Upstream(kind.mount(ground, f"/{kind.name}/")))
            assert kind.expected.allows(verdict), (kind.name, verdict)
