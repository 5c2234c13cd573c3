"""The season's routes, from the request to the answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from icalendar import Calendar
from pytest_aiohttp.plugin import AiohttpClient

from f1stream.app import running
from f1stream.http import create_app
from f1stream.settings import Data, ScheduleSettings, Settings, UpstreamSettings
from tests.origin import Origin
from tests.origin.faults import Html, StallBeforeHeaders, Status
from tests.schedule.jolpica_server import JolpicaServer, race, season_2026


@dataclass
class Site:
    """A whole f1stream whose API is on loopback."""

    client: TestClient[web.Request, web.Application]
    server: JolpicaServer
    renew: Callable[[], Awaitable[None]]

    async def schedule(self) -> dict[str, Any]:
        response = await self.client.get("/schedule")
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-store"
        answer: dict[str, Any] = await response.json()
        return answer

    async def refresh(self, **headers: str) -> tuple[int, dict[str, Any]]:
        response = await self.client.post("/schedule/refresh", headers=headers)
        return response.status, await response.json()


@pytest.fixture
async def site(origin: Origin, tmp_path: Path, aiohttp_client: AiohttpClient) -> Any:
    server = JolpicaServer(origin, {2026: season_2026()})
    settings = Settings(
        data=Data(dir=tmp_path),
        upstream=UpstreamSettings(
            allow_private=["127.0.0.0/8"],
            read_timeout=0.3,
            connect_timeout=0.3,
        ),
        schedule=ScheduleSettings(url=server.url),
    )
    async with running(settings) as run:
        client = await aiohttp_client(create_app(run.services))
        yield Site(client, server, run.services.timetable.renew)


async def test_the_schedule_has_exactly_what_clients_rely_on(site: Site) -> None:
    answer = await site.schedule()
    assert set(answer) == {"season", "fetched_at", "stale", "races", "withdrawn"}
    assert (answer["season"], answer["stale"], len(answer["races"])) == ("2026", True, 23)
    monaco = answer["races"][5]
    sessions = monaco.pop("sessions")
    assert monaco == {
        "round": 6,
        "race_name": "Monaco Grand Prix",
        "circuit": "Circuit de Monaco",
        "circuit_id": "monaco",
        "country": "Monaco",
        "locality": "Monte Carlo",
        "date": "2026-06-07",
        "url": "https://en.wikipedia.org/wiki/2026_Monaco_Grand_Prix",
    }
    assert [each["type"] for each in sessions] == ["fp1", "fp2", "fp3", "qualifying", "race"]
    status = sessions[-1].pop("status")
    assert status in ("past", "live", "upcoming")
    assert sessions[-1] == {
        "type": "race",
        "name": "Race",
        "start_utc": "2026-06-07T13:00:00+00:00",
        "duration_minutes": 120,
        "changed_at": None,
    }


async def test_what_was_moved_and_what_was_taken_off_is_said(site: Site) -> None:
    future = "2199-12-30"
    site.server.publish(
        2026,
        race(1, "Moved Grand Prix", future, "13:00:00Z"),
        race(2, "Gone Grand Prix", future, "13:00:00Z"),
    )
    await site.renew()
    site.server.publish(2026, race(1, "Moved Grand Prix", future, "15:00:00Z"))
    await site.renew()
    answer = await site.schedule()
    moved = answer["races"][0]["sessions"][-1]
    assert moved["start_utc"] == "2199-12-30T15:00:00+00:00"
    assert moved["changed_at"] == answer["fetched_at"]
    assert "Gone Grand Prix" in [each["race_name"] for each in answer["withdrawn"]]


async def test_a_refresh_brings_what_is_new_and_keeps_it(site: Site, tmp_path: Path) -> None:
    site.server.publish(2026, race(1, "Only Grand Prix", "2026-12-31", None))
    status, answer = await site.refresh()
    assert status == 200
    assert [each["race_name"] for each in answer["races"]] == ["Only Grand Prix"]
    assert answer["races"][0]["sessions"][0]["start_utc"] == "2026-12-31T00:00:00+00:00"
    assert answer["races"][0]["sessions"][0]["duration_minutes"] == 1440
    assert answer["stale"] is False
    assert answer == await site.schedule()
    kept = json.loads(await asyncio.to_thread((tmp_path / "schedule.json").read_text))
    assert [each["race_name"] for each in kept["races"]] == ["Only Grand Prix"]


@pytest.mark.parametrize(
    ("fault", "status", "detail"),
    [
        (Status(500), 502, "127.0.0.1 answered 500"),
        (Html(), 502, "127.0.0.1: the answer: Invalid JSON"),
        (StallBeforeHeaders(), 504, "127.0.0.1: no answer in time"),
    ],
    ids=str,
)
async def test_a_refresh_that_fails_says_why_and_the_schedule_stays(
    site: Site, fault: Any, status: int, detail: str
) -> None:
    site.server.origin.fault("/", fault)
    told, problem = await site.refresh()
    assert told == problem["status"] == status
    assert problem["detail"].startswith(detail)
    answer = await site.schedule()
    assert (len(answer["races"]), answer["stale"]) == (23, True)


async def test_a_refresh_too_soon_after_another_is_refused(site: Site) -> None:
    assert (await site.refresh())[0] == 200
    asked = len(site.server.asked)
    response = await site.client.post("/schedule/refresh")
    assert (response.status, response.content_type) == (429, "application/problem+json")
    assert 0 < int(response.headers["Retry-After"]) <= 15
    assert len(site.server.asked) == asked


async def test_another_site_s_page_cannot_ask_for_a_refresh(site: Site) -> None:
    status, _ = await site.refresh(**{"Sec-Fetch-Site": "cross-site"})
    assert status == 403
    assert site.server.asked == []


async def test_where_it_is_switched_off_nothing_is_asked(
    tmp_path: Path, origin: Origin, aiohttp_client: AiohttpClient
) -> None:
    settings = Settings(data=Data(dir=tmp_path), schedule=ScheduleSettings(enabled=False))
    async with running(settings) as run:
        client = await aiohttp_client(create_app(run.services))
        assert (await client.get("/schedule")).status == 200
        response = await client.post("/schedule/refresh")
        assert response.status == 403
        assert "schedule.enabled" in (await response.json())["detail"]


async def test_the_first_version_s_file_is_shown_at_the_path_that_it_had(
    tmp_path: Path, aiohttp_client: AiohttpClient
) -> None:
    file = tmp_path / "elsewhere.json"
    file.write_text(
        json.dumps({"season": "2026", "fetched_at": "2026-05-01T03:00:00+00:00", "races": []})
    )
    settings = Settings(data=Data(dir=tmp_path), schedule=ScheduleSettings(path=file))
    async with running(settings) as run:
        client = await aiohttp_client(create_app(run.services))
        answer = await (await client.get("/schedule")).json()
    assert answer["fetched_at"] == "2026-05-01T03:00:00+00:00"
    assert (answer["races"], answer["stale"]) == ([], True)


async def test_a_calendar_application_can_subscribe(site: Site) -> None:
    response = await site.client.get("/schedule.ics")
    assert response.status == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Cache-Control"] == "max-age=900"
    assert response.headers["Content-Disposition"] == 'inline; filename="f1stream.ics"'
    assert len(Calendar.from_ical(await response.read()).events) == 115
    head = await site.client.head("/schedule.ics")
    assert (head.status, head.headers["ETag"]) == (200, response.headers["ETag"])
    assert head.content_length == response.content_length


async def test_a_subscriber_chooses_sessions_and_reminders(site: Site) -> None:
    response = await site.client.get("/schedule.ics?sessions=race,qualifying&alarm=30")
    events = Calendar.from_ical(await response.read()).events
    assert len(events) == 46
    assert {str(event.walk("VALARM")[0]["TRIGGER"].to_ical()) for event in events} == {"b'-PT30M'"}
    silent = await site.client.get("/schedule.ics?alarm=0&sessions=")
    assert b"VALARM" not in await silent.read()


@pytest.mark.parametrize(
    "query",
    ["alarm=", "alarm=-1", "alarm=soon", "alarm=10081", "alarm=²", "sessions=race,lunch"],
)
async def test_a_wish_that_makes_no_sense_is_refused_with_what_to_write(
    site: Site, query: str
) -> None:
    response = await site.client.get(f"/schedule.ics?{query}")
    assert response.status == 400
    assert "write" in (await response.json())["detail"]


async def test_an_unchanged_calendar_is_not_sent_again(site: Site) -> None:
    first = await site.client.get("/schedule.ics")
    tag = first.headers["ETag"]
    for headers, status in (
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": f'"other", W/{tag}'}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"other"'}, 200),
    ):
        response = await site.client.get("/schedule.ics", headers=headers)
        assert response.status == status, headers
        assert (response.headers["ETag"], response.headers["Cache-Control"]) == (
            *(tag, "max-age=900"),
        )
        assert bool(await response.read()) == (status == 200)
    await site.refresh()
    same = await site.client.get("/schedule.ics", headers={"If-None-Match": tag})
    assert same.status == 304


async def test_a_cancelled_race_reaches_the_subscriber_as_one(site: Site) -> None:
    async def events() -> dict[str, Any]:
        response = await site.client.get("/schedule.ics?sessions=race")
        found = Calendar.from_ical(await response.read()).events
        return {str(event["SUMMARY"]): event for event in found}

    races = [race(n, f"Race {n}", f"2100-0{n}-05") for n in (1, 2, 3)]
    site.server.publish(2026, *races)
    await site.renew()
    before = (await events())["Race 2: Race"]
    site.server.publish(2026, races[0], races[2] | {"round": "2", "time": "15:00:00Z"})
    await site.renew()
    after = await events()
    assert after["Race 2: Race"]["STATUS"] == "CANCELLED"
    assert after["Race 2: Race"].uid == before.uid
    assert [after[f"Race {n}: Race"].sequence for n in (1, 2, 3)] == [0, 1, 1]
    assert [each["race_name"] for each in (await site.schedule())["races"]] == ["Race 1", "Race 3"]
