"""What streams exist, what is believed of each, and how each source is doing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from f1stream.models import Level, Stream, Verdict

SourceState = Literal["pending", "running", "ok", "failing"]

# A stream that fails is looked at again soon: it may be about to start.
RECHECK_PLAYABLE = timedelta(minutes=5)
RECHECK_FAILING = timedelta(minutes=1)

_STRENGTH = {level: strength for strength, level in enumerate(reversed(Level), 1)}


@dataclass(frozen=True, slots=True)
class Entry:
    """A stream and the last verdict on it; none yet where it is new."""

    stream: Stream
    verdict: Verdict | None = None

    @property
    def playable(self) -> bool:
        return self.verdict is not None and self.verdict.playable


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source does. `failing_since` is when its present run of failures began."""

    key: str
    name: str
    state: SourceState = "pending"
    last_run: datetime | None = None
    failing_since: datetime | None = None
    error: str | None = None
    streams: int = 0


class Catalogue:
    """The one place that knows the streams. Sources keep the order in which they were given."""

    def __init__(self, sources: Iterable[tuple[str, str]]) -> None:
        self._health = {name: SourceHealth(key=key, name=name) for key, name in sources}
        self._entries: dict[str, dict[str, Entry]] = {name: {} for name in self._health}

    def __repr__(self) -> str:
        entries = self.all()
        playable = sum(entry.playable for entry in entries)
        failing = sum(health.state == "failing" for health in self._health.values())
        return (
            f"<Catalogue {len(entries)} streams, {playable} playable · "
            f"{len(self._health)} sources, {failing} failing>"
        )

    def all(self) -> list[Entry]:
        """Every stream, best first; equals stay in the operator's order."""
        entries = [entry for found in self._entries.values() for entry in found.values()]
        return sorted(entries, key=_rank)

    def playable(self) -> list[Entry]:
        """The streams that were proven to give a player something to play, best first."""
        return [entry for entry in self.all() if entry.playable]

    def get(self, stream_id: str) -> Entry | None:
        """The stream of that id, if it is known."""
        for found in self._entries.values():
            if stream_id in found:
                return found[stream_id]
        return None

    def sources(self) -> list[SourceHealth]:
        """Every source's health, in the operator's order."""
        return list(self._health.values())

    def started(self, source: str) -> None:
        """Note that an extraction runs; what it found before stays."""
        self._health[source] = replace(self._health[source], state="running")

    def succeeded(self, source: str, streams: Iterable[Stream], at: datetime) -> bool:
        """Take what a source has now; returns whether it was failing before.

        A stream that was there before keeps its verdict; one that is gone is dropped.
        """
        before = self._entries[source]
        self._entries[source] = {
            stream.id: replace(before.get(stream.id, Entry(stream)), stream=stream)
            for stream in streams
        }
        health = self._health[source]
        self._health[source] = replace(
            health,
            state="ok",
            last_run=at,
            failing_since=None,
            error=None,
            streams=len(self._entries[source]),
        )
        return health.failing_since is not None

    def failed(self, source: str, error: str, at: datetime) -> bool:
        """Note a failure; what the source found before is kept. Returns whether it is a new one."""
        health = self._health[source]
        self._health[source] = replace(
            health,
            state="failing",
            last_run=at,
            failing_since=health.failing_since or at,
            error=error,
        )
        return health.failing_since is None

    def judged(self, stream_id: str, verdict: Verdict) -> None:
        """Take a verdict; one on a stream that is gone meanwhile is dropped."""
        for found in self._entries.values():
            if stream_id in found:
                found[stream_id] = replace(found[stream_id], verdict=verdict)

    def due(self, source: str, now: datetime) -> list[Stream]:
        """A source's streams whose verdict is missing or old, never-checked ones first."""
        waiting = [entry for entry in self._entries[source].values() if _is_due(entry, now)]
        waiting.sort(key=lambda entry: entry.verdict is not None)
        return [entry.stream for entry in waiting]


def _is_due(entry: Entry, now: datetime) -> bool:
    if entry.stream.stream_type != "m3u8":
        return False
    if entry.verdict is None:
        return True
    interval = RECHECK_PLAYABLE if entry.playable else RECHECK_FAILING
    return now - entry.verdict.checked_at >= interval


def _rank(entry: Entry) -> tuple[bool, int, bool, int]:
    verdict = entry.verdict
    if verdict is None:
        return (True, 0, True, 0)
    strength = _STRENGTH[verdict.level] if verdict.level else 0
    return (not verdict.playable, -strength, not verdict.is_live, -(verdict.bitrate_bps or 0))
