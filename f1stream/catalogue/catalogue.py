"""What streams exist, what is believed of each, and how each source is doing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from f1stream.catalogue.due import is_due
from f1stream.catalogue.entry import RECHECK_PLAYABLE, Entry
from f1stream.catalogue.memory import Remembered, Snapshot, recalled
from f1stream.catalogue.progress import Progress
from f1stream.catalogue.sameness import grouped
from f1stream.catalogue.sources import SourceHealth
from f1stream.models import Proof, Stream, Verdict

Topic = Literal["streams", "sources"]

# How long what a failing source found before is worth listing.
KEEP_STALE = timedelta(hours=24)


class Catalogue:
    """The one place that knows the streams. Sources keep the order in which they were given.

    `watched` says which streams are being played, by id: those stay, stale, when their source
    no longer has them, until nobody plays them.
    """

    def __init__(
        self,
        sources: Iterable[tuple[str, str]],
        watched: Callable[[], Iterable[str]] = tuple,
    ) -> None:
        self._watched = watched
        self._health = {name: SourceHealth(key=key, name=name) for key, name in sources}
        self._entries: dict[str, dict[str, Entry]] = {name: {} for name in self._health}
        self._source_of: dict[str, str] = {}
        self._groups: list[list[str]] | None = None
        self._listed: list[Entry] | None = None
        self._watchers: list[Callable[[Topic], None]] = []

    def __repr__(self) -> str:
        entries = self.all()
        playable = sum(entry.playable for entry in entries)
        failing = sum(health.failing for health in self._health.values())
        return (
            f"<Catalogue {len(entries)} streams, {playable} playable · "
            f"{len(self._health)} sources, {failing} failing>"
        )

    def watch(self, told: Callable[[Topic], None]) -> None:
        """Call `told` after each change from now on, with what has changed."""
        self._watchers.append(told)

    def all(self) -> Sequence[Entry]:
        """Every stream, best first; equals stay in the operator's order.

        The same stream of several sources is one, by the id that the first of them gave it.
        """
        if self._listed is None:
            merged = (_merged([self._entry(id) for id in group]) for group in self._grouped())
            self._listed = sorted(merged, key=lambda entry: entry.rank)
        return self._listed

    def playable(self) -> list[Entry]:
        """The streams that were proven to give a player something to play, best first."""
        return [entry for entry in self.all() if entry.playable]

    def get(self, stream_id: str) -> Entry | None:
        """The stream of that id as its own source has it, if it is known."""
        return self._entry(stream_id) if stream_id in self._source_of else None

    def shown(self, stream_id: str) -> Entry | None:
        """The stream as which the one of that id is listed: itself, or what it is merged with."""
        listed = (each for each in self.all() if any(w.stream.id == stream_id for w in each.ways))
        return next(listed, None)

    def of(self, source: str) -> list[Entry]:
        """The streams of one source, in its own order."""
        return list(self._entries[source].values())

    def sources(self) -> list[SourceHealth]:
        """Every source's health, in the operator's order."""
        return list(self._health.values())

    def source(self, name: str) -> SourceHealth:
        """One source's health."""
        return self._health[name]

    def source_of(self, stream_id: str) -> str | None:
        """The name of the source that a stream is of, if it is known."""
        return self._source_of.get(stream_id)

    def progress(self) -> Progress:
        """How far the work on all sources is."""
        entries = [entry for found in self._entries.values() for entry in found.values()]
        return Progress.of(self._health.values(), entries)

    def scheduled(self, source: str, at: datetime) -> None:
        """Note when the next attempt at a source is planned."""
        health = self._health[source]
        if health.next_run != at:
            self._note(replace(health, next_run=at))

    def started(self, source: str) -> None:
        """Note that an attempt runs; what the source has stays."""
        self._note(self._health[source].started())

    def progressed(self, source: str, found: int) -> None:
        """Note how much the running attempt has found so far."""
        self._note(replace(self._health[source], found=found))

    def succeeded(
        self,
        source: str,
        streams: Iterable[Stream],
        at: datetime,
        *,
        took: timedelta = timedelta(),
        left_out: Mapping[str, int] | None = None,
    ) -> bool:
        """Take what a source has now; returns whether it was failing before.

        A stream that was there before keeps its verdict, unless it did not play and has another
        address now; one that is gone is dropped, as soon as nobody watches it.
        """
        before = self._entries[source]
        entries = {
            stream.id: before.get(stream.id, Entry(stream)).found(stream) for stream in streams
        }
        for stream_id in before.keys() & set(self._watched()) - entries.keys():
            entries[stream_id] = replace(before[stream_id], stale=True)
        health = self._health[source]
        self._take(source, entries)
        self._note(self._counted(health.succeeded(at, took, left_out or {})))
        return health.failing

    def failed(
        self, source: str, error: str, at: datetime, *, took: timedelta = timedelta()
    ) -> bool:
        """Note a failure; returns whether it is a new one.

        What the source found before is kept as stale, for `KEEP_STALE` at most.
        """
        watched = set(self._watched())
        entries = {
            id: replace(entry, stale=True)
            for id, entry in self._entries[source].items()
            if id in watched or at - entry.stream.extracted_at < KEEP_STALE
        }
        health = self._health[source]
        self._take(source, entries)
        self._note(self._counted(health.failed(error, at, took)))
        return not health.failing

    def released(self, source: str) -> None:
        """Drop what a source that works no longer lists, and what nobody watches any more."""
        if self._health[source].state != "ok":
            return
        watched = set(self._watched())
        entries = self._entries[source]
        kept = {id: one for id, one in entries.items() if not one.stale or id in watched}
        if len(kept) < len(entries):
            self._take(source, kept)
            self._note(self._counted(self._health[source]))

    def judged(self, stream_id: str, verdict: Verdict) -> None:
        """Take a verdict of the probe; one on a stream that is gone meanwhile is dropped.

        A stream that its failing source found before, and that does not play now, is gone too,
        unless it is watched.
        """
        self._believe(stream_id, lambda entry: entry.judged(verdict))

    def proven(self, stream_id: str, proof: Proof) -> None:
        """Take what a browser found, as `judged` takes a verdict."""
        watched = stream_id in self._watched()
        self._believe(stream_id, lambda entry: entry.proven(proof, watched=watched))

    def reported(self, stream_id: str, at: datetime) -> None:
        """Note that a viewer can't play a stream: it is soon looked at again, by all means."""
        self._believe(stream_id, lambda entry: replace(entry, reported_at=at))

    def _believe(self, stream_id: str, changed: Callable[[Entry], Entry]) -> None:
        source = self._source_of.get(stream_id)
        if source is None:
            return
        entry = changed(self._entries[source][stream_id])
        broken = entry.verdict is not None and not entry.verdict.playable
        failing = self._health[source].failing
        if entry.stale and failing and broken and stream_id not in self._watched():
            entries = {id: one for id, one in self._entries[source].items() if id != stream_id}
            self._take(source, entries)
            self._note(self._counted(self._health[source]))
            return
        self._entries[source][stream_id] = entry
        self._listed = None
        self._tell("streams")

    def due(self, source: str, now: datetime) -> list[Entry]:
        """A source's streams whose verdict is missing or old, the longest overdue first."""
        waiting = [
            (at, entry)
            for entry in self._entries[source].values()
            if (at := entry.due_at()) is not None and is_due(at, now, longest=RECHECK_PLAYABLE)
        ]
        waiting.sort(key=lambda each: each[0])
        return [entry for _, entry in waiting]

    def remembered(self) -> list[Remembered]:
        """Everything that is worth keeping through a restart; the values never change."""
        return [
            Remembered(health.key, name, health.last_run, tuple(self._entries[name].values()))
            for name, health in self._health.items()
        ]

    def recall(self, remembered: Iterable[Remembered], now: datetime) -> None:
        """Take what was known before a restart, as stale, for the sources that still exist."""
        for memory in remembered:
            health = self._health.get(memory.name)
            if health is None or health.key != memory.key:
                continue
            entries = {
                entry.stream.id: recalled(entry)
                for entry in memory.entries
                if now - entry.stream.extracted_at < KEEP_STALE
            }
            self._take(memory.name, entries)
            self._note(self._counted(replace(health, last_run=memory.last_run)))

    def snapshots(self) -> list[Snapshot]:
        """All that is known, by source; the values never change."""
        return [
            Snapshot(health, tuple(self._entries[name].values()))
            for name, health in self._health.items()
        ]

    def follow(self, told: Snapshot) -> None:
        """Take what another replica knows of a source, in place of what is known here."""
        name = told.health.name
        if name in self._health and self._health[name].key == told.health.key:
            self._take(name, {entry.stream.id: entry for entry in told.entries})
            self._note(told.health)

    def taken_over(self) -> None:
        """Note that attempts which another replica began have ended with it."""
        for health in self.sources():
            if health.state == "running":
                self._note(health.interrupted())

    def forget_proofs(self) -> None:
        """Believe the probe alone: what a browser proved before a restart is not renewed."""
        for source, entries in self._entries.items():
            self._take(source, {id: entry.unproven() for id, entry in entries.items()})

    def _entry(self, stream_id: str) -> Entry:
        return self._entries[self._source_of[stream_id]][stream_id]

    def _grouped(self) -> list[list[str]]:
        """The ids of each stream; verdicts don't change them."""
        if self._groups is None:
            entries = (entry for found in self._entries.values() for entry in found.values())
            groups = grouped(entries, lambda entry: entry.stream)
            self._groups = [[entry.stream.id for entry in group] for group in groups]
        return self._groups

    def _take(self, source: str, entries: dict[str, Entry]) -> None:
        for stream_id in self._entries[source]:
            del self._source_of[stream_id]
        self._entries[source] = entries
        self._source_of.update(dict.fromkeys(entries, source))
        self._groups = self._listed = None
        self._tell("streams")

    def _counted(self, health: SourceHealth) -> SourceHealth:
        entries = self._entries[health.name].values()
        stale = sum(entry.stale for entry in entries)
        return replace(health, streams=len(entries), kept=stale)

    def _note(self, health: SourceHealth) -> None:
        self._health[health.name] = health
        self._tell("sources")

    def _tell(self, topic: Topic) -> None:
        for told in self._watchers:
            told(topic)


def _merged(entries: list[Entry]) -> Entry:
    first, *others = entries
    return replace(first, alternatives=tuple(sorted(others, key=lambda entry: entry.rank)))
