"""Nothing inside is reached by what playlists, documents of HLS, pages and sources say.

Everything in the house is real; the only address that it may reach is the origin's.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from html import escape
from urllib.parse import urljoin

import pytest
from pydantic import SecretStr, ValidationError

from f1stream.extractors import Direct, Extractor, Feed, JsonApi, M3u, Oembed, Page
from f1stream.hls.links import Kind
from f1stream.isolated import Isolation, Job
from tests.conftest import House, OpenHouse
from tests.isolated.jobs import Answer, Question
from tests.listener import Listener
from tests.net.ssrf import HOSTS, payloads
from tests.net.test_ssrf import NUMERIC
from tests.origin import Origin
from tests.origin.addresses import URI

# As private as any other address, until the operator allows it.
OWN = "127.8.8.8"
# Names are not asked for here: there is no name server that a test may ask.
LITERAL = ("127.0.0.1", "0x7f", "2130706433", "0177", "[::", "%31", "169.254", "10.", "localhost:")


@pytest.fixture
async def inside() -> AsyncIterator[Listener]:
    """A port of every address that this machine has."""
    async with Listener("0.0.0.0") as listener:
        yield listener


@pytest.fixture
async def own() -> AsyncIterator[Origin]:
    """The operator's own server."""
    async with Origin(OWN) as origin:
        yield origin


def hostile(port: int) -> list[str]:
    """Those URLs of the table that ask no name server, each in one line."""
    return [
        url
        for url in payloads(port)
        if any(part in url for part in LITERAL) and url.isprintable() and "example" not in url
    ]


async def asked(house: House, links: list[str]) -> list[int]:
    """The statuses of all of them."""
    few = asyncio.Semaphore(20)

    async def ask(link: str) -> int:
        async with few, house.client.get(link) as response:
            await response.read()
            return response.status

    return list(await asyncio.gather(*map(ask, links)))


def links_in(playlist: str, base: str) -> list[str]:
    """Where players go from a playlist: those of its addresses that lead here."""
    found = [match[2] for match in URI.finditer(playlist.replace("SERVER-URI", "URI"))]
    found += [line for line in playlist.splitlines() if line and not line.startswith("#")]
    return [
        url
        for url in (
            urljoin(base, each) for each in found if each.startswith(("proxy?", "relay?", "/"))
        )
        if url.startswith(("/proxy?", "/relay?"))
    ]


TAGS = {
    "media": (
        "#EXT-X-TARGETDURATION:4\n",
        (
            "#EXTINF:4,\n{url}\n",
            '#EXT-X-KEY:METHOD=AES-128,URI="{url}"\n',
            '#EXT-X-MAP:URI="{url}"\n',
            '#EXT-X-PART:DURATION=1,URI="{url}"\n',
            '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{url}"\n',
            '#EXT-X-RENDITION-REPORT:URI="{url}",LAST-MSN=1\n',
            '#EXT-X-DATERANGE:ID="{number}",X-ASSET-URI="{url}"\n',
            '#EXT-X-DATERANGE:ID="{number}",X-ASSET-LIST="{url}"\n',
            "#EXT-X-PREFETCH:{url}\n",
        ),
    ),
    "multivariant": (
        "",
        (
            "#EXT-X-STREAM-INF:BANDWIDTH={number}1\n{url}\n",
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="{number}",URI="{url}"\n',
            '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={number}1,URI="{url}"\n',
            '#EXT-X-IMAGE-STREAM-INF:BANDWIDTH={number}1,URI="{url}"\n',
            '#EXT-X-SESSION-KEY:METHOD=AES-128,URI="{url}"\n',
            '#EXT-X-SESSION-DATA:DATA-ID="{number}",URI="{url}"\n',
            '#EXT-X-CONTENT-STEERING:SERVER-URI="{url}"\n',
        ),
    ),
}


@pytest.mark.parametrize("kind", TAGS)
async def test_no_address_in_a_playlist_leads_inside(
    own: Origin, inside: Listener, house: OpenHouse, kind: str
) -> None:
    head, tags = TAGS[kind]
    urls = hostile(inside.port)
    # Every address once, and every tag as often as the others.
    lines = [
        tags[number % len(tags)].format(url=url.replace('"', "%22"), number=number)
        for number, url in enumerate(urls * 2)
    ]
    own.route("/index.m3u8", "#EXTM3U\n" + head + "".join(lines))
    f1stream = await house(allow_private=[f"{OWN}/32"])
    start = f1stream.link(Kind.PLAYLIST, own.at("/index.m3u8"))
    text = await (await f1stream.client.get(start)).text()
    assert text.startswith("#EXTM3U")
    links = links_in(text, start)
    assert len(links) > 100
    statuses = await asked(f1stream, links)
    assert {status for status in statuses if status < 400} == set()
    assert 500 not in statuses
    assert inside.connections == 0


@pytest.mark.parametrize("kind", list(Kind))
async def test_no_link_leads_inside_even_where_it_is_signed(
    inside: Listener, house: OpenHouse, kind: Kind
) -> None:
    f1stream = await house(allow_private=[f"{OWN}/32"])
    statuses = await asked(f1stream, [f1stream.link(kind, url) for url in hostile(inside.port)])
    assert set(statuses) <= {400, 403, 404, 502, 504}
    assert len(statuses) > 100
    assert inside.connections == 0


async def test_the_same_links_lead_there_where_the_operator_allows_it(
    inside: Listener, house: OpenHouse
) -> None:
    f1stream = await house(allow_private=["127.0.0.0/8"])
    for kind in Kind:
        seen = inside.connections
        [status] = await asked(
            f1stream, [f1stream.link(kind, f"http://127.0.0.2:{inside.port}/{kind}")]
        )
        assert status == 502
        assert inside.connections > seen


async def test_no_document_of_hls_leads_inside(
    own: Origin, inside: Listener, house: OpenHouse
) -> None:
    urls = hostile(inside.port)
    assets = {"ASSETS": [{"URI": url, "DURATION": 1} for url in urls]}
    own.route("/assets.json", json.dumps(assets), content_type="application/json")
    f1stream = await house(allow_private=[f"{OWN}/32"])
    response = await f1stream.client.get(f1stream.link(Kind.ASSETS, own.at("/assets.json")))
    told = [asset["URI"] for asset in (await response.json())["ASSETS"]]
    links = [url for url in told if url.startswith("/proxy?")]
    for url in urls[:60]:
        steering = {
            "VERSION": 1,
            "RELOAD-URI": url,
            "PATHWAY-PRIORITY": ["a"],
            "PATHWAY-CLONES": [
                {"ID": "a", "BASE-ID": "b", "URI-REPLACEMENT": {"HOST": url.split("/")[2]}}
            ],
        }
        own.route("/steering.json", json.dumps(steering), content_type="application/json")
        response = await f1stream.client.get(
            f1stream.link(Kind.STEERING, own.at(f"/steering.json?{len(links)}"))
        )
        links += links_of(await response.json(content_type=None), f1stream, own)
    assert len(links) > 100
    assert {status for status in await asked(f1stream, links) if status < 400} == set()
    assert inside.connections == 0


def links_of(steering: dict[str, object], house: House, own: Origin) -> list[str]:
    """What a player asks for by a steering manifest: it again, and a clone's playlist."""
    reload = str(steering.get("RELOAD-URI", ""))
    found = ["/" + reload] if reload.startswith("proxy?") else []
    for clone in steering.get("PATHWAY-CLONES", []):  # type: ignore[attr-defined]
        via = clone["URI-REPLACEMENT"].get("PARAMS", {}).get("via")
        if via:
            found.append(house.link(Kind.PLAYLIST, own.at("/a.m3u8")) + f"&via={via}")
    return found


def sources(own: Origin, urls: list[str]) -> tuple[Extractor, ...]:
    """A source of each kind that finds what a stranger wrote."""
    own.route(
        "/list.m3u", "#EXTM3U\n" + "".join(f"#EXTINF:-1,F1 {n}\n{u}\n" for n, u in enumerate(urls))
    )
    items = [{"id": str(n), "title": f"F1 {n}", "url": url} for n, url in enumerate(urls)]
    own.route("/api", json.dumps(items), content_type="application/json")
    frames = "".join(f'<iframe src="{escape(url)}"></iframe>' for url in urls)
    media = "".join(f'<video src="{escape(url)}x.m3u8"></video>' for url in urls)
    own.route("/page", f"<title>F1</title>{media}{frames}", content_type="text/html")
    entries = "".join(
        f"<item><title>F1</title><guid>{n}</guid><link>{escape(url)}</link>"
        f'<enclosure url="{escape(url)}a.m3u8" type="application/x-mpegurl"/></item>'
        for n, url in enumerate(urls[:12])
    )
    own.route(
        "/feed",
        f'<?xml version="1.0"?><rss version="2.0"><channel>{entries}</channel></rss>',
        content_type="application/rss+xml",
    )
    player = {"version": "1.0", "type": "video", "html": frames[:5000], "title": "F1"}
    own.route("/oembed", json.dumps(player), content_type="application/json")

    def at(path: str) -> SecretStr:
        return SecretStr(own.at(path))

    return (
        M3u(name="list", url=at("/list.m3u")),
        JsonApi(name="api", endpoint=at("/api"), streams="[]", key="id", title="title", url="url"),
        Page(name="page", url=at("/page")),
        Feed(name="feed", url=at("/feed")),
        Oembed(name="oembed", url=at("/page"), endpoint=at("/oembed")),
        *directs(urls[:20]),
    )


def directs(urls: list[str]) -> Iterator[Direct]:
    """Sources of their own; what is no URL to this Python is refused in the settings already."""
    for number, url in enumerate(urls):
        with suppress(ValidationError):
            yield Direct(name=f"direct {number}", url=SecretStr(url))


async def test_no_source_leads_inside(own: Origin, inside: Listener, house: OpenHouse) -> None:
    urls = [url for url in hostile(inside.port) if url.startswith("http://")][::3]
    f1stream = await house(sources=sources(own, urls), allow_private=[f"{OWN}/32"])
    await f1stream.run.background.refresh.round()
    listed = (await (await f1stream.client.get("/streams/all")).json())["streams"]
    assert len(listed) > 30
    played = [stream["play_url"] for stream in listed if stream["play_url"]]
    assert {status for status in await asked(f1stream, played) if status < 400} == set()
    assert {request.path for request in own.requests} >= {"/list.m3u", "/api", "/page", "/feed"}
    assert inside.connections == 0


async def test_no_library_in_a_process_of_its_own_gets_inside(inside: Listener) -> None:
    hosts = [
        host.strip("[]")
        for host in HOSTS
        if NUMERIC.fullmatch(host.strip("[]")) and ".." not in host
    ]
    question = Question(what="connect to all", host="\n".join(hosts), port=inside.port)
    job = Job("tests.isolated.jobs", question, Answer, "library", "a.example")
    answer = await Isolation().run(job, timeout_s=30)
    assert answer.said == "0"
    assert len(hosts) > 80
    assert inside.connections == 0
