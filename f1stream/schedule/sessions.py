"""A season as values: its races, their sessions, and what the clock says of each.

All times are UTC: a daylight-saving change moves what a viewer's clock shows, and nothing here.
The models are also the format of the kept file, a superset of what the first version wrote: its
files are still read, and it would read these.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

Status = Literal["past", "live", "upcoming"]

# A broadcast begins before its session, and sessions are delayed: red flags, rain, long races.
LEAD = timedelta(minutes=10)
MARGIN = timedelta(minutes=30)
RACE_MARGIN = timedelta(minutes=60)

WHOLE_DAY_MINUTES = 24 * 60
MAX_TEXT = 200
MAX_SESSIONS = 30

# Of sessions that were never seen to change: the bundled season's, and an old file's.
UNCHANGED_SINCE = datetime(2026, 1, 1, tzinfo=UTC)


def _tidy(value: Any) -> Any:
    """One line without control characters and backslashes, which calendars escape in many ways."""
    if not isinstance(value, str):
        return value
    line = " ".join(value.replace("\\", "/").split())
    return "".join(char for char in line if unicodedata.category(char) != "Cc")[:MAX_TEXT].strip()


def _web_page(value: str) -> str:
    """An http or https address, or nothing: it becomes a link that people follow."""
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and value.isprintable()
    except ValueError:
        usable = False
    return value if usable and " " not in value else ""


Text = Annotated[str, BeforeValidator(_tidy)]
WebPage = Annotated[str, Field(max_length=2000), AfterValidator(_web_page)]
# Far from the ends of what can be reckoned with.
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime(1950, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC)),
    AfterValidator(lambda moment: moment.astimezone(UTC)),
]

# What may stand in a header that is sent.
VALIDATOR = r"^[ -~]{1,200}$"
Validator = Annotated[str, Field(pattern=VALIDATOR)]


class _Value(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class Session(_Value):
    """One session. Where only its day is known, it starts at midnight UTC and lasts all day.

    `sequence` counts how often it was changed after it was first seen, the last time at `changed`.
    """

    type: str = Field(pattern=r"^[a-z0-9_]{1,40}$")
    name: Text
    start_utc: Moment
    duration_minutes: int = Field(ge=1, le=WHOLE_DAY_MINUTES)
    sequence: int = Field(default=0, ge=0)
    changed: Moment = UNCHANGED_SINCE

    @property
    def whole_day(self) -> bool:
        """Whether nobody knows yet when on its day it is."""
        return self.duration_minutes == WHOLE_DAY_MINUTES

    @property
    def end_utc(self) -> datetime:
        """When it ends by plan."""
        return self.start_utc + timedelta(minutes=self.duration_minutes)

    @property
    def live_from(self) -> datetime:
        """When it begins to count as live."""
        return self.start_utc if self.whole_day else self.start_utc - LEAD

    @property
    def live_until(self) -> datetime:
        """When it is over, even if it was delayed."""
        if self.whole_day:
            return self.end_utc
        return self.end_utc + (RACE_MARGIN if self.type == "race" else MARGIN)


def slug(text: str) -> str:
    """`text` in lower-case ASCII letters, digits and hyphens; empty where it has none of them."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _key_from_name(fields: dict[str, Any]) -> str:
    return slug(fields.get("race_name", "")) or f"round-{fields.get('round', 0)}"


class Race(_Value):
    """One weekend, its sessions in the order of their times.

    `key` names it within its season, whatever its round: rounds are counted anew when one is
    cancelled.
    """

    round: int = Field(ge=0, le=99)
    race_name: Text
    circuit: Text = ""
    circuit_id: Text = ""
    country: Text = ""
    locality: Text = ""
    date: date
    url: WebPage = ""
    sessions: tuple[Session, ...] = Field(default=(), max_length=MAX_SESSIONS)
    key: str = Field(default_factory=_key_from_name, pattern=r"^[a-z0-9-]{1,250}$")


class Schedule(_Value):
    """One season as it was known at `fetched_at`.

    `withdrawn` holds what was announced and then taken off again before its time: whole races or
    some of a race's sessions. `etag` and `last_modified` are the validators of the answer.
    """

    season: str = Field(pattern=r"^[0-9]{4}$")
    fetched_at: Moment
    races: tuple[Race, ...] = Field(max_length=100)
    withdrawn: tuple[Race, ...] = Field(default=(), max_length=100)
    etag: Validator | None = None
    last_modified: Validator | None = None

    @property
    def year(self) -> int:
        return int(self.season)

    def slots(self) -> list[Slot]:
        """Every session with its race, in the order of their times."""
        return sorted(each_slot(self.races), key=lambda slot: slot.session.start_utc)


@dataclass(frozen=True, slots=True)
class Slot:
    """A session and the race it belongs to."""

    race: Race
    session: Session

    @property
    def key(self) -> tuple[str, str]:
        """What stays the same when the session is moved."""
        return self.race.key, self.session.type


def each_slot(races: tuple[Race, ...]) -> Iterator[Slot]:
    """The sessions of `races`, in their order."""
    return (Slot(race, session) for race in races for session in race.sessions)


def status(session: Session, now: datetime) -> Status:
    """What `session` is at `now`: `live` from shortly before it to a while after its end."""
    if now < session.live_from:
        return "upcoming"
    return "live" if now < session.live_until else "past"


def is_over(schedule: Schedule, now: datetime) -> bool:
    """Whether no session is live or to come."""
    return all(slot.session.live_until <= now for slot in each_slot(schedule.races))
