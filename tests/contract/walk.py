"""The walk: each promise a function that asks and asserts."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import aiohttp
import orjson

STREAM = {
    *("id", "title", "site_key", "site_name", "quality", "stream_type", "is_live", "verdict"),
    *("response_time_ms", "bitrate", "checked_at", "extracted_at", "play_url", "preview_url"),
}
RACE = {
    *("round", "race_name", "circuit", "circuit_id", "country", "locality", "date", "url"),
    "sessions",
}
SESSION = {"type", "name", "start_utc", "duration_minutes", "status"}
PROBLEM = "application/problem+json"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
# What the reverse proxy of the deployment sets.
FORWARDED = {
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Host": "f1.example.org",
    "X-Forwarded-Proto": "https",
}
PATIENCE_S = 70


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    type: str
    headers: Any
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


class Asked:
    """A client of one f1stream."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url.rstrip("/") + "/"

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.request("GET", path, headers=headers)

    async def request(self, method: str, path: str, **more: Any) -> Answer:
        async with self._session.request(method, urljoin(self._url, path), **more) as answer:
            return Answer(answer.status, answer.content_type, answer.headers, await answer.read())


async def probes(f1stream: Asked) -> None:
    """`/health` is 200 and says ok; `/ready` is 200, or 503 and says why not."""
    health = await f1stream.get("/health")
    assert (health.status, health.json()) == (200, {"status": "ok"})
    ready = await f1stream.get("/ready")
    assert ready.status in (200, 503)
    assert bool(ready.json()["reasons"]) == (ready.status == 503)
    metrics = await f1stream.get("/metrics")
    assert metrics.status in (200, 401)


async def the_schedule(f1stream: Asked) -> None:
    """`/schedule` has the season, each race and session with what clients read of them."""
    answer = await f1stream.get("/schedule")
    assert (answer.status, answer.type) == (200, "application/json")
    schedule = answer.json()
    assert schedule.keys() >= {"season", "fetched_at", "stale", "races"}
    assert schedule["races"], "no races"
    for race in schedule["races"]:
        assert race.keys() >= RACE, RACE - race.keys()
        for session in race["sessions"]:
            assert session.keys() >= SESSION, SESSION - session.keys()
            assert session["status"] in ("past", "live", "upcoming")


async def the_calendar(f1stream: Asked) -> None:
    """`/schedule.ics` is a calendar."""
    answer = await f1stream.get("/schedule.ics")
    assert (answer.status, answer.type) == (200, "text/calendar")
    assert answer.body.startswith(b"BEGIN:VCALENDAR")


async def the_streams(f1stream: Asked) -> None:
    """`/streams` and `/streams/all` list streams with what clients read of them."""
    playable = (await f1stream.get("/streams")).json()
    everything = (await f1stream.get("/streams/all")).json()
    assert playable["count"] == len(playable["streams"]) <= everything["count"]
    for stream in everything["streams"]:
        assert stream.keys() >= STREAM, STREAM - stream.keys()
        assert stream["stream_type"] in ("m3u8", "embed")
        assert "url" not in stream, "an upstream's address, which can hold credentials"
        if stream["stream_type"] == "m3u8":
            assert stream["play_url"].startswith("/proxy?")


async def what_is_playable_plays(f1stream: Asked) -> None:
    """The best stream's playlist and newest segment are there, for pages of other origins too."""
    streams = (await f1stream.get("/streams")).json()["streams"]
    for stream in streams[:1]:
        path: str = stream["play_url"]
        for _ in range(3):
            answer = await f1stream.get(path)
            assert answer.status == 200, f"{answer.status} for a link of {stream['id']}"
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
            if not answer.body.startswith(b"#EXTM3U"):
                return
            lines = [line for line in answer.body.decode().splitlines() if line]
            path = urljoin(path, [line for line in lines if not line.startswith("#")][-1])
        raise AssertionError("playlists only, and no segment")


async def watching_is_announced(f1stream: Asked) -> None:
    """Clients that announce what they watch are answered, and told where they are wrong."""
    active = await f1stream.get("/streams/active")
    assert active.json().keys() >= {"active", "count"}
    for verb in ("activate", "deactivate"):
        unknown = await f1stream.request("POST", f"/streams/{verb}", json={"id": "no-such-stream"})
        assert (unknown.status, unknown.type) == (404, PROBLEM)
        nothing = await f1stream.request("POST", f"/streams/{verb}")
        assert (nothing.status, nothing.type) == (400, PROBLEM)
    for stream in (await f1stream.get("/streams")).json()["streams"][:1]:
        told = await f1stream.request("POST", "/streams/activate", json={"id": stream["id"]})
        assert stream["id"] in told.json()["active"]
        told = await f1stream.request("POST", "/streams/deactivate", json={"id": stream["id"]})
        assert stream["id"] not in told.json()["active"]


async def the_extractors(f1stream: Asked) -> None:
    """`/extractors` tells each source's state; `POST /extract` reads them, or says when it may."""
    listed = (await f1stream.get("/extractors")).json()
    assert listed["count"] == len(listed["extractors"])
    for source in listed["extractors"]:
        assert source.keys() >= {"key", "name", "state", "streams"}
    read = await f1stream.request("POST", "/extract")
    # 403 where an admin token is wanted.
    assert read.status in (200, 202, 403, 429)
    assert "Retry-After" in read.headers or read.status != 429


async def links_are_signed(f1stream: Asked) -> None:
    """`/proxy` and `/relay` fetch nothing that was not found here."""
    for route in ("proxy", "relay"):
        foreign = await f1stream.get(
            f"/{route}?url=aHR0cHM6Ly9leGFtcGxlLm9yZy8&sig=x.AAAAAAAAAAAAAAAA"
        )
        assert (foreign.status, foreign.type) == (403, PROBLEM)
        malformed = await f1stream.get(f"/{route}?url=%21%21&sig=x.AAAAAAAAAAAAAAAA")
        assert (malformed.status, malformed.type) == (400, PROBLEM)
        nothing = await f1stream.get(f"/{route}")
        assert (nothing.status, nothing.type) == (400, PROBLEM)
        preflight = await f1stream.request("OPTIONS", f"/{route}", headers={"Origin": "https://x"})
        assert preflight.headers["Access-Control-Allow-Origin"] == "*"


async def the_old_embeds_are_gone(f1stream: Asked) -> None:
    """`/embed` and `/embed-asset` fetch nothing: a program is told 404, a person gets the app."""
    for route in ("embed", "embed-asset"):
        path = f"/{route}?url=https%3A%2F%2Fexample.org%2F"
        program = await f1stream.get(path)
        assert (program.status, program.type) == (404, PROBLEM)
        person = await f1stream.get(path, **BROWSER)
        assert (person.status, person.type) == (200, "text/html")
        assert person.headers["X-Frame-Options"] == "DENY"


async def the_app(f1stream: Asked) -> None:
    """`/` is the app, on each of its paths; what it loads lies in `/_app/`, kept for ever."""
    for path in ("/", "/watch"):
        page = await f1stream.get(path, **BROWSER)
        assert (page.status, page.type) == (200, "text/html")
    assets = [part.split(b'"')[0].decode() for part in page.body.split(b'"/_app/')[1:]]
    assert assets, "the page loads nothing"
    for asset in assets:
        answer = await f1stream.get(f"/_app/{asset}")
        assert answer.status == 200, asset
        if asset.startswith("immutable/"):
            assert "immutable" in answer.headers["Cache-Control"]
    missing = await f1stream.get("/_app/immutable/gone.js", **BROWSER)
    assert missing.status == 404


async def the_proxy_in_front(f1stream: Asked) -> None:
    """What the reverse proxy adds changes no answer."""
    for path in ("/health", "/streams", "/extractors"):
        plain, forwarded = await f1stream.get(path), await f1stream.get(path, **FORWARDED)
        assert plain.status == forwarded.status == 200
        assert b"example.org" not in forwarded.body


WALK: tuple[Callable[[Asked], Awaitable[None]], ...] = (
    probes,
    the_schedule,
    the_calendar,
    the_streams,
    what_is_playable_plays,
    watching_is_announced,
    the_extractors,
    links_are_signed,
    the_old_embeds_are_gone,
    the_app,
    the_proxy_in_front,
)


async def walked(url: str, tell: Callable[[str], None] = lambda line: None) -> list[str]:
    """Ask everything of the f1stream at `url`; returns what is not as promised."""
    faults: list[str] = []
    timeout = aiohttp.ClientTimeout(total=PATIENCE_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for promise in WALK:
            fault = await _fault(promise, Asked(session, url))
            tell(f"{'FAULT' if fault else 'ok':6}{promise.__doc__}")
            if fault:
                tell(f"      {fault}")
                faults.append(f"{promise.__name__}: {fault}")
    return faults


async def _fault(promise: Callable[[Asked], Awaitable[None]], f1stream: Asked) -> str:
    try:
        await promise(f1stream)
    except AssertionError as error:
        return str(error) or f"not so: {traceback.extract_tb(error.__traceback__)[-1].line}"
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return ""
