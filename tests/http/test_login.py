"""Signing in, and what is closed to those who have not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http.cookies import Morsel
from urllib.parse import urljoin

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from pydantic import SecretStr
from pytest_aiohttp.plugin import AiohttpClient

from f1stream.hls.links import Kind
from f1stream.http import create_app
from f1stream.http.listening import answering
from f1stream.http.sessions import BY_TOKEN, COOKIE, SESSION_S
from f1stream.settings import Access
from tests.conftest import House, OpenHouse
from tests.origin import Origin

PASSWORD = "lights out"
ACCESS = Access(viewer_password=SecretStr(PASSWORD), admin_token=SecretStr("the operator's"))
MEDIA = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.ts\n#EXT-X-ENDLIST\n"
TS = (b"\x47" + bytes(187)) * 100
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

Client = TestClient[web.Request, web.Application]
Strangers = Callable[[House], Awaitable[Client]]


@pytest.fixture
def stranger(aiohttp_client: AiohttpClient) -> Strangers:
    """Another browser, with no cookies."""
    return lambda house: aiohttp_client(create_app(house.run.services))


async def signed_in(client: Client, **headers: str) -> Morsel[str]:
    """Sign in; the cookie that a browser is given for it."""
    response = await client.post("/login", json={"password": PASSWORD}, headers=headers)
    assert (response.status, await response.json()) == (200, {"required": True, "signed_in": True})
    return response.cookies[COOKIE]


async def test_without_a_password_everything_is_open(house: OpenHouse) -> None:
    f1stream = await house()
    assert await (await f1stream.client.get("/session")).json() == {
        "required": False,
        "signed_in": False,
    }
    assert (await f1stream.client.get("/streams")).status == 200
    response = await f1stream.client.post("/login", json={"password": "any"})
    assert (response.status, dict(response.cookies)) == (200, {})


async def test_every_route_is_closed_to_strangers_but_for_those_that_let_in(
    house: OpenHouse,
) -> None:
    f1stream = await house(access=ACCESS)
    statuses: dict[tuple[str, str], int] = {}
    for route in create_app(f1stream.run.services).router.routes():
        assert route.resource is not None
        path = route.resource.canonical
        if route.method != "OPTIONS" and not path.startswith(BY_TOKEN):
            response = await f1stream.client.request(route.method, path.replace("{id}", "any"))
            statuses[route.method, path] = response.status
            if response.status == 401 and route.method != "HEAD":
                assert response.content_type == "application/problem+json"
                assert (await response.json())["title"] == "Not signed in"
                assert response.headers["Cache-Control"] == "no-store"
    opened = {path for (_, path), status in statuses.items() if status != 401}
    assert opened == {
        "/health",
        "/ready",
        "/session",
        "/login",
        "/logout",
        "/schedule.ics",
        "/openapi.json",
        "/{path}",
    }
    assert statuses["GET", "/streams"] == statuses["HEAD", "/relay"] == 401


async def test_who_has_signed_in_watches_until_signing_out(
    origin: Origin, house: OpenHouse, stranger: Strangers
) -> None:
    origin.route("/1.ts", TS)
    f1stream = await house(origin.route("/live.m3u8", MEDIA), access=ACCESS)
    await f1stream.run.background.refresh.round()
    await signed_in(f1stream.client)
    (stream,) = (await (await f1stream.client.get("/streams")).json())["streams"]
    playlist = await f1stream.client.get(stream["play_url"])
    segment = urljoin(stream["play_url"], (await playlist.text()).splitlines()[3])
    assert await (await f1stream.client.get(segment)).read() == TS
    other = await stranger(f1stream)
    for path in (stream["play_url"], segment, "/streams", "/events"):
        assert (await other.get(path)).status == 401
    left = await f1stream.client.post("/logout")
    assert await left.json() == {"required": True, "signed_in": False}
    assert (await f1stream.client.get(segment)).status == 401


async def test_the_cookie_is_for_this_site_s_requests_only(house: OpenHouse) -> None:
    f1stream = await house(access=ACCESS)
    cookie = await signed_in(f1stream.client)
    assert cookie["httponly"] is True
    assert (cookie["samesite"], cookie["path"]) == ("Lax", "/")
    assert (cookie["max-age"], cookie["secure"]) == (str(SESSION_S), "")
    by_proxy = await signed_in(f1stream.client, **{"X-Forwarded-Proto": "https"})
    assert by_proxy["secure"] is True


async def test_a_form_signs_in_and_leads_to_the_app(house: OpenHouse) -> None:
    f1stream = await house(access=ACCESS)
    response = await f1stream.client.post(
        "/login", data={"password": PASSWORD}, allow_redirects=False
    )
    assert (response.status, response.headers["Location"]) == (303, "/")
    assert (await (await f1stream.client.get("/session")).json())["signed_in"] is True


async def test_wrong_passwords_are_refused_and_soon_not_even_heard(
    house: OpenHouse, stranger: Strangers
) -> None:
    f1stream = await house(access=ACCESS)
    statuses = []
    for _ in range(7):
        answer = await f1stream.client.post("/login", json={"password": "lights on"})
        statuses.append(answer.status)
    assert statuses == [401] * 5 + [429] * 2
    assert 290 < int(answer.headers["Retry-After"]) <= 300
    assert COOKIE not in answer.cookies
    right = await f1stream.client.post("/login", json={"password": PASSWORD})
    assert right.status == 429
    # Another household, behind the same reverse proxy.
    await signed_in(await stranger(f1stream), **{"X-Forwarded-For": "203.0.113.7"})


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"", {}),
        (b"[]", {}),
        (b'{"password": 1}', {}),
        (b'{"password": "\\ud800"}', {}),
        (b"\xff\xfe", {}),
        (b"", FORM),
        (b"&" * 60_000, FORM),
        (b"a=1", {"Content-Type": "application/x-www-form-urlencoded; charset=nonsense"}),
        (b"x", {"Content-Type": "multipart/form-data; boundary=x"}),
    ],
)
async def test_nonsense_is_a_bad_request_and_no_guess(
    house: OpenHouse, body: bytes, headers: dict[str, str]
) -> None:
    f1stream = await house(access=ACCESS)
    for _ in range(6):
        answer = await f1stream.client.post("/login", data=body, headers=headers)
        assert (answer.status, answer.content_type) == (400, "application/problem+json")


async def test_a_player_without_a_session_plays_by_the_token_in_its_link(
    origin: Origin, house: OpenHouse
) -> None:
    origin.route("/1.ts", TS)
    f1stream = await house(
        origin.route("/live.m3u8", MEDIA.replace("#EXT-X-END", ASSET + "#EXT-X-END")),
        access=ACCESS,
    )
    services = f1stream.run.services
    await f1stream.run.background.refresh.round()
    admin = {"Authorization": "Bearer the operator's"}
    (stream,) = (await (await f1stream.client.get("/streams", headers=admin)).json())["streams"]
    link = stream["external_url"]
    assert link == services.gate.tokened(stream["play_url"])
    assert link.startswith(BY_TOKEN)
    async with answering(create_app(services), services, "127.0.0.1", 0) as port:
        at = f"http://127.0.0.1:{port}"
        session = f1stream.client.session
        # The second time both are answered from memory, on a way of their own.
        for _ in range(2):
            playlist = await (await session.get(at + link)).text()
            uri = playlist.splitlines()[3]
            assert not uri.startswith("/"), "the prefix stays in front"
            assert await (await session.get(urljoin(at + link, uri))).read() == TS
            for bare in (stream["play_url"], urljoin(stream["play_url"], uri)):
                assert (await session.get(at + bare)).status == 401
        asset = playlist.partition('X-ASSET-URI="')[2].partition('"')[0]
        assert (await session.get(urljoin(at + link, asset))).status == 200
        forged = link.replace(link[len(BY_TOKEN) : len(BY_TOKEN) + 4], "AAAA")
        for _ in range(2):
            assert (await session.get(at + forged)).status == 403


ASSET = (
    '#EXT-X-DATERANGE:ID="ad",CLASS="com.apple.hls.interstitial",'
    'START-DATE="2026-03-08T04:00:00Z",X-ASSET-URI="live.m3u8"\n'
)


async def test_playlists_are_the_same_bytes_for_every_viewer(
    origin: Origin, house: OpenHouse
) -> None:
    f1stream = await house(origin.route("/live.m3u8", MEDIA + ASSET), access=ACCESS)
    link = f1stream.link(Kind.PLAYLIST, origin.at("/live.m3u8"))
    await signed_in(f1stream.client)
    by_session = await (await f1stream.client.get(link)).read()
    by_token = await (await f1stream.client.get(f1stream.run.services.gate.tokened(link))).read()
    assert by_session == by_token


async def test_another_page_can_neither_sign_in_nor_out(house: OpenHouse) -> None:
    f1stream = await house(access=ACCESS)
    own = f"http://{f1stream.client.host}:{f1stream.client.port}"
    asked = {
        "another site": {"Sec-Fetch-Site": "cross-site"},
        "a sibling": {"Sec-Fetch-Site": "same-site", "Origin": own},
        "an old browser, another site": {"Origin": "https://evil.example"},
        "a sandboxed frame": {"Origin": "null"},
        "no origin at all": {"Origin": "http://["},
        "an own page": {"Sec-Fetch-Site": "same-origin"},
        "an old browser, an own page": {"Origin": own},
        "behind a proxy that sets Host": {
            "Origin": "https://tv.example",
            "X-Forwarded-Host": "tv.example",
        },
        "a program": {},
        "the operator": {
            "Sec-Fetch-Site": "cross-site",
            "Authorization": "Bearer the operator's",
        },
    }
    statuses = {
        who: (await f1stream.client.post("/logout", headers=headers)).status
        for who, headers in asked.items()
    }
    assert [who for who, status in statuses.items() if status == 200] == list(asked)[5:]
    assert set(statuses.values()) == {200, 403}


async def test_a_token_that_is_no_ascii_is_refused(house: OpenHouse) -> None:
    f1stream = await house(access=ACCESS)
    headers = {
        "Authorization": "Bearer ü\udcff".encode("utf-8", "surrogateescape").decode("latin1")
    }
    assert (await f1stream.client.post("/extract", headers=headers)).status == 401
