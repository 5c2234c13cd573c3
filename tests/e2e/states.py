"""The states that the start page and its neighbours can be in, each by a name."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from playwright.async_api import Page

from f1stream.schedule import Race, Schedule, Session
from tests.e2e.stage import RACE, THURSDAY, Stage, dead_stream, fresh, source, stream

HTML = "<script>alert(1)</script><b>Sky</b> & friends"
RTL = "سباق الفورمولا 1 مباشر"
EMOJI = "🏎️💨 Formula 1 🏁"

Act = Callable[[Page], Awaitable[None]]


@dataclass(frozen=True)
class State:
    """What the server says, the path that is opened, and what is done there.

    A page that `fits` its window is shown as far as that goes, except on a phone.
    """

    stage: Stage
    path: str = "/"
    act: Act | None = None
    fits: bool = False


def states() -> Mapping[str, State]:
    """Every state, each on a stage of its own."""
    return {
        "next": State(Stage(streams=[stream(n) for n in range(1, 7)])),
        "live": State(at(RACE, streams=[stream(n) for n in range(1, 7)])),
        "changed": State(Stage(season=changed(), streams=[stream()])),
        "over": State(at(datetime(2026, 12, 20, tzinfo=UTC))),
        "nothing-plays": State(
            Stage(streams=[dead_stream(1, "unreachable", "example.org: connection refused")])
        ),
        "checking": State(Stage(streams=[dead_stream(1, None)])),
        "no-sources": State(Stage(sources=[])),
        "stale": State(Stage(season=fresh(THURSDAY - timedelta(days=3)))),
        "down": State(Stage(down=True)),
        "crowd": State(Stage(streams=[stream(n) for n in range(1, 1001)])),
        "odd-titles": State(Stage(streams=odd())),
        "sign-in": State(Stage(password="lights out"), "/login"),
        "missing": State(Stage(), "/nowhere"),
    }


def at(now: datetime, **changes: object) -> Stage:
    """A stage at another time of the season."""
    stage = Stage(now=now, season=fresh(now))
    for name, value in changes.items():
        setattr(stage, name, value)
    return stage


def odd() -> list[dict[str, object]]:
    """Streams whose titles try the layout."""
    titles = [HTML, RTL, EMOJI, "F1" * 2500, " ", "Formula 1 " * 500]
    return [stream(n, title=title, site_name=title) for n, title in enumerate(titles, 1)]


def changed() -> Schedule:
    """A season with all that can happen to one: lost, moved, without times, somewhere unknown."""
    season = fresh(THURSDAY)
    *early, qatar, abu_dhabi = season.races
    moved = tuple(
        each.model_copy(update={"sequence": 1, "changed": THURSDAY - timedelta(days=1)})
        if each.type == "qualifying"
        else each
        for each in qatar.sessions
    )
    no_time = Session(
        type="race",
        name="Race",
        start_utc=datetime(2026, 12, 13, tzinfo=UTC),
        duration_minutes=1440,
    )
    extra = Race(
        round=24,
        race_name="Atlantis Grand Prix",
        circuit="Circuit of the Deep",
        circuit_id="deep",
        country="Atlantis",
        date=no_time.start_utc.date(),
        sessions=(no_time,),
    )
    lost = qatar.model_copy(
        update={"sessions": tuple(s for s in qatar.sessions if s.type == "fp3")}
    )
    kept = tuple(s for s in moved if s.type != "fp3")
    return season.model_copy(
        update={
            "races": (*early, qatar.model_copy(update={"sessions": kept}), extra),
            "withdrawn": (lost, abu_dhabi),
        }
    )


__all__ = ["Act", "State", "at", "changed", "odd", "source", "states"]
