"""From one answer to the next: what was moved, what was taken off, and what that is worth telling.

Calendars need it: an event is replaced by one of the same name and a higher SEQUENCE, and one that
is only left out stays in some of them for ever (RFC 5545, section 3.8.7.4).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from f1stream.schedule.sessions import MAX_SESSIONS, Race, Schedule, Session, Slot, each_slot

MAX_WITHDRAWN = 100


def merged(
    before: Schedule, races: tuple[Race, ...], at: datetime
) -> tuple[tuple[Race, ...], tuple[Race, ...]]:
    """The new `races` of the season with their history, and those withdrawn.

    A session that is gone before its time was withdrawn; one that is gone after it is forgotten.
    """
    known = {slot.key: slot for slot in each_slot(before.races)}
    withdrawn = {slot.key: slot for slot in each_slot(before.withdrawn)}

    def revised(slot: Slot) -> Session:
        old = known.get(slot.key)
        if old is not None and _shown(old) == _shown(slot):
            return _counted(slot.session, old.session.sequence, old.session.changed)
        old = old or withdrawn.get(slot.key)
        return slot.session if old is None else _changed(slot.session, old.session, at)

    there = {slot.key for slot in each_slot(races)}
    gone = [
        Slot(slot.race, _changed(slot.session, slot.session, at))
        for key, slot in known.items()
        if key not in there and slot.session.live_until > at
    ]
    still_gone = [slot for key, slot in withdrawn.items() if key not in there]
    return (
        tuple(_with(race, (revised(Slot(race, each)) for each in race.sessions)) for race in races),
        _grouped([*still_gone, *gone]),
    )


def _shown(slot: Slot) -> tuple[Any, ...]:
    """All that a calendar shows. The round is not: one cancelled race changes many rounds."""
    race, session = slot.race, slot.session
    return (
        *(race.race_name, race.circuit, race.locality, race.country, race.url),
        *(session.name, session.start_utc, session.duration_minutes),
    )


def _changed(session: Session, old: Session, at: datetime) -> Session:
    return _counted(session, old.sequence + 1, at)


def _counted(session: Session, sequence: int, changed: datetime) -> Session:
    return session.model_copy(update={"sequence": sequence, "changed": changed})


def _with(race: Race, sessions: Iterable[Session]) -> Race:
    return race.model_copy(update={"sessions": tuple(sessions)})


def _grouped(slots: list[Slot]) -> tuple[Race, ...]:
    """Each race once, with those of its sessions that are among `slots`; the newest are kept."""
    races = {slot.race.key: slot.race for slot in slots}
    grouped = [
        _with(race, [slot.session for slot in slots if slot.race.key == key][-MAX_SESSIONS:])
        for key, race in races.items()
    ]
    return tuple(grouped[-MAX_WITHDRAWN:])
