"""The season's routes: as JSON for the app, and as a calendar to subscribe to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from aiohttp import web
from multidict import MultiMapping

from f1stream.errors import BadRequest
from f1stream.http.access import require_admin
from f1stream.http.api import json
from f1stream.http.services import SERVICES
from f1stream.schedule import TYPES, CalendarOptions, Race, Timetable, status

MAX_ALARM_MINUTES = 7 * 24 * 60


async def schedule(request: web.Request) -> web.Response:
    """`GET /schedule`: the season by round, each session with what the clock says of it."""
    return json(described(request.app[SERVICES].timetable))


async def refresh(request: web.Request) -> web.Response:
    """`POST /schedule/refresh`: ask the API now; answers with the schedule when it has."""
    require_admin(request)
    await request.app[SERVICES].renew()
    return await schedule(request)


async def calendar(request: web.Request) -> web.Response:
    """`GET /schedule.ics`: the feed; `alarm` in minutes, 0 for none; `sessions` by their types."""
    services = request.app[SERVICES]
    known = services.timetable.schedule
    options = _options(request.query, TYPES | {slot.session.type for slot in known.slots()})
    feed = await services.feeds.of(known, options)
    response = web.Response(headers={"Cache-Control": "max-age=900"})
    response.etag = feed.tag
    # RFC 9110, section 13.1.2.
    if any(each.value in ("*", feed.tag) for each in request.if_none_match or ()):
        response.set_status(304)
        return response
    response.content_type, response.charset = "text/calendar", "utf-8"
    response.headers["Content-Disposition"] = 'inline; filename="f1stream.ics"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.body = feed.body
    return response


def _options(query: MultiMapping[str], types: frozenset[str]) -> CalendarOptions:
    alarm = query.get("alarm", "15")
    if not (alarm.isascii() and alarm.isdigit() and int(alarm[:9]) <= MAX_ALARM_MINUTES):
        raise BadRequest(f"write alarm in minutes, from 0 to {MAX_ALARM_MINUTES}")
    wanted = {part.strip() for part in query.get("sessions", "").split(",")} - {""}
    if not wanted <= types:
        raise BadRequest(f"write sessions with commas, of these: {', '.join(sorted(types))}")
    return CalendarOptions(timedelta(minutes=int(alarm[:9])), frozenset(wanted))


def described(timetable: Timetable) -> dict[str, Any]:
    """The schedule as clients see it.

    A session whose time is not known yet lasts from midnight UTC for the 1440 minutes of its day.
    `changed_at` is when the API last said something else of it than before; None where it never
    did. `withdrawn` has what was announced and then taken off: whole races, or some of a race's
    sessions.
    """
    now, known = timetable.now(), timetable.schedule
    return {
        "season": known.season,
        "fetched_at": known.fetched_at,
        "stale": timetable.stale(now),
        "races": [_race(race, now) for race in known.races],
        "withdrawn": [_race(race, now) for race in known.withdrawn],
    }


def _race(race: Race, now: datetime) -> dict[str, Any]:
    return {
        "round": race.round,
        "race_name": race.race_name,
        "circuit": race.circuit,
        "circuit_id": race.circuit_id,
        "country": race.country,
        "locality": race.locality,
        "date": race.date,
        "url": race.url,
        "sessions": [
            {
                "type": session.type,
                "name": session.name,
                "start_utc": session.start_utc,
                "duration_minutes": session.duration_minutes,
                "status": status(session, now),
                "changed_at": session.changed if session.sequence else None,
            }
            for session in race.sessions
        ],
    }
