"""The ids of requests, and which of them become lines of the log."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from f1stream.http import requests
from f1stream.http.requests import MOST_LINES_A_SECOND, Requests, kind_of
from f1stream.http.under_way import UnderWay
from f1stream.tracing import ids
from tests.conftest import OpenHouse
from tests.http.served import OpenServed
from tests.origin import Encoded, Origin
from tests.origin.faults import Status

ID = "X-Request-Id"


@pytest.mark.parametrize("given", ["a", "req-1.2_3", "0" * 128, "a1b2/c+d=="])
async def test_a_sane_id_is_echoed(served: OpenServed, given: str) -> None:
    f1stream = await served()
    for path in ("/health", "/no/such/path", "/proxy", "/relay?url=x", "/metrics"):
        async with f1stream.viewer.get(path, headers={ID: given}) as response:
            assert response.headers.getall(ID) == [given], path


@pytest.mark.parametrize("given", ["", "0" * 129, "a b", "é", 'a"b', "<x>"])
async def test_any_other_is_replaced(served: OpenServed, given: str) -> None:
    f1stream = await served()
    seen = set()
    for _ in range(2):
        async with f1stream.viewer.get("/health", headers={ID: given}) as response:
            assert len(response.headers[ID]) == 16
            seen.add(response.headers[ID])
    assert len(seen) == 2
    assert given not in seen


async def test_what_memory_answers_echoes_an_id_and_is_the_same_otherwise(
    served: OpenServed, origin: Origin, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent, "/ts/")
    f1stream = await served(origin.at("/ts/index.m3u8"))
    play_url = await f1stream.house.play_url()
    path = await f1stream.media_path(play_url)
    for target in (play_url, path):
        first = await f1stream.read(target)
        hits = f1stream.house.run.services.tally
        before = hits.playlist.at_once + hits.media.at_once
        async with f1stream.viewer.get(target, headers={ID: "mine"}) as response:
            assert response.headers.getall(ID) == ["mine"]
            assert await response.read() == first
        async with f1stream.viewer.get(target, headers={ID: "not mine"}) as response:
            assert ID not in response.headers
            assert await response.read() == first
        assert hits.playlist.at_once + hits.media.at_once == before + 2


async def test_the_id_is_on_what_is_logged_of_the_upstream(
    served: OpenServed, origin: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    origin.route("/live.m3u8", "#EXTM3U\n")
    f1stream = await served(origin.at("/live.m3u8"))
    play_url = await f1stream.house.play_url()
    origin.fault("/live.m3u8", Status(500))
    named: list[tuple[str, str, str]] = []

    def note(record: logging.LogRecord) -> bool:
        named.append((record.name, record.getMessage(), ids.current()))
        return True

    caplog.handler.addFilter(note)
    caplog.set_level(logging.DEBUG, "f1stream")
    async with f1stream.viewer.get(play_url, headers={ID: "mine"}) as response:
        assert response.status == 502
    assert ("f1stream.net.client", "127.0.0.1 answered 500", "mine") in named
    [line] = [text for name, text, id in named if name == requests.log.name and id == "mine"]
    assert line.startswith("GET /proxy: 502, ")


class Steps:
    """A clock that goes on by so much with each look."""

    def __init__(self, step_s: float) -> None:
        self.now_s, self.step_s = 0.0, step_s

    def __call__(self) -> float:
        self.now_s += self.step_s
        return self.now_s


async def lines(
    house: OpenHouse,
    caplog: pytest.LogCaptureFixture,
    *targets: str,
    status: int = 200,
    step_s: float = 0.0,
    method: str = "GET",
) -> list[tuple[str, str]]:
    services = (await house()).run.services

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=status)

    asked = Requests(services, answer, clock=Steps(step_s))
    caplog.clear()
    for target in targets:
        await asked(make_mocked_request(method, target))
    found = [record for record in caplog.records if record.name == requests.log.name]
    return [(record.levelname, record.getMessage()) for record in found]


async def test_an_error_is_a_line_and_what_works_is_none(
    house: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "f1stream")
    assert await lines(house, caplog, "/streams") == []
    assert await lines(house, caplog, "/streams", status=404) == []
    [(level, text)] = await lines(house, caplog, "/streams?token=s3cret", status=503)
    assert (level, text) == ("WARNING", "GET /streams: 503, 0 bytes in 0 ms")


async def test_what_keeps_a_viewer_waiting_is_a_line_unless_it_has_to(
    house: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "f1stream")
    [(level, text)] = await lines(house, caplog, "/proxy?url=x", step_s=3)
    assert level == "INFO"
    assert text.startswith("GET /proxy: 200")
    assert await lines(house, caplog, "/proxy?url=x&_HLS_msn=7", step_s=3) == []
    assert await lines(house, caplog, "/extract", step_s=3, method="POST") == []


async def test_for_debugging_each_request_is_a_line(
    house: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "f1stream")
    assert len(await lines(house, caplog, *["/proxy?url=x"] * 100)) == 100


async def test_a_thousand_failures_are_a_few_lines_that_say_so(
    house: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "f1stream")
    # Three looks at the clock each: a thousand take three seconds.
    found = await lines(house, caplog, *["/proxy"] * 1000, status=502, step_s=0.001)
    assert 2 * MOST_LINES_A_SECOND < len(found) <= 5 * MOST_LINES_A_SECOND
    assert any("lines like this were left out" in text for _, text in found)


@pytest.mark.parametrize(
    ("target", "accept", "kind"),
    [
        ("/proxy?url=x", "", "playlist"),
        ("/relay?url=x", "text/html", "media"),
        ("/", "", "app"),
        ("/_app/immutable/x.js", "", "app"),
        ("/favicon.svg", "", "app"),
        ("/watch/abc", "text/html,*/*", "app"),
        ("/streams", "application/json", "api"),
        ("/no/such/thing", "", "api"),
    ],
)
def test_requests_are_of_four_kinds(target: str, accept: str, kind: str) -> None:
    headers: Any = {"Accept": accept} if accept else {}
    assert kind_of(make_mocked_request("GET", target, headers=headers)) == kind


async def test_only_what_is_under_way_already_is_waited_for() -> None:
    answers = UnderWay()
    answers.add("old")

    async def go_on() -> None:
        answers.add("new")
        answers.discard("old")

    async with asyncio.TaskGroup() as group:
        group.create_task(answers.finished(60))
        group.create_task(go_on())
    assert len(answers) == 1
    await answers.finished(0.001)
