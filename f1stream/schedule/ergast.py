"""The answer of the Ergast interface, which Jolpica carries on, as a model; and as races.

Its fields: https://github.com/jolpica/jolpica-f1/blob/main/docs/endpoints/races.md. Numbers are
texts, a time or a whole session is missing where it is not known yet, and a cancelled race is not
there at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Annotated, Any

from pydantic import Field, Strict

from f1stream.net.foreign import Foreign
from f1stream.schedule.sessions import WHOLE_DAY_MINUTES, Race, Session, Text, WebPage, slug

Day = Annotated[date, Strict(), Field(ge=date(1950, 1, 2), le=date(2199, 12, 30))]
TimeOfDay = Annotated[time, Strict()]


class _When(Foreign):
    date: Day | None = None
    time: TimeOfDay | None = None


class _Location(Foreign):
    locality: Text = ""
    country: Text = ""


class _Circuit(Foreign):
    name: Text = Field(default="", alias="circuitName")
    id: Text = Field(default="", alias="circuitId")
    location: _Location = Field(default=_Location(), alias="Location")


@dataclass(frozen=True, slots=True)
class _Kind:
    type: str
    name: str
    minutes: int = 60


_RACE = _Kind("race", "Race", 120)
# By the interface's names; of two with one type, the first that has a day counts. The Sprint
# Shootout of 2023 is what has been called Sprint Qualifying since.
_KINDS = {
    "FirstPractice": _Kind("fp1", "Practice 1"),
    "SecondPractice": _Kind("fp2", "Practice 2"),
    "ThirdPractice": _Kind("fp3", "Practice 3"),
    "SprintQualifying": _Kind("sprint_qualifying", "Sprint Qualifying", 45),
    "SprintShootout": _Kind("sprint_qualifying", "Sprint Shootout", 45),
    "Sprint": _Kind("sprint", "Sprint"),
    "Qualifying": _Kind("qualifying", "Qualifying"),
}
TYPES = frozenset(kind.type for kind in (_RACE, *_KINDS.values()))
_MORE_SESSIONS = 10


class _Race(Foreign, extra="allow"):
    """A race; fields that are not declared may be sessions of a kind not known here."""

    __pydantic_extra__: dict[str, Annotated[_When | Any, Field(union_mode="left_to_right")]]

    round: int = Field(ge=0, le=99)
    name: Text = Field(alias="raceName", min_length=1)
    url: WebPage = ""
    circuit: _Circuit = Field(default=_Circuit(), alias="Circuit")
    date: Day
    time: TimeOfDay | None = None
    FirstPractice: _When | None = None
    SecondPractice: _When | None = None
    ThirdPractice: _When | None = None
    SprintQualifying: _When | None = None
    SprintShootout: _When | None = None
    Sprint: _When | None = None
    Qualifying: _When | None = None

    def kinds(self) -> Iterator[tuple[_Kind, _When]]:
        """The sessions that have a day."""
        yield _RACE, _When(date=self.date, time=self.time)
        for name, kind in _KINDS.items():
            when: _When | None = getattr(self, name)
            if when is not None and when.date is not None:
                yield kind, when
        more = (each for each in self.__pydantic_extra__.items() if isinstance(each[1], _When))
        for name, when in islice(more, _MORE_SESSIONS):
            if when.date is not None:
                yield _unknown_kind(name), when


class _RaceTable(Foreign):
    season: int | None = None
    races: list[_Race] = Field(alias="Races", max_length=100)


class _Data(Foreign):
    total: int
    table: _RaceTable = Field(alias="RaceTable")


class Season(Foreign):
    """A season's races, as far as they stand in one answer."""

    data: _Data = Field(alias="MRData")

    @property
    def year(self) -> int | None:
        """Which season it is; None where the answer does not say."""
        return self.data.table.season

    @property
    def complete(self) -> bool:
        """Whether the answer is not one page of several."""
        return self.data.total <= len(self.data.table.races)

    def races(self, seen: datetime) -> tuple[Race, ...]:
        """The races in the order of their rounds; their sessions were first seen at `seen`."""
        taken: set[str] = set()
        races = []
        for each in sorted(self.data.table.races, key=lambda race: race.round):
            key = slug(each.name) or f"round-{each.round}"
            if key in taken:
                key = f"{key}-{each.round}-{len(taken)}"
            taken.add(key)
            races.append(_race(each, key, seen))
        return tuple(races)


def _race(race: _Race, key: str, seen: datetime) -> Race:
    sessions: dict[str, Session] = {}
    for kind, when in race.kinds():
        sessions.setdefault(kind.type, _session(kind, when, seen))
    return Race(
        key=key,
        round=race.round,
        race_name=race.name,
        circuit=race.circuit.name,
        circuit_id=race.circuit.id,
        country=race.circuit.location.country,
        locality=race.circuit.location.locality,
        date=race.date,
        url=race.url,
        sessions=tuple(sorted(sessions.values(), key=lambda session: session.start_utc)),
    )


def _session(kind: _Kind, when: _When, seen: datetime) -> Session:
    if when.date is None:
        raise AssertionError("only sessions with a day come here")
    known = when.time is not None
    start = datetime.combine(when.date, when.time or time())
    return Session(
        type=kind.type,
        name=kind.name,
        start_utc=start.replace(tzinfo=start.tzinfo or UTC),
        duration_minutes=kind.minutes if known else WHOLE_DAY_MINUTES,
        changed=seen,
    )


def _unknown_kind(name: str) -> _Kind:
    """`FourthPractice` becomes fourth_practice, Fourth Practice."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return _Kind(slug(words).replace("-", "_")[:40] or "other", words)
