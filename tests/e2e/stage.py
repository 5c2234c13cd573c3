"""The built app before a server whose every answer the test decides, at any time of the year.

The app's files, their policy, the schedule's description and the events are f1stream's own code;
what they tell is set on the `Stage`. Time is the server's, which the app has to go by.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer
from aiohttp.typedefs import Handler

from f1stream.http.errors import problem
from f1stream.http.events import events
from f1stream.http.news import News
from f1stream.http.schedule import described
from f1stream.http.services import SERVICES, Services
from f1stream.http.spa import BuiltApp, routes
from f1stream.schedule import Jolpica, Schedule, Storage, Timetable, bundled

BUILD = Path(__file__).parents[2] / "static" / "build"

# The Thursday before the last race but one of the bundled season.
THURSDAY = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
# Its race is on.
RACE = datetime(2026, 11, 29, 16, 40, tzinfo=UTC)

JSON = dict[str, Any]


@dataclass
class Stage:
    """What the server says. `now` is its clock when the stage is set, and runs on from there.

    `down` is whether it hangs up on every question, `slow_s` how long it thinks about the streams.
    With a `password` it tells nothing to who has not signed in.
    """

    now: datetime = THURSDAY
    season: Schedule = field(default_factory=lambda: fresh(THURSDAY))
    streams: list[JSON] = field(default_factory=list)
    sources: list[JSON] = field(default_factory=lambda: [source()])
    down: bool = False
    slow_s: float = 0
    password: str | None = None
    events_work: bool = True
    url: str = ""
    asked: list[str] = field(default_factory=list)
    news: News = field(init=False)
    _set_at: float = field(default_factory=time.monotonic)
    _answers: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.news = News(
            {
                "streams": lambda: {
                    "count": len(self.streams),
                    "playable": sum(each["verdict"]["playable"] for each in self.streams),
                    "best": [each["id"] for each in self.streams[:50]],
                },
                "schedule": lambda: self.season.fetched_at,
            }
        )

    def clock(self) -> datetime:
        """The server's time."""
        return self.now + timedelta(seconds=time.monotonic() - self._set_at)

    def count(self, path: str) -> int:
        """How often the app has asked for `path`."""
        return self.asked.count(path)

    def answers(self, path: str, body: bytes) -> None:
        """Answer `path` with these bytes from now on."""
        self._answers[path] = body

    def app(self) -> web.Application:
        """The server."""
        app = web.Application(middlewares=[self._front])
        app[SERVICES] = cast(Services, SimpleNamespace(news=self.news))
        app.add_routes(
            [
                web.get("/schedule", self._json(self._schedule)),
                web.get("/streams/all", self._json(self._listed)),
                web.get("/extractors", self._json(self._extractors)),
                web.get("/session", self._session),
                web.post("/login", self._login),
                web.post("/logout", self._logout),
                web.get("/events", self._events),
                *routes(BuiltApp.load(BUILD)),
            ]
        )
        return app

    @web.middleware
    async def _front(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append(request.path)
        api = request.path in {"/schedule", "/streams/all", "/extractors", "/session", "/events"}
        if api and self.down:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if api and request.path != "/session" and not self._may(request):
            return problem(401, "Sign in", "This f1stream asks for a password.")
        return await handler(request)

    def _may(self, request: web.Request) -> bool:
        return self.password is None or request.cookies.get("session") == self.password

    def _json(
        self, content: Callable[[], Awaitable[Any]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def answer(request: web.Request) -> web.Response:
            set_answer = self._answers.get(request.path)
            body = orjson.dumps(await content()) if set_answer is None else set_answer
            headers = {"Date": format_datetime(self.clock(), usegmt=True)}
            return web.Response(body=body, content_type="application/json", headers=headers)

        return answer

    async def _schedule(self) -> JSON:
        nothing = cast(Jolpica, None), cast(Storage, None)
        table = Timetable(*nothing, kept=self.season, bundled=bundled(), clock=self.clock)
        return described(table)

    async def _listed(self) -> JSON:
        await asyncio.sleep(self.slow_s)
        return {"streams": self.streams, "count": len(self.streams)}

    async def _extractors(self) -> JSON:
        return {"extractors": self.sources, "count": len(self.sources)}

    async def _session(self, request: web.Request) -> web.Response:
        required = self.password is not None
        return web.json_response({"required": required, "signed_in": self._may(request)})

    async def _login(self, request: web.Request) -> web.Response:
        given = (await request.json())["password"]
        if self.asked.count("/login") > 5:
            return problem(429, "Too many attempts", "")
        if given != self.password:
            return problem(401, "Wrong password", "")
        response = web.Response(status=204)
        response.set_cookie("session", given, httponly=True, samesite="Lax")
        return response

    async def _logout(self, request: web.Request) -> web.Response:
        response = web.Response(status=204)
        response.del_cookie("session")
        return response

    async def _events(self, request: web.Request) -> web.StreamResponse:
        return await events(request) if self.events_work else problem(503, "No events", "")


@asynccontextmanager
async def staged(stage: Stage) -> AsyncIterator[Stage]:
    """`stage` while it is served, on loopback."""
    server = TestServer(stage.app(), host="127.0.0.1", skip_url_asserts=True)
    await server.start_server()
    stage.url = str(server.make_url("/")).rstrip("/")
    try:
        yield stage
    finally:
        stage.news.close()
        await server.close()


def fresh(now: datetime, **changes: Any) -> Schedule:
    """The bundled season as if the API had just told it."""
    return bundled().model_copy(update={"fetched_at": now - timedelta(hours=2), **changes})


def stream(number: int = 1, **changes: Any) -> JSON:
    """A stream that plays, as `/streams/all` tells it."""
    checked = (THURSDAY - timedelta(minutes=3)).isoformat()
    verdict = {
        "level": "frames",
        "playable": True,
        "reason": None,
        "detail": None,
        "checked_at": checked,
        "proof": None,
    }
    return {
        "id": f"stream-{number}",
        "title": f"Formula 1 world feed {number}",
        "site_key": "direct",
        "site_name": "Garage camera",
        "quality": "1080p",
        "stream_type": "m3u8",
        "is_live": True,
        "verdict": verdict,
        "health": None,
        "response_time_ms": 84.2,
        "bitrate": 6_000_000,
        "checked_at": checked,
        "extracted_at": checked,
        "stale": False,
        "alternatives": [],
        "play_url": f"/proxy?url=none{number}&sig=none",
        "page_url": None,
        "preview_url": None,
        **changes,
    }


def dead_stream(number: int, reason: str | None, detail: str | None = None) -> JSON:
    """A stream that does not play, or that nobody has checked yet."""
    alive = stream(number)
    checked = alive["checked_at"] if reason else None
    verdict = {**alive["verdict"], "level": None, "playable": False, "checked_at": checked}
    return {**alive, "verdict": {**verdict, "reason": reason, "detail": detail}, "is_live": False}


def source(**changes: Any) -> JSON:
    """A source, as `/extractors` tells it."""
    return {
        "key": "direct",
        "name": "Garage camera",
        "state": "ok",
        "last_run": (THURSDAY - timedelta(minutes=3)).isoformat(),
        "streams": 1,
        "error": None,
        **changes,
    }
