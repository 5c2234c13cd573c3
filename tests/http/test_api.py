"""The JSON routes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient

from f1stream.http import api, create_app
from f1stream.models import Reason, Verdict
from tests.conftest import House, OpenHouse
from tests.origin import Encoded, Origin
from tests.origin.faults import Html, Reset, StallBeforeHeaders, Status, Truncate


async def listed(house: House, path: str) -> dict[str, Any]:
    response = await house.client.get(path)
    assert response.status == 200
    assert response.content_type == "application/json"
    answer: dict[str, Any] = await response.json()
    return answer


async def test_health_and_readiness(house: OpenHouse) -> None:
    f1stream = await house()
    assert await listed(f1stream, "/health") == {"status": "ok"}
    assert await listed(f1stream, "/ready") == {"ready": True, "reasons": [], "notes": []}
    f1stream.run.services.stopping = True
    response = await f1stream.client.get("/ready")
    assert response.status == 503
    assert await response.json() == {"ready": False, "reasons": ["stopping"], "notes": []}


async def test_a_stream_is_listed_with_all_that_clients_rely_on(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    origin.files(encoded.multi.parent, "/multi/")
    f1stream = await house(origin.at(f"/multi/{encoded.multi.name}?token=hunter2"))
    await f1stream.run.background.refresh.round()
    answer = await listed(f1stream, "/streams")
    assert answer["count"] == 1
    (stream,) = answer["streams"]
    assert set(stream) == {
        "id",
        "title",
        "site_key",
        "site_name",
        "quality",
        "stream_type",
        "is_live",
        "verdict",
        "health",
        "response_time_ms",
        "bitrate",
        "checked_at",
        "extracted_at",
        "stale",
        "alternatives",
        "play_url",
        "external_url",
        "page_url",
        "preview_url",
    }
    assert stream["title"] == "source 0"
    assert stream["site_key"] == "direct"
    assert stream["stream_type"] == "m3u8"
    assert stream["is_live"] is False
    assert stream["verdict"]["level"] == "segment"
    assert stream["bitrate"] > 0
    assert stream["response_time_ms"] > 0
    assert "hunter2" not in str(answer)
    assert (await f1stream.client.get(stream["play_url"])).status == 200


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Html(), "not a playlist"),
        (Status(403), "http status"),
        (Reset(), "unreachable"),
        (Truncate(5), "stalled"),
        (StallBeforeHeaders(), "timeout"),
    ],
    ids=str,
)
async def test_a_source_that_fails_is_listed_with_its_reason_and_the_others_play(
    origin: Origin, house: OpenHouse, encoded: Encoded, fault: Any, reason: str
) -> None:
    origin.files(encoded.ts.parent, "/good/")
    origin.route("/bad.m3u8", "#EXTM3U\n")
    origin.fault("/bad.m3u8", fault)
    f1stream = await house(
        origin.at("/bad.m3u8"), origin.at("/good/index.m3u8"), read_timeout=0.2, connect_timeout=0.2
    )
    await f1stream.run.background.refresh.round()
    playable = await listed(f1stream, "/streams")
    assert [stream["title"] for stream in playable["streams"]] == ["source 1"]
    everything = await listed(f1stream, "/streams/all")
    assert everything["count"] == 2
    verdict = everything["streams"][1]["verdict"]
    assert (verdict["playable"], verdict["level"], verdict["reason"]) == (False, None, reason)
    assert verdict["detail"]


async def test_a_private_address_is_refused_with_the_remedy(
    origin: Origin, house: OpenHouse
) -> None:
    f1stream = await house(origin.at("/x.m3u8"), allow_private=[])
    await f1stream.run.background.refresh.round()
    (stream,) = (await listed(f1stream, "/streams/all"))["streams"]
    assert stream["verdict"]["reason"] == "refused"
    assert "upstream.allow_private" in stream["verdict"]["detail"]
    assert origin.requests == []


async def test_extractors_tell_their_state(house: OpenHouse) -> None:
    f1stream = await house("http://127.0.0.1:9/x.m3u8")
    before = (await listed(f1stream, "/extractors"))["extractors"]
    assert [(source["name"], source["state"]) for source in before] == [("source 0", "pending")]
    await f1stream.run.background.refresh.round()
    (after,) = (await listed(f1stream, "/extractors"))["extractors"]
    assert (after["state"], after["streams"], after["error"]) == ("ok", 1, None)
    assert after["last_run"]


async def test_extract_runs_every_source_now(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent, "/good/")
    f1stream = await house(origin.at("/good/index.m3u8"))
    loop = asyncio.create_task(f1stream.run.background.rounds.run())
    response = await f1stream.client.post("/extract")
    assert response.status == 200
    assert (await response.json())["extractors"][0]["state"] == "ok"
    assert (await listed(f1stream, "/streams"))["count"] == 1
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_extract_is_rate_limited_and_says_when_to_come_back(house: OpenHouse) -> None:
    f1stream = await house("http://127.0.0.1:9/live.m3u8")
    loop = asyncio.create_task(f1stream.run.background.rounds.run())
    answers = await asyncio.gather(*(f1stream.client.post("/extract") for _ in range(3)))
    assert [answer.status for answer in answers] == [200] * 3, "who asks meanwhile waits along"
    soon = await f1stream.client.post("/extract")
    assert (soon.status, soon.content_type) == (429, "application/problem+json")
    assert 0 < int(soon.headers["Retry-After"]) <= 30
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_an_extraction_that_takes_long_goes_on_without_its_client(
    house: OpenHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "EXTRACT_TIMEOUT_S", 0.05)
    f1stream = await house("http://127.0.0.1:9/live.m3u8")
    response = await f1stream.client.post("/extract")
    assert response.status == 202
    assert (await response.json())["extractors"][0]["name"] == "source 0"


async def test_the_same_stream_of_two_sources_is_listed_once_with_a_way_out(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent, "/live/")
    urls = [origin.at(f"/live/index.m3u8?token={number}") for number in range(2)]
    f1stream = await house(*urls)
    await f1stream.run.background.refresh.round()
    (stream,) = (await listed(f1stream, "/streams"))["streams"]
    assert stream["site_name"] == "source 0"
    (other,) = stream["alternatives"]
    assert (other["site_name"], other["playable"]) == ("source 1", True)
    assert (await f1stream.client.get(other["play_url"])).status == 200
    failed = Verdict(checked_at=datetime.now(UTC), reason=Reason.STATUS)
    f1stream.run.catalogue.judged(stream["id"], failed)
    (still,) = (await listed(f1stream, "/streams"))["streams"]
    assert (still["id"], still["verdict"]["playable"]) == (stream["id"], True)
    assert still["play_url"] == other["play_url"]
    (last,) = still["alternatives"]
    assert (last["play_url"], last["playable"]) == (stream["play_url"], False)


async def test_who_watches_an_alternative_watches_what_is_listed(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent, "/live/")
    urls = [origin.at(f"/live/index.m3u8?token={number}") for number in range(2)]
    f1stream = await house(*urls)
    await f1stream.run.background.refresh.round()
    (stream,) = (await listed(f1stream, "/streams"))["streams"]
    for way in (stream, *stream["alternatives"]):
        await f1stream.client.get(way["play_url"])
    assert await listed(f1stream, "/streams/active") == {"active": [stream["id"]], "count": 1}
    answer = await f1stream.client.post("/streams/deactivate", json={"id": stream["id"]})
    assert (await answer.json())["active"] == []


async def test_a_stream_is_listed_with_what_was_seen_of_it(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent, "/live/")
    f1stream = await house(origin.at("/live/index.m3u8"))
    await f1stream.run.background.refresh.round()
    (stream,) = (await listed(f1stream, "/streams"))["streams"]
    health = stream["health"]
    assert (health["state"], health["container"]) == ("ended", "ts")
    assert health["codecs"] == ["avc1", "mp4a.40.2"]
    assert health["encryption"] is None
    assert stream["stale"] is False


async def test_another_site_s_page_cannot_ask_for_an_extraction(house: OpenHouse) -> None:
    f1stream = await house()
    for site in ("cross-site", "same-site"):
        response = await f1stream.client.post("/extract", headers={"Sec-Fetch-Site": site})
        assert response.status == 403
        assert response.content_type == "application/problem+json"


async def test_with_an_admin_token_only_it_opens(
    house: OpenHouse, aiohttp_client: AiohttpClient
) -> None:
    f1stream = await house()

    async def extract() -> None:
        """Nothing to read."""

    f1stream.run.services.extract = extract
    f1stream.run.services.admin_token = "sesame"
    client: TestClient[web.Request, web.Application] = await aiohttp_client(
        create_app(f1stream.run.services)
    )
    given = {"none": None, "wrong": "Bearer sesam", "bare": "sesame", "right": "Bearer sesame"}
    statuses = {
        name: (
            await client.post("/extract", headers={"Authorization": token} if token else {})
        ).status
        for name, token in given.items()
    }
    assert statuses == {"none": 403, "wrong": 403, "bare": 403, "right": 200}


async def test_watching_is_noticed_and_can_be_announced(
    origin: Origin, house: OpenHouse, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent, "/good/")
    f1stream = await house(origin.at("/good/index.m3u8"))
    play_url = await f1stream.play_url()
    assert await listed(f1stream, "/streams/active") == {"active": [], "count": 0}
    await f1stream.client.get(play_url)
    (watched,) = (await listed(f1stream, "/streams/active"))["active"]
    gone = await f1stream.client.post("/streams/deactivate", json={"id": watched})
    assert (await gone.json())["count"] == 0
    back = await f1stream.client.post(f"/streams/activate?id={watched}")
    assert (await back.json())["active"] == [watched]


@pytest.mark.parametrize(
    ("body", "status"), [(b"{", 400), (b"[]", 400), (b"{}", 400), (b'{"id": "nope"}', 404)]
)
async def test_announcing_nonsense_is_an_error(house: OpenHouse, body: bytes, status: int) -> None:
    f1stream = await house()
    response = await f1stream.client.post("/streams/activate", data=body)
    assert response.status == status
    assert response.content_type == "application/problem+json"


async def test_unknown_paths_and_methods_are_problems(house: OpenHouse) -> None:
    f1stream = await house()
    missing = await f1stream.client.get("/nope", headers={"Accept": "application/json"})
    assert (missing.status, missing.content_type) == (404, "application/problem+json")
    refused = await f1stream.client.delete("/streams")
    assert (refused.status, refused.content_type) == (405, "application/problem+json")
    assert "GET" in refused.headers["Allow"]
