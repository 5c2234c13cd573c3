"""What is known of a source, as it outlives this process or goes to another one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from f1stream.catalogue.entry import Entry
from f1stream.catalogue.sources import SourceHealth


@dataclass(frozen=True, slots=True)
class Remembered:
    """What is known of one source, as it is kept through a restart."""

    key: str
    name: str
    last_run: datetime | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known of one source, as replicas share it."""

    health: SourceHealth
    entries: tuple[Entry, ...]


def recalled(entry: Entry) -> Entry:
    """A stream as it is known after a restart: it may be gone meanwhile."""
    # Files of earlier versions have the verdict of the probe alone.
    probed = entry.probed
    if probed is None and entry.proof is None and entry.stream.stream_type == "m3u8":
        probed = entry.verdict
    return replace(entry, stale=True, alternatives=(), probed=probed)
