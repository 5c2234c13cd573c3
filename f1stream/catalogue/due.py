"""Whether it is time for something, by a clock that somebody may have set meanwhile."""

from __future__ import annotations

from datetime import datetime, timedelta


def is_due(at: datetime, now: datetime, *, longest: timedelta) -> bool:
    """Whether `at` has come.

    What lies further ahead than `longest`, the longest pause there is, was put off by a clock that
    has been set back since, and is due.
    """
    return at <= now or at > now + longest
