"""Which streams a browser is to judge, and in which order: pure, of what the catalogue knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from f1stream.catalogue import Entry, is_due
from f1stream.catalogue.entry import RECHECK_REPORTED

# How long a proof is left alone. In the long run, as many as a small machine can do.
INTERVAL = timedelta(minutes=30)
LIVE_INTERVAL = timedelta(minutes=10)
WATCHED_INTERVAL = timedelta(minutes=3)
# A stream that failed may just have been late: it is tried soon, then more and more rarely.
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(minutes=15)
# The first so many of the list, from which most viewers choose, are kept fresh before the others.
BEST = 12


def turns(
    listed: Sequence[Entry], watched: Collection[str], *, live: bool, now: datetime
) -> list[Entry]:
    """The streams that are due for a proof at `now`, in the order in which to prove them.

    `listed` are the catalogue's, best first; `live` says whether a session is on. What is watched
    comes first, then what viewers report, then the best, then the rest. In each of these the
    longest overdue is first, and what was never proven before that, by its place in the list.
    """
    due = [
        (_group(way, place, watched), at, place, way)
        for place, entry in enumerate(listed)
        for way in _ways(entry, watched)
        if (at := due_at(way, watched=way.stream.id in watched, live=live)) is not None
        and is_due(at, now, longest=INTERVAL)
    ]
    due.sort(key=lambda each: each[:3])
    return [way for *_, way in due]


def due_at(entry: Entry, *, watched: bool, live: bool) -> datetime | None:
    """When a browser is to judge a stream; None for what is not worth one."""
    if not entry.provable:
        return None
    if entry.tried_at is None:
        return datetime.min.replace(tzinfo=entry.stream.extracted_at.tzinfo)
    pause = WATCHED_INTERVAL if watched else LIVE_INTERVAL if live else INTERVAL
    if entry.failures:
        # The exponent is bounded: a stream can fail for days.
        retry = FIRST_RETRY * 2 ** min(entry.failures - 1, 10)
        pause = min(retry, LONGEST_RETRY, pause)
    due = entry.tried_at + pause
    if entry.reported and entry.reported_at is not None:
        due = min(due, max(entry.reported_at, entry.tried_at + RECHECK_REPORTED))
    return due


def _ways(entry: Entry, watched: Collection[str]) -> Iterator[Entry]:
    """Of the ways to one stream those that matter: the one that is played, and what may be it."""
    best = entry.best
    for way in entry.ways:
        if way is best or way.stream.id in watched or way.failures or way.reported:
            yield way


def _group(entry: Entry, place: int, watched: Collection[str]) -> int:
    if entry.stream.id in watched:
        return 0
    if entry.reported:
        return 1
    return 2 if place < BEST else 3
