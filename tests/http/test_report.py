"""`POST /streams/{id}/report`: viewers' errors as evidence."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from f1stream.http.report import Report
from f1stream.models import Level, Stream, Upstream, Verdict
from tests.conftest import House, OpenHouse

GOOD = {"reason": "stalled"}


async def opened(open_house: OpenHouse) -> House:
    """Two sources that have the same stream; only the second one plays."""
    house = await open_house("http://127.0.0.1:9/x", "http://127.0.0.1:9/y")
    now = datetime.now(UTC)
    for name, key in (("source 0", "one"), ("source 1", "two")):
        upstream = Upstream("http://a.example/live.m3u8")
        stream = Stream(key, key, "direct", name, upstream, now, address="a.example/live.m3u8")
        house.run.catalogue.succeeded(name, [stream], now)
    house.run.catalogue.judged("two", Verdict(now, Level.SEGMENT))
    return house


def reported(house: House) -> list[str]:
    entries = [way for entry in house.run.catalogue.all() for way in entry.ways]
    return [entry.stream.id for entry in entries if entry.reported]


async def test_what_is_played_under_the_id_of_the_list_is_looked_at_again(
    house: OpenHouse, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "f1stream.http")
    f1stream = await opened(house)
    secret = {"reason": "media", "detail": "/proxy?url=hunter2"}
    answer = await f1stream.client.post("/streams/one/report", json=secret)
    assert answer.status == 202
    assert await answer.json() == {"reported": "two"}
    assert reported(f1stream) == ["two"]
    assert caplog.messages == ["a viewer reports of two: media"]
    answer = await f1stream.client.post("/streams/two/report", json=GOOD)
    assert await answer.json() == {"reported": "two"}


async def test_a_report_has_the_stream_probed_again_at_its_next_turn(house: OpenHouse) -> None:
    f1stream = await opened(house)
    catalogue = f1stream.run.catalogue
    source = "source 1"
    assert catalogue.due(source, datetime.now(UTC)) == []
    asked = datetime.now(UTC)
    await f1stream.client.post("/streams/two/report", json=GOOD)
    entry = catalogue.get("two")
    assert entry is not None
    due = entry.due_at()
    assert due is not None
    assert (due - asked).total_seconds() < 30


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"[]",
        b'"stalled"',
        b"{}",
        b'{"reason": "bored"}',
        b'{"reason": ["stalled"]}',
        b'{"reason": "stalled", "detail": 7}',
        b'{"reason": "stalled", "detail": "' + b"x" * 201 + b'"}',
        b"[" * 30_000,
        b"\xff\xfe",
    ],
)
async def test_bad_input_is_told_what_to_send(house: OpenHouse, body: bytes) -> None:
    f1stream = await opened(house)
    answer = await f1stream.client.post("/streams/one/report", data=body)
    assert answer.status == 400
    assert answer.content_type == "application/problem+json"
    assert "unreachable, stalled, media, unsupported, expired" in (await answer.json())["detail"]
    assert reported(f1stream) == []


async def test_an_unknown_stream_a_foreign_page_and_a_huge_body_are_refused(
    house: OpenHouse,
) -> None:
    f1stream = await opened(house)
    assert (await f1stream.client.post("/streams/nobody/report", json=GOOD)).status == 404
    for site, status in (
        ("cross-site", 403),
        ("same-site", 403),
        ("same-origin", 202),
        ("none", 202),
    ):
        headers = {"Sec-Fetch-Site": site}
        answer = await f1stream.client.post("/streams/one/report", json=GOOD, headers=headers)
        assert answer.status == status
    huge = await f1stream.client.post("/streams/one/report", data=b"x" * 100_000)
    assert huge.status == 413


@given(st.binary() | st.text().map(str.encode))
def test_any_bytes_are_a_report_or_refused(body: bytes) -> None:
    try:
        told = Report.model_validate_json(body)
    except ValidationError:
        return
    assert len(told.detail or "") <= 200
