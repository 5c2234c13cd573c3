"""Forty streams judged in rounds beside a live viewer, a killed browser, and many checks."""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import async_playwright

from bench.verify.process import Held, Service, started
from bench.verify.service import CONCURRENCY
from f1stream.models import Means
from tests.browser.chromium import CHROMIUM
from tests.e2e.conftest import FLAGS
from tests.origin.forty import FORTY, GOOD, Ground, Kind, Stock, encode_stock, opened
from tests.players.hls_js import HlsJsPage, Report
from tests.verifier.judging import Judged

MEDIAN_S = 4.0
ROUND_S = 120.0
RSS_GROWTH = 1.1
# In the middle of a round: two streams are being played.
KILLED_AFTER_S = 12.0
# The leak is looked for with streams that are played to the end, all that there are.
BATCH = GOOD
VIEWED = GOOD[0]

Found = dict[str, Judged]


def main() -> None:
    """Measure what is asked for; ends with 1 where a figure was missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.verify", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="3 by default")
    parser.add_argument("--checks", type=int, default=200, metavar="N", help="200 by default")
    parser.add_argument("--no-kill", action="store_true", help="leave the browser alone")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        stock = encode_stock(Path(folder, "stock"))
        missed = asyncio.run(_measured(chosen, stock, Path(folder)))
    for what in missed:
        print(f"missed: {what}")
    sys.exit(1 if missed else 0)


async def _measured(chosen: argparse.Namespace, stock: Stock, folder: Path) -> list[str]:
    missed: list[str] = []
    async with started(folder / "data") as service:
        if chosen.rounds:
            async with opened(stock) as ground, _watching(service, ground) as viewer:
                for number in range(chosen.rounds):
                    missed += await _round(service, ground, number)
                missed += _undisturbed(await viewer.report())
        if not chosen.no_kill:
            async with opened(stock) as ground:
                missed += await _killed(service, ground)
        if chosen.checks:
            async with opened(stock) as ground:
                missed += await _leaks(service, ground, chosen.checks)
    return missed


@asynccontextmanager
async def _watching(service: Service, ground: Ground) -> AsyncIterator[HlsJsPage]:
    """A viewer of a live stream, in a browser of its own, through the same f1stream."""
    url = await service.play_url(VIEWED.mount(ground, "/viewed/"))
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        async with HlsJsPage.opened(browser) as page:
            await page.play(url)
            yield page
        await browser.close()


async def _round(service: Service, ground: Ground, number: int) -> Iterator[str]:
    began_s = time.perf_counter()
    found = await service.judge(_mounted(ground, FORTY, f"round{number}"))
    took_s = time.perf_counter() - began_s
    median_s = statistics.median(found[kind.name].took_s for kind in GOOD)
    wrong = _wrong(FORTY, found)
    print(
        f"round {number + 1}: {len(FORTY) - len(wrong)} of {len(FORTY)} right in {took_s:.0f} s, "
        f"a good one in {median_s:.1f} s (median)",
        flush=True,
    )
    return _judged(
        (not wrong, f"round {number + 1}: {'; '.join(wrong.values())}"),
        (took_s <= ROUND_S, f"round {number + 1} took {took_s:.0f} s"),
        (median_s <= MEDIAN_S, f"round {number + 1}: a good one took {median_s:.1f} s (median)"),
    )


def _undisturbed(report: Report) -> Iterator[str]:
    print(
        f"viewer: {report.current_time_s:.0f} s, {report.stalls} stalls, {report.waits} waits, "
        f"{report.dropped} of {report.frames} frames dropped",
        flush=True,
    )
    calm = not (report.stalls or report.waits or report.fatal)
    return _judged((calm, f"the viewer stalled {report.stalls} times, waited {report.waits}"))


async def _killed(service: Service, ground: Ground) -> Iterator[str]:
    judging = asyncio.create_task(service.judge(_mounted(ground, FORTY, "killed")))
    await asyncio.sleep(KILLED_AFTER_S)
    service.kill_browser()
    found = await judging
    wrong = _wrong(FORTY, found)
    right = len(FORTY) - len(wrong)
    print(f"killed: {len(found)} judged, {right} right; {'; '.join(wrong.values())}", flush=True)
    # Those that were being played are proven by the probe alone.
    others = [said for name, said in wrong.items() if not _by_probe(found.get(name))]
    return _judged(
        (len(found) == len(FORTY), "a killed browser left streams without a verdict"),
        (len(wrong) <= CONCURRENCY, "a killed browser spoilt more than what it played"),
        (not others, f"after a killed browser: {'; '.join(others)}"),
    )


async def _leaks(service: Service, ground: Ground, checks: int) -> Iterator[str]:
    held: list[Held] = []
    for number in range(max(checks // len(BATCH), 2)):
        await service.judge(_mounted(ground, BATCH, f"batch{number}"))
        # Its last connections close.
        await asyncio.sleep(1)
        held.append(service.held())
        now = held[-1]
        print(
            f"after {(number + 1) * len(BATCH)} checks: {now.rss_bytes / 1e6:.0f} MB, "
            f"{now.descriptors} descriptors ({now.browser_descriptors} in the browser), "
            f"{now.processes} processes, {now.browser}",
            flush=True,
        )
    first, last = held[0], held[-1]
    growth = last.rss_bytes / first.rss_bytes
    return _judged(
        (growth <= RSS_GROWTH, f"RSS grew to {growth:.2f} times of what it was"),
        # A connection may be closing yet, and a browser keeps a process in reserve, or does not.
        (last.descriptors <= first.descriptors + 2, "descriptors leaked"),
        (last.processes <= first.processes + 1, "processes leaked"),
        (" 0 of " in last.browser, f"contexts leaked: {last.browser}"),
    )


def _mounted(ground: Ground, kinds: Sequence[Kind], place: str) -> dict[str, str]:
    """All of them anew: the longest first, so that none is judged alone at the end."""
    return {kind.name: kind.mount(ground, f"/{place}/{kind.name}/") for kind in reversed(kinds)}


def _wrong(kinds: Sequence[Kind], found: Found) -> dict[str, str]:
    """By name, what is wrong in what was found of each kind."""
    said = {kind.name: "no verdict" for kind in kinds if kind.name not in found}
    for kind in kinds:
        judged = found.get(kind.name)
        if judged and not kind.expected.allows(judged.verdict):
            said[kind.name] = f"{kind.name}: {_said(judged)}"
    return said


def _by_probe(judged: Judged | None) -> bool:
    proof = judged.verdict.proof if judged else None
    return proof is not None and proof.means is Means.PROBE


def _said(judged: Judged) -> str:
    verdict = judged.verdict
    means = f" by {verdict.proof.means}" if verdict.proof else ""
    return f"{verdict.level or verdict.reason}{means} ({verdict.detail})"


def _judged(*figures: tuple[bool, str]) -> Iterator[str]:
    return (what for met, what in figures if not met)


if __name__ == "__main__":
    main()
