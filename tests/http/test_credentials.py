"""What a source's requests carry: its headers everywhere at home, and no credential elsewhere."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import pytest

from f1stream.hls.links import Kind
from tests.conftest import House, OpenHouse
from tests.origin import Origin, Request
from tests.origin.addresses import URI

TS = (b"\x47" + bytes(187)) * 10
OPEN = {
    "Referer": "https://example.org/",
    "Origin": "https://example.org",
    "User-Agent": "Entitled/1",
}
CREDENTIALS = {
    "Authorization": "Bearer s3cret",
    "Cookie": "account=s3cret",
    "X-Api-Key": "s3cret",
}
HEADERS = {**OPEN, **CREDENTIALS}
FILES = {
    "/key.bin": bytes(16),
    "/init.mp4": b"\0\0\0\x18ftypiso5",
    "/1.ts": TS,
    "/asset.m3u8": b"#EXTM3U\n",
    "/data.json": b"{}",
}


def master(base: str) -> str:
    return (
        "#EXTM3U\n"
        f'#EXT-X-CONTENT-STEERING:SERVER-URI="{base}/steering.json",PATHWAY-ID="."\n'
        f'#EXT-X-SESSION-DATA:DATA-ID="x",URI="{base}/data.json"\n'
        f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="en",URI="{base}/media.m3u8?audio"\n'
        f'#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\n{base}/media.m3u8\n'
    )


def media(base: str) -> str:
    return (
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"
        '#EXT-X-DATERANGE:ID="a",CLASS="com.apple.hls.interstitial",'
        f'START-DATE="2026-03-08T04:00:00Z",X-ASSET-LIST="{base}/assets.json"\n'
        '#EXT-X-DATERANGE:ID="b",CLASS="com.apple.hls.interstitial",'
        f'START-DATE="2026-03-08T04:00:00Z",X-ASSET-URI="{base}/asset.m3u8?b"\n'
        f'#EXT-X-KEY:METHOD=AES-128,URI="{base}/key.bin"\n'
        f'#EXT-X-MAP:URI="{base}/init.mp4"\n'
        f"#EXTINF:4,\n{base}/1.ts\n"
    )


EVERYTHING = {"/media.m3u8", "/steering.json", "/assets.json", *FILES}


def publish(origin: Origin, base: str = "") -> None:
    """All that a stream can consist of, leading to `base`."""
    origin.route("/media.m3u8", media(base))
    steering = {"VERSION": 1, "TTL": 10, "PATHWAY-PRIORITY": ["."]}
    origin.route("/steering.json", json.dumps(steering), content_type="application/json")
    assets = {"ASSETS": [{"URI": f"{base}/asset.m3u8", "DURATION": 1}]}
    origin.route("/assets.json", json.dumps(assets), content_type="application/json")
    for path, body in FILES.items():
        origin.route(path, body)


async def read_everything(house: House, play_url: str) -> None:
    """Follow every link, as players do all together."""
    left, seen = [play_url], set()
    while left:
        url = left.pop()
        if url in seen:
            continue
        seen.add(url)
        async with house.client.get(url) as response:
            body = await response.read()
            assert response.status == 200, body
        if body.startswith(b"#EXTM3U"):
            text = body.decode()
            addresses = [found[2] for found in URI.finditer(text)]
            addresses += [line for line in text.splitlines() if line and line[0] != "#"]
            left += [urljoin(url, address) for address in addresses]
        elif body.startswith(b'{"ASSETS"'):
            left += [asset["URI"] for asset in json.loads(body)["ASSETS"]]


def carried(request: Request) -> dict[str, str]:
    """Those of the source's headers that a request has."""
    return {name: request.headers[name] for name in HEADERS if name in request.headers}


@pytest.fixture
async def elsewhere() -> AsyncIterator[Origin]:
    """Another host."""
    async with Origin("127.0.0.2") as origin:
        yield origin


async def test_a_source_s_headers_go_with_everything_a_stream_consists_of(
    origin: Origin, house: OpenHouse
) -> None:
    publish(origin)
    f1stream = await house(origin.route("/index.m3u8", master("")), headers=HEADERS)
    await read_everything(f1stream, await f1stream.play_url())
    assert {request.path for request in origin.requests} == {"/index.m3u8", *EVERYTHING}
    for request in origin.requests:
        assert carried(request) == HEADERS


async def test_no_credential_goes_to_another_host_that_a_playlist_names(
    origin: Origin, elsewhere: Origin, house: OpenHouse
) -> None:
    publish(elsewhere, elsewhere.url)
    url = origin.route("/index.m3u8", master(elsewhere.url))
    f1stream = await house(url, headers=HEADERS)
    await read_everything(f1stream, await f1stream.play_url())
    assert {request.path for request in elsewhere.requests} == EVERYTHING
    for request in elsewhere.requests:
        assert carried(request) == OPEN


async def test_no_credential_goes_to_another_host_behind_a_redirect(
    origin: Origin, elsewhere: Origin, house: OpenHouse
) -> None:
    publish(elsewhere)
    for path in EVERYTHING:
        origin.route(path, status=302, headers={"Location": elsewhere.at(path)})
    url = origin.route("/index.m3u8", master(origin.url))
    f1stream = await house(url, headers=HEADERS)
    await read_everything(f1stream, await f1stream.play_url())
    assert {request.path for request in elsewhere.requests} == EVERYTHING
    for request in elsewhere.requests:
        assert carried(request) == OPEN
    for request in origin.requests:
        assert carried(request) == HEADERS


async def test_a_way_back_home_gets_the_credentials_again(
    origin: Origin, elsewhere: Origin, house: OpenHouse
) -> None:
    back = elsewhere.route("/1.ts", status=302, headers={"Location": origin.at("/real.ts")})
    origin.route("/real.ts", TS)
    url = origin.route("/index.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n{back}\n")
    f1stream = await house(url, headers=HEADERS)
    await read_everything(f1stream, await f1stream.play_url())
    assert all(carried(request) == HEADERS for request in origin.requests)
    assert all(carried(request) == OPEN for request in elsewhere.requests)


async def test_what_an_upstream_answers_is_nobody_s_cookie_but_the_stream_s(
    origin: Origin, elsewhere: Origin, house: OpenHouse
) -> None:
    publish(origin)
    publish(elsewhere)
    cookie = {"Set-Cookie": "session=spa; Path=/"}
    first = origin.route("/index.m3u8", master(""), headers=cookie)
    f1stream = await house(first, elsewhere.at("/media.m3u8"))
    await f1stream.run.background.refresh.round()
    origin.requests.clear()
    await read_everything(f1stream, await f1stream.play_url(0))
    await read_everything(f1stream, await f1stream.play_url(1))
    told = [request for request in origin.requests if request.path != "/index.m3u8"]
    assert {request.headers.get("Cookie") for request in told} == {"session=spa"}
    assert not any("Cookie" in request.headers for request in elsewhere.requests)


async def test_no_credential_is_in_what_a_viewer_is_told_of_a_failure(
    origin: Origin, house: OpenHouse
) -> None:
    f1stream = await house(headers=HEADERS)
    secret = origin.at("/s3cret/x.m3u8?token=s3cret").replace("http://", "http://me:s3cret@")
    for kind in (Kind.PLAYLIST, Kind.BYTES):
        response = await f1stream.client.get(f1stream.link(kind, secret))
        assert response.status == 404
        assert "s3cret" not in await response.text()
