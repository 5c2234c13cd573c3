"""What each of the forty is: how it is mounted, and what is right to say of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from f1stream.models import Level, Reason, Verdict
from tests.origin.forty.ground import Ground

Mount = Callable[[Ground, str], str]
"""Serves a stream below a prefix, which begins and ends with a slash; returns its URL."""


@dataclass(frozen=True, slots=True)
class Good:
    """It plays: which levels may be proven, and what is seen and heard meanwhile.

    Without a decoder nothing is: `picture` and `audio` hold for `Level.FRAMES`.
    """

    levels: tuple[Level, ...] = (Level.FRAMES,)
    picture: Literal["moving", "none"] = "moving"
    audio: Literal["heard", "none"] = "heard"

    def allows(self, verdict: Verdict) -> bool:
        """Whether `verdict` is right."""
        if verdict.level is not Level.FRAMES or verdict.proof is None:
            return verdict.level in self.levels
        seen = verdict.proof.evidence
        shown = (seen.picture, seen.audio) == (self.picture, self.audio)
        return Level.FRAMES in self.levels and shown


@dataclass(frozen=True, slots=True)
class Bad:
    """It does not play, for one of `reasons`: several only where each is as true as the other."""

    reasons: tuple[Reason, ...]

    def __init__(self, *reasons: Reason) -> None:
        object.__setattr__(self, "reasons", reasons)

    def allows(self, verdict: Verdict) -> bool:
        """Whether `verdict` is right."""
        return verdict.reason in self.reasons


@dataclass(frozen=True, slots=True)
class Kind:
    """One stream; `name` is a slug."""

    name: str
    mount: Mount
    expected: Good | Bad
