"""The API over a real socket: what is asked, and what comes of every bad answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from multidict import CIMultiDict

from f1stream.errors import (
    F1StreamError,
    SourceChanged,
    TooLarge,
    Truncated,
    UpstreamBusy,
    UpstreamDown,
    UpstreamSlow,
    UpstreamStatus,
)
from f1stream.schedule import Jolpica
from f1stream.schedule.jolpica import Fetched
from tests.origin import Fault, Request, Response
from tests.origin.faults import (
    Endless,
    Html,
    Redirect,
    Reset,
    SlowBody,
    StallBeforeHeaders,
    StallInBody,
    Status,
    Truncate,
)
from tests.schedule.conftest import World, utc
from tests.schedule.jolpica_server import answer, race, season_2026

NOW = utc("2026-07-04 12:00")


def api(world: World) -> Jolpica:
    return Jolpica(world.client, world.server.url, patience_s=1)


async def fetched(world: World) -> Fetched:
    found = await api(world).season(2026, None, NOW)
    assert found is not None
    return found


def says(world: World, body: bytes | str | dict[str, Any], **headers: str) -> None:
    """Have the API answer 200 with that."""
    content = json.dumps(body) if isinstance(body, dict) else body

    async def told(request: Request) -> Response:
        data = content.encode() if isinstance(content, str) else content
        return Response(data, 200, CIMultiDict(headers))

    world.server.origin.mount("/ergast/f1/2026", told)


async def test_a_season_is_asked_for_once_and_then_conditionally(world: World) -> None:
    first = await fetched(world)
    assert len(first.races) == 23
    known = world.bundled.model_copy(
        update={"etag": first.etag, "last_modified": first.last_modified}
    )
    assert await api(world).season(2026, known, NOW) is None
    assert world.server.asked == [(2026, False), (2026, True)]
    again = world.server.origin.requests[-1].headers
    assert again["If-Modified-Since"] == "Tue, 24 Nov 2026 03:00:00 GMT"
    world.server.publish(2026, *season_2026()[:22])
    changed = await api(world).season(2026, known, NOW)
    assert changed is not None
    assert len(changed.races) == 22


@pytest.mark.parametrize("fault", [None, Status(404)], ids=str)
async def test_a_season_that_is_not_published_has_no_races(
    world: World, fault: Fault | None
) -> None:
    if fault:
        world.server.origin.fault("/ergast/f1/2027", fault)
    found = await api(world).season(2027, None, NOW)
    assert found is not None
    assert found.races == ()


@pytest.mark.parametrize(
    ("fault", "error", "told"),
    [
        (Status(500), UpstreamStatus, "127.0.0.1 answered 500"),
        (Status(403), UpstreamStatus, "127.0.0.1 answered 403"),
        (Html(), SourceChanged, "127.0.0.1: the answer: Invalid JSON"),
        (Truncate(500), Truncated, "the body ended early"),
        (Reset(), UpstreamDown, "127.0.0.1"),
        (StallBeforeHeaders(), UpstreamSlow, "127.0.0.1: no answer in time"),
        (StallInBody(500), UpstreamSlow, "127.0.0.1: no answer in time"),
        (SlowBody(chunk_bytes=10, interval_s=0.05), UpstreamSlow, "no whole answer in time"),
        (Endless(), TooLarge, "more than 1048576 bytes"),
        (Redirect("http://10.0.0.1/x"), F1StreamError, "upstream.allow_private"),
    ],
    ids=str,
)
async def test_a_bad_answer_is_an_error_that_says_what_is_wrong(
    world: World, fault: Fault, error: type[Exception], told: str
) -> None:
    world.server.origin.fault("/ergast", fault)
    with pytest.raises(error, match=told):
        await fetched(world)


async def test_a_304_that_nobody_asked_for_is_no_answer(world: World) -> None:
    async def unchanged(request: Request) -> Response:
        return Response(b"", 304)

    world.server.origin.mount("/ergast/f1/2026", unchanged)
    with pytest.raises(UpstreamStatus, match="answered 304"):
        await fetched(world)


WRONG: dict[str, Callable[[], Any]] = {
    "truncated JSON": lambda: json.dumps(answer(2026, season_2026()))[:9000],
    "nothing": lambda: b"",
    "not UTF-8": lambda: b"\xff\xfe{}",
    "a list": lambda: "[]",
    "deep": lambda: "[" * 100_000,
    "no table": lambda: {"MRData": {"total": "0"}},
    "a page of several": lambda: answer(2026, season_2026()[:20], total="23"),
    "another season": lambda: answer(2025, [race(1, "A", "2025-05-05")]),
    "a wrong type": lambda: answer(2026, [race(1, "A", "2026-05-05") | {"date": 7}]),
    "too many races": lambda: answer(2026, [race(1, "A", "2026-05-05")] * 101),
    "races as a table": lambda: {"MRData": {"total": "1", "RaceTable": {"Races": {"1": {}}}}},
}


@pytest.mark.parametrize("name", WRONG)
async def test_an_answer_of_another_shape_is_refused_with_the_place(
    world: World, name: str
) -> None:
    says(world, WRONG[name]())
    with pytest.raises(SourceChanged, match=r"^127\.0\.0\.1: "):
        await fetched(world)


async def test_10_mb_are_refused_before_they_have_arrived(world: World) -> None:
    says(world, b" " * 10_000_000)
    with pytest.raises(TooLarge):
        await fetched(world)


async def test_an_answer_that_does_not_name_its_season_is_believed(world: World) -> None:
    says(world, {"MRData": {"total": "1", "RaceTable": {"Races": [race(1, "A", "2026-05-05")]}}})
    assert len((await fetched(world)).races) == 1


@pytest.mark.parametrize("etag", ["x" * 300, "\xe9", ""])
async def test_validators_that_can_not_be_sent_back_are_not_kept(world: World, etag: str) -> None:
    says(world, answer(2026, season_2026()), ETag=etag)
    assert (await fetched(world)).etag is None


@pytest.mark.parametrize(
    ("retry_after", "wait_s"),
    [
        ("120", 120),
        ("99999999999999", 86400),
        ("Sat, 04 Jul 2026 12:05:00 GMT", 300),
        ("Sat, 04 Jul 2026 12:05:00", 300),
        ("Sat, 04 Jul 2020 12:05:00 GMT", 0),
        ("Thu, 04 Jul 2030 12:05:00 GMT", 86400),
        ("soon", None),
        ("-5", None),
        ("\N{SUPERSCRIPT TWO}", None),
        (None, None),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
async def test_an_api_that_wants_to_be_left_alone_says_for_how_long(
    world: World, status: int, retry_after: str | None, wait_s: float | None
) -> None:
    async def busy(request: Request) -> Response:
        headers = {} if retry_after is None else {"Retry-After": retry_after}
        return Response(b"", status, CIMultiDict(headers))

    world.server.origin.mount("/ergast/f1/2026", busy)
    with pytest.raises(UpstreamBusy) as caught:
        await fetched(world)
    assert caught.value.wait_s == wait_s
    assert (caught.value.status, caught.value.upstream_status) == (502, status)


async def test_the_secrets_of_a_mirror_are_never_in_an_error(world: World) -> None:
    url = world.server.url.replace("http://", "http://user:hunter2@")
    world.server.origin.fault("/", Status(500))
    with pytest.raises(F1StreamError) as caught:
        await Jolpica(world.client, url).season(2026, None, NOW)
    assert "hunter2" not in str(caught.value)
