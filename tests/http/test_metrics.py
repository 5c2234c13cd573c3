"""What `/metrics` says of what viewers did."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics

from f1stream.http.metrics import MOST_STREAMS
from f1stream.models import Reason, Stream, Upstream, Verdict
from f1stream.settings import Server
from tests.http.served import OpenServed, Served
from tests.origin import Encoded, Origin
from tests.origin.faults import Html, Reset, SlowBody, StallBeforeHeaders, Status


async def playing(
    served: OpenServed, origin: Origin, encoded: Encoded, **more: Any
) -> tuple[Served, str]:
    """A stream, and its play URL, once it was checked."""
    origin.files(encoded.ts.parent, "/ts/")
    f1stream = await served(origin.at("/ts/index.m3u8"), **more)
    return f1stream, await f1stream.house.play_url()


async def test_requests_bytes_and_fetches_are_counted_as_they_were(
    served: OpenServed, origin: Origin, encoded: Encoded
) -> None:
    f1stream, play_url = await playing(served, origin, encoded)
    before = await f1stream.numbers()
    playlists = [await f1stream.read(play_url) for _ in range(3)]
    path = await f1stream.media_path(play_url)
    bodies = [await f1stream.read(path) for _ in range(4)]
    bodies.append(await f1stream.read(path, Range="bytes=0-99"))
    now = await f1stream.numbers()

    def more(name: str, **labels: str) -> float:
        return now(name, **labels) - before(name, **labels)

    assert more("f1stream_requests_total", kind="playlist", code="200") == 4
    assert more("f1stream_requests_total", kind="media", code="200") == 4
    assert more("f1stream_requests_total", kind="media", code="206") == 1
    assert more("f1stream_sent_bytes_total", kind="media") == sum(map(len, bodies))
    assert more("f1stream_sent_bytes_total", kind="playlist") > 0
    assert len(set(playlists)) == 1
    assert more("f1stream_cache_lookups_total", kind="segment", result="miss") == 1
    assert more("f1stream_cache_lookups_total", kind="segment", result="hit") == 4
    assert more("f1stream_cache_lookups_total", kind="playlist", result="miss") == 1
    assert more("f1stream_cache_lookups_total", kind="playlist", result="hit") == 3
    assert more("f1stream_upstream_requests_total", kind="media") == 1
    assert more("f1stream_upstream_received_bytes_total", kind="media") == len(bodies[0])
    assert more("f1stream_upstream_requests_total", kind="playlist") == 1
    assert more("f1stream_first_byte_seconds_count", kind="media") == 5
    assert now("f1stream_cache_bytes", kind="segment", process="owner") >= len(bodies[0])
    assert now("f1stream_upstream_errors_total") == 0


async def test_what_passes_by_the_cache_is_counted_too(served: OpenServed, origin: Origin) -> None:
    body = bytes(400_000)
    origin.route("/big.ts", body)
    origin.route("/live.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n/big.ts\n")
    f1stream = await served(origin.at("/live.m3u8"))
    path = await f1stream.media_path(await f1stream.house.play_url())
    services = f1stream.house.run.services
    services.segments._largest_bytes = 100_000
    before = await f1stream.numbers()
    for _ in range(2):
        assert await f1stream.read(path) == body
    now = await f1stream.numbers()

    def more(name: str) -> float:
        return now(name, kind="media") - before(name, kind="media")

    assert more("f1stream_sent_bytes_total") == 2 * len(body)
    # The fetch that found it too large ended at its head, but for what had come with that.
    assert 2 * len(body) <= more("f1stream_upstream_received_bytes_total") < 3 * len(body)


@pytest.mark.parametrize(
    ("fault", "reason", "status"),
    [
        (Html(), "not a playlist", "502"),
        (Status(500), "http status", "502"),
        (Reset(), "unreachable", "502"),
        (StallBeforeHeaders(), "timeout", "504"),
    ],
    ids=str,
)
async def test_an_upstream_s_error_is_counted_by_its_reason(
    served: OpenServed, origin: Origin, fault: Html, reason: str, status: str
) -> None:
    origin.route("/live.m3u8", "#EXTM3U\n")
    origin.fault("/live.m3u8", fault)
    f1stream = await served(origin.at("/live.m3u8"), read_timeout=0.3, connect_timeout=0.3)
    play_url = await f1stream.house.play_url()
    async with f1stream.viewer.get(play_url) as response:
        assert str(response.status) == status
    now = await f1stream.numbers()
    assert now("f1stream_upstream_errors_total", kind="playlist", reason=reason) >= 1
    assert now("f1stream_verifications_total", means="probe", outcome=reason) == 1
    assert now("f1stream_requests_total", kind="playlist", code=status) == 1
    assert now("f1stream_extractions_total", extractor="direct", outcome="ok") == 1


async def test_viewers_are_told_apart_behind_a_proxy(
    served: OpenServed, origin: Origin, encoded: Encoded
) -> None:
    f1stream, play_url = await playing(served, origin, encoded)
    for viewer in ("192.0.2.1", "192.0.2.2, 10.0.0.9", "192.0.2.2"):
        await f1stream.read(play_url, **{"X-Forwarded-For": viewer})
    await f1stream.read(play_url)
    now = await f1stream.numbers()
    assert now("f1stream_viewers") == 3
    assert list(now.labelled("f1stream_busiest_viewers", "stream").values()) == [3]


async def test_what_a_stranger_says_of_viewers_is_not_believed(
    served: OpenServed, origin: Origin, encoded: Encoded
) -> None:
    f1stream, play_url = await playing(served, origin, encoded, server=Server(trusted_proxies=()))
    for viewer in ("192.0.2.1", "192.0.2.2"):
        await f1stream.read(play_url, **{"X-Forwarded-For": viewer})
    assert (await f1stream.numbers())("f1stream_viewers") == 1


async def test_ten_thousand_streams_are_as_many_lines_as_twenty(
    served: OpenServed,
) -> None:
    f1stream = await served("http://127.0.0.1:9/live.m3u8")
    few = await f1stream.numbers()
    services, now = f1stream.house.run.services, datetime.now(UTC)
    upstream = Upstream("http://127.0.0.1:9/live.m3u8")
    services.catalogue.succeeded(
        "source 0",
        [
            Stream(f"s{n}", f"F1 {n}", "direct", "source 0", upstream, now, address=str(n))
            for n in range(10_000)
        ],
        now,
    )
    for n in range(10_000):
        for viewer in range(1 + (n in (7, 8))):
            services.viewing.seen(f"s{n}", f"192.0.2.{viewer}")
    services.catalogue.judged("s1", Verdict(now, reason=Reason.STALE))
    many = await f1stream.numbers()
    assert many("f1stream_streams") == 10_000
    assert many("f1stream_streams", state="unplayable") == 1
    busiest = many.labelled("f1stream_busiest_viewers", "stream")
    assert len(busiest) == MOST_STREAMS
    assert busiest["s7"] == busiest["s8"] == 2
    assert many("f1stream_viewers") == 10_002
    assert len(many.text.splitlines()) <= len(few.text.splitlines()) + MOST_STREAMS + 5


async def test_who_asks_for_openmetrics_gets_it(served: OpenServed) -> None:
    f1stream = await served()
    asked = {"Accept": "application/openmetrics-text; version=1.0.0"}
    async with f1stream.viewer.get("/metrics", headers=asked) as response:
        assert response.content_type == "application/openmetrics-text"
        names = {family.name for family in openmetrics(await response.text())}  # type: ignore[no-untyped-call]
    assert {"f1stream_requests", "f1stream_build", "process_resident_memory_bytes"} <= names


async def test_a_viewer_who_leaves_is_counted_for_what_they_got(
    served: OpenServed, origin: Origin, encoded: Encoded
) -> None:
    f1stream, play_url = await playing(served, origin, encoded)
    path = await f1stream.media_path(play_url)
    origin.fault("/ts/", SlowBody(chunk_bytes=1000, interval_s=0.01))
    async with aiohttp.ClientSession(f1stream.viewer._base_url) as other:
        response = await other.get(path)
        await response.content.readexactly(5000)
        response.close()
    async with asyncio.timeout(5):
        while not (now := await f1stream.numbers())("f1stream_sent_bytes_total", kind="media"):
            await asyncio.sleep(0.01)
    assert now("f1stream_sent_bytes_total", kind="media") >= 5000
    assert now("f1stream_requests_total", kind="media", code="200") == 1
