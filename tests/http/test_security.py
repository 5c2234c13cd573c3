"""What browsers are told on every answer, and markup that stays text wherever it comes from."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import aiohttp
import pytest
from pydantic import SecretStr

from f1stream.hls.links import Kind
from f1stream.http import create_app
from f1stream.http.security import ELSEWHERE
from f1stream.models import Reason, Stream, Upstream, Verdict
from f1stream.settings import Access
from tests.conftest import OpenHouse
from tests.origin import Origin

MARKUP = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
# What a browser runs markup in.
ACTIVE = re.compile(r"html|xml|svg|javascript")


async def nothing() -> None:
    """No API is asked."""


async def test_every_route_says_what_may_not_be_done_with_it(house: OpenHouse) -> None:
    f1stream = await house()
    f1stream.run.services.renew = nothing
    app = create_app(f1stream.run.services)
    for route in app.router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        response = await f1stream.client.request(route.method, path)
        response.close()
        for name in ELSEWHERE:
            assert name in response.headers, (route.method, path, name)
        assert "Server" not in response.headers
        assert "unsafe" not in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_is_not_for_players_cannot_be_read_or_framed_by_other_sites(
    house: OpenHouse,
) -> None:
    f1stream = await house()
    for path in ("/streams", "/schedule", "/session", "/schedule.ics"):
        headers = (await f1stream.client.get(path)).headers
        assert "Access-Control-Allow-Origin" not in headers
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


async def test_what_is_for_players_can_be_read_on_any_site(
    origin: Origin, house: OpenHouse
) -> None:
    f1stream = await house()
    url = origin.route("/1.ts", b"\x47" * 188)
    headers = (await f1stream.client.get(f1stream.link(Kind.BYTES, url))).headers
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert "sandbox" in headers["Content-Security-Policy"]


async def passive(response: aiohttp.ClientResponse) -> str:
    """The text of an answer that no browser takes for a page."""
    assert not ACTIVE.search(response.content_type), response.content_type
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    return await response.text()


async def test_markup_in_a_stream_is_text(house: OpenHouse) -> None:
    f1stream = await house("http://127.0.0.1:9/live.m3u8")
    now = datetime.now(UTC)
    stream = Stream(
        "s1", MARKUP, "direct", MARKUP, Upstream("http://127.0.0.1:9/"), now, quality=MARKUP
    )
    f1stream.run.catalogue.succeeded("source 0", [stream], now)
    refused = Verdict(checked_at=now, reason=Reason.STATUS, detail=MARKUP)
    f1stream.run.catalogue.judged("s1", refused)
    f1stream.run.catalogue.failed("source 0", MARKUP, now)
    assert MARKUP in await passive(await f1stream.client.get("/streams/all"))
    assert "<script>" in await passive(await f1stream.client.get("/extractors"))
    f1stream.run.services.news.close()
    assert "<script>" not in await passive(await f1stream.client.get("/events"))


@pytest.mark.parametrize("kind", [Kind.PLAYLIST, Kind.BYTES, Kind.ASSETS, Kind.STEERING])
async def test_markup_of_an_upstream_is_never_a_page(
    origin: Origin, house: OpenHouse, kind: Kind
) -> None:
    f1stream = await house()
    bodies = {
        Kind.PLAYLIST: f"#EXTM3U\n#EXTINF:4,{MARKUP}\n1.ts\n",
        Kind.BYTES: f"<!doctype html>{MARKUP}",
        Kind.ASSETS: '{"ASSETS":[],"X":"<script>alert(1)</script>"}',
        Kind.STEERING: '{"VERSION":1,"TTL":9,"X":"<script>alert(1)</script>"}',
    }
    url = origin.route("/x", bodies[kind], headers={"Content-Type": "text/html"})
    response = await f1stream.client.get(f1stream.link(kind, url))
    assert response.status == 200
    assert "<script>" in await passive(response)


async def test_markup_in_a_request_is_not_told_back(house: OpenHouse) -> None:
    f1stream = await house(access=Access(viewer_password=SecretStr("lights out")))
    client = f1stream.client
    client.session.headers["Cookie"] = f1stream.run.services.gate.credentials()["Cookie"]
    client.session.headers["Accept"] = "application/json"
    for path in (f"/{MARKUP}", "/proxy", "/relay", "/schedule.ics", f"/streams/by/{MARKUP}/proxy"):
        params = {"url": MARKUP, "sig": MARKUP, "sessions": MARKUP, "alarm": MARKUP}
        said = await passive(await client.get(path, params=params))
        assert "alert(1)" not in said
    for path in ("/login", "/streams/activate"):
        for body in ({"password": MARKUP}, {"id": MARKUP}):
            assert "alert(1)" not in await passive(await client.post(path, json=body))
