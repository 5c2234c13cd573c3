"""Which stream comes first. What only wavers changes no place."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from f1stream.models import Level, Stream, Verdict

# Measures within such a factor are alike.
BITRATE_STEP = 1.5
RESPONSE_STEP = 3.0
# How far beyond its step, as a part of one, a measure has to be before it counts as another.
MARGIN = 0.25

_STRENGTH = {level: strength for strength, level in enumerate(reversed(Level), 1)}
_HEIGHT = re.compile(r"(?<!\d)(\d{3,4})p", re.IGNORECASE)

Rank = tuple[bool, bool, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Grade:
    """The steps that a stream's bitrate and response time are on; zero where unknown."""

    bitrate: int = 0
    response: int = 0


UNKNOWN = Grade()


def graded(verdict: Verdict, before: Grade) -> Grade:
    """The grade by a new verdict: a step of `before` is kept while the measure is near it."""
    return Grade(
        bitrate=step(verdict.bitrate_bps, BITRATE_STEP, before.bitrate),
        response=step(verdict.response_time_ms, RESPONSE_STEP, before.response),
    )


def step(measure: float | None, factor: float, before: int) -> int:
    """Which power of `factor` a measure has reached, at least 1; 0 where there is none."""
    if not measure or measure <= 0 or not math.isfinite(measure):
        return 0
    level = math.log(measure + 1, factor)
    if before and before - 1 - MARGIN <= level < before + MARGIN:
        return before
    return int(level) + 1


def rank(stream: Stream, verdict: Verdict | None, grade: Grade) -> Rank:
    """A key to sort by, best first: proven playable, live, how well proven, height, bitrate,
    response time. Equals keep the order in which they are given.
    """
    if verdict is None or verdict.level is None:
        return (True, True, 0, 0, 0, 0)
    return (
        False,
        not verdict.is_live,
        -_STRENGTH[verdict.level],
        -_height(stream, verdict),
        -grade.bitrate,
        grade.response,
    )


def _height(stream: Stream, verdict: Verdict) -> int:
    if verdict.health and verdict.health.height:
        return verdict.health.height
    found = _HEIGHT.search(verdict.quality or stream.quality or "")
    return int(found[1]) if found else 0
