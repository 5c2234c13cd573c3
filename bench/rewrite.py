"""f1stream's rewriter against the m3u8 library, in one process and by turns.

`python -m bench.rewrite` reads `{"seconds": 4}` as JSON and answers with figures as JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median

import m3u8

from bench.playlists import window
from f1stream.hls.links import Links
from f1stream.hls.rewriter import Rewriter

SIZES = (6, 60, 3600)
DURATION_S = 2.0
BASE = "https://media.example.org/live/main/index.m3u8"
SCOPE = "bench"
LEAST_TURNS = 5


def measured(seconds: float) -> dict[str, float]:
    """For each size: how many times as fast from nothing, and which share of its time a refresh."""
    figures: dict[str, float] = {}
    for size in SIZES:
        theirs_s, cold_s, refresh_s = _turns(size, seconds / len(SIZES))
        figures[f"cold_{size}_speedup"] = theirs_s / cold_s
        figures[f"refresh_{size}_share"] = refresh_s / theirs_s
    return figures


def _turns(size: int, seconds: float) -> tuple[float, float, float]:
    """Medians of m3u8, of a new rewriter, and of one that knows all lines but the newest.

    Cold is what the first look at a playlist costs in a service that runs: the rewriter is new, and
    making it is part of the time, as it is for m3u8's objects; `Links` is as old as the process.
    """
    links = Links([bytes(32)])
    remembering = Rewriter(links, SCOPE)
    remembering.rewrite(_playlist(0, size), BASE)
    turns: list[tuple[float, float, float]] = []
    ends_s = time.perf_counter() + seconds
    while len(turns) < LEAST_TURNS or time.perf_counter() < ends_s:
        body = _playlist(1 + len(turns), size)
        turns.append(
            (
                _timed_s(_read_and_written, body.decode()),
                _timed_s(_rewritten_cold, links, body),
                _timed_s(remembering.rewrite, body, BASE),
            )
        )
    theirs_s, cold_s, refresh_s = zip(*turns, strict=True)
    return median(theirs_s), median(cold_s), median(refresh_s)


def _read_and_written(text: str) -> str:
    written: str = m3u8.loads(text, uri=BASE).dumps()
    return written


def _rewritten_cold(links: Links, body: bytes) -> bytes:
    return Rewriter(links, SCOPE).rewrite(body, BASE)


def _playlist(first: int, size: int) -> bytes:
    return window("segment-", first, size, duration_s=DURATION_S)


def _timed_s(work: Callable[..., object], *args: object) -> float:
    started_s = time.perf_counter()
    work(*args)
    return time.perf_counter() - started_s


if __name__ == "__main__":
    json.dump(measured(json.load(sys.stdin)["seconds"]), sys.stdout)
