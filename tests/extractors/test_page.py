"""A page: where a stream can stand in it, and what a hostile one can't do."""

from __future__ import annotations

import asyncio
import time

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from f1stream.errors import AddressRefused, TooLarge, UpstreamSlow, UpstreamStatus
from f1stream.extractors import Page
from f1stream.extractors.addresses import absolute
from f1stream.extractors.embedded import embedded_in, playlists_in
from f1stream.extractors.foreign import Answer
from f1stream.extractors.page import MAX_ASKED, MAX_VISITS, read_page
from f1stream.models import Found
from f1stream.net.guard import Guard
from tests.extractors.reading import a_client, found_by, plays
from tests.extractors.servers import serving
from tests.extractors.servers.page import page_server
from tests.origin import Origin
from tests.origin.faults import Redirect, StallBeforeHeaders


def a_page(url: str, **options: object) -> Page:
    return Page.model_validate({"name": "Webcam", "url": url, **options})


async def found_in(markup: str, path: str = "/watch") -> list[str]:
    """The paths and queries of what is found in a page of this markup."""
    async with page_server({path: markup}) as url:
        site = url.removesuffix("/watch")
        found = await found_by(a_page(site + path))
    return [stream.url.removeprefix(site) for stream in found]


async def test_a_page_s_stream_is_found_with_its_title_and_a_referer_and_plays() -> None:
    async with page_server() as url:
        (found,) = await found_by(a_page(url))
        assert found.url == url.replace("/watch", "/live/master.m3u8?token=t1")
        assert (found.key, found.title) == ("", "Circuit webcam, live")
        assert found.headers == {"Referer": url}
        assert await plays(found)


@pytest.mark.parametrize(
    "markup",
    [
        '<video src="/a.m3u8"></video>',
        "<VIDEO SRC = /a.m3u8>",
        '<video data-src="/a.m3u8"></video>',
        '<video><source src="/a.m3u8"></video>',
        '<meta property="og:video" content="/a.m3u8">',
        '<meta property="og:video:url" content="/a.m3u8">',
        '<meta property="og:video:secure_url" content="/a.m3u8">',
        '<meta name="twitter:player:stream" content="/a.m3u8">',
        '<script type="application/ld+json">'
        '{"@type":"VideoObject","contentUrl":"/a.m3u8"}</script>',
        '<script type="application/ld+json">{"@graph":[{"@type":"WebPage"},'
        '{"@type":["VideoObject","Clip"],"contentUrl":["/a.m3u8"]}]}</script>',
        '<script type="application/ld+json">[[{"video":{"@type":"VideoObject",'
        '"contentUrl":"/a.m3u8"}}]]</script>',
        '<script type="application/json">{"src":"\\/a.m3u8"}</script>',
        '<script id="__NEXT_DATA__" type="application/json">{"p":{"u":"/a.m3u8"}}</script>',
        "<script>player.setup({file: '/a.m3u8', autoplay: true})</script>",
        "<script>const s = `/a.m3u8`;</script>",
        r'<script>var c = "{\"src\":\"\/a.m3u8\"}"</script>',
        '<p title="a > b"><base href="/"><video src="a.m3u8">',
        '<base href="/x/y"><video src="../a.m3u8">',
        "<!-- <video src='/old.m3u8'> --><video src='/a.m3u8'>",
        "<textarea><video src='/old.m3u8'></textarea><video src='/a.m3u8'>",
    ],
)
async def test_every_place_where_a_page_names_its_playlist_is_looked_at(markup: str) -> None:
    assert await found_in(f"<html><body>{markup}</body></html>") == ["/a.m3u8"]


@pytest.mark.parametrize(
    ("script", "address"),
    [
        (r'{"u":"https:\/\/a.example\/x.m3u8?a=1\u0026b=2"}', "https://a.example/x.m3u8?a=1&b=2"),
        (r'"https:\\/\\/a.example\\/x.m3u8"', "https://a.example/x.m3u8"),
        ("'https://a.example/x.m3u8?a=1\\x26b=2'", "https://a.example/x.m3u8?a=1&b=2"),
        ("'https://a.example/x.m3u8?a=1&amp;b=2'", "https://a.example/x.m3u8?a=1&b=2"),
        ("'https://a.example/x.M3U8'", "https://a.example/x.M3U8"),
        ("'//cdn.example/x(1).m3u8#t=3'", "//cdn.example/x(1).m3u8#t=3"),
    ],
)
def test_escapes_of_scripts_are_undone(script: str, address: str) -> None:
    assert list(playlists_in(script)) == [address]


@pytest.mark.parametrize(
    "script",
    [
        'if (url.endsWith(".m3u8")) play(url)',
        r"/\.m3u8($|\?)/.test(url)",
        "const u = `${base}/${id}.m3u8`",
        'x = "*.m3u8"',
        'x = "{id}.m3u8"',
    ],
)
def test_patterns_and_templates_are_no_addresses(script: str) -> None:
    assert list(playlists_in(script)) == []


async def test_what_is_no_playlist_by_name_is_asked_and_other_media_is_not() -> None:
    log: list[web.Request] = []
    markup = '<video src="/live/now"><source src="/film.mp4"><source src="/thing"></video>'
    async with page_server({"/watch": markup}, log=log) as url:
        (found,) = await found_by(a_page(url))
    assert found.url == url.replace("/watch", "/live/now")
    assert [request.path for request in log] == ["/watch", "/live/now", "/thing"]


async def test_of_many_unclear_addresses_only_some_are_asked() -> None:
    log: list[web.Request] = []
    markup = "".join(f'<source src="/thing{number}">' for number in range(100))
    async with page_server({"/watch": markup}, log=log) as url:
        assert await found_by(a_page(url)) == []
    assert len(log) == 1 + MAX_ASKED


async def test_a_type_that_says_playlist_is_believed() -> None:
    markup = '<source src="/x" type="application/vnd.apple.mpegurl; codecs=avc1">'
    assert await found_in(markup) == ["/x"]


async def test_the_page_itself_can_be_the_playlist() -> None:
    async with page_server({"/watch": "#EXTM3U\n"}) as url:
        (found,) = await found_by(a_page(url))
    assert (found.url, found.title) == (url, "Webcam")


async def test_frames_are_followed_two_levels_deep_as_a_browser_does() -> None:
    log: list[web.Request] = []
    pages = {
        "/watch": '<title>Top</title><iframe src="/one?x=1"></iframe>',
        "/one": '<title>One</title><iframe src="/two"></iframe>',
        "/two": '<video src="/live/a.m3u8"></video><iframe src="/three"></iframe>',
        "/three": '<video src="/live/b.m3u8"></video>',
    }
    async with page_server(pages, log=log) as url:
        (found,) = await found_by(a_page(url))
    site = url.removesuffix("/watch")
    assert (found.url, found.title) == (f"{site}/live/a.m3u8", "Top")
    assert found.headers == {"Referer": f"{site}/two"}
    assert [(request.path, request.headers.get("Referer")) for request in log] == [
        ("/watch", None),
        ("/one", f"{site}/watch"),
        ("/two", f"{site}/one?x=1"),
    ]


async def test_a_player_that_json_ld_or_open_graph_name_is_a_frame() -> None:
    pages = {
        "/watch": '<script type="application/ld+json">'
        '{"@type":"VideoObject","name":"Race","embedUrl":"/p1"}</script>'
        '<meta property="og:video:type" content="text/html">'
        '<meta property="og:video" content="/p2">',
        "/p1": '<video src="/live/1.m3u8">',
        "/p2": '<video src="/live/2.m3u8">',
    }
    async with page_server(pages) as url:
        first, second = await found_by(a_page(url))
    assert first.url.endswith("/live/1.m3u8")
    assert second.url.endswith("/live/2.m3u8")
    assert first.title == "Race"


async def test_a_frame_of_another_origin_is_told_the_origin_alone() -> None:
    log: list[web.Request] = []
    async with page_server({"/watch": '<video src="/live/x.m3u8">'}, log=log) as other:
        elsewhere = other.replace("127.0.0.1", "localhost")
        async with page_server({"/watch": f'<iframe src="{elsewhere}"></iframe>'}) as url:
            (found,) = await found_by(a_page(url, headers={"Cookie": "hunter2"}))
    assert log[0].headers["Referer"] == url.removesuffix("watch")
    assert "Cookie" not in log[0].headers
    assert found.headers == {"Referer": elsewhere}


async def test_the_operator_s_headers_go_to_the_page_s_host_and_its_streams_there() -> None:
    log: list[web.Request] = []
    async with page_server(log=log) as url:
        (found,) = await found_by(a_page(url, headers={"Cookie": "a=b"}))
    assert log[0].headers["Cookie"] == "a=b"
    assert found.headers["Cookie"] == "a=b"


async def test_frames_in_a_loop_are_visited_once() -> None:
    log: list[web.Request] = []
    pages = {"/watch": '<iframe src="/a"></iframe>', "/a": '<iframe src="/watch"></iframe>' * 9}
    async with page_server(pages, log=log) as url:
        assert await found_by(a_page(url)) == []
    assert [request.path for request in log] == ["/watch", "/a"]


async def test_a_page_of_many_frames_is_not_followed_for_ever() -> None:
    log: list[web.Request] = []
    frames = "".join(f'<iframe src="/f{number}"></iframe>' for number in range(500))
    async with page_server({"/watch": frames}, log=log) as url:
        with pytest.raises(UpstreamStatus):
            await found_by(a_page(url))
    assert len(log) == MAX_VISITS


async def test_a_dead_frame_does_not_hide_a_stream_but_is_told_where_there_is_none() -> None:
    dead = '<iframe src="/gone"></iframe>'
    assert await found_in(f'{dead}<video src="/live/a.m3u8">') == ["/live/a.m3u8"]
    with pytest.raises(UpstreamStatus, match=r"127\.0\.0\.1 answered 404"):
        await found_in(dead)


async def test_a_page_without_streams_is_read_and_has_none() -> None:
    assert await found_in("<html><title>Nothing today</title></html>") == []


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)//x.m3u8",
        "data:application/vnd.apple.mpegurl,x.m3u8",
        "blob:https://a.example/x.m3u8",
        "file:///etc/x.m3u8",
        "about:blank",
        "http://[::1/x.m3u8",
        "https:///x.m3u8",
        "http://good.example\\@evil.example/x.m3u8",
        "x" * 10_000 + ".m3u8",
    ],
)
async def test_addresses_that_no_browser_would_fetch_are_left_out(address: str) -> None:
    assert await found_in(f"<video src='{address}'><iframe src='{address}'></iframe>") == []


async def test_markup_in_a_title_stays_text_on_one_line() -> None:
    markup = (
        "<title>\n &lt;script&gt;x&lt;/script&gt; <b>live</b>\x00\x1b</title><video src=/a.m3u8>"
    )
    async with page_server({"/watch": markup}) as url:
        (found,) = await found_by(a_page(url))
    assert found.title.startswith("<script>x</script> <b>live</b>")
    assert found.title.isprintable()


async def test_titles_in_other_encodings_are_read() -> None:
    page = '<meta charset="windows-1252"><title>Großer Preis</title><video src=/a.m3u8>'
    async with page_server({"/watch": page.encode("windows-1252")}) as url:
        (found,) = await found_by(a_page(url))
    assert found.title == "Großer Preis"


async def test_an_unknown_or_binary_encoding_does_no_harm() -> None:
    for name in ("nonsense", "hex", "rot13", "base64"):
        assert await found_in(f'<meta charset="{name}"><video src=/a.m3u8>') == ["/a.m3u8"]


async def test_several_streams_keep_their_keys_when_tokens_change() -> None:
    def page(token: str) -> str:
        return f'<video src="/1.m3u8?t={token}"><video src="/2.m3u8?t={token}">'

    keys = []
    for token in ("a", "b"):
        async with page_server({"/watch": page(token)}) as url:
            keys.append([found.key for found in await found_by(a_page(url))])
    assert keys[0] == keys[1]
    assert len(set(keys[0])) == 2


@pytest.mark.parametrize(
    "markup",
    [
        "<div>" * 1_000_000,
        "<video>" * 700_000,
        "<iframe>" * 600_000,
        '<meta "' * 700_000,
        "<" * 5_000_000,
        "<!--" * 1_250_000,
        "<p>" + "".join(f"<b id={n}>" for n in range(3000)) + "</p>" + "<p>x</p>" * 500_000,
        "<script>" + r'{"u":"https:\/\/a.example\/x.m3u8"},' * 120_000 + "</script>",
        "<script>" + ".m3u8" * 900_000 + "</script>",
        '<script type="application/ld+json">' + "[" * 1_000_000 + "</script>",
        "<div class='a'><p>text <b>bold</b></p><a href='/x'>link</a></div>\n" * 70_000,
    ],
    ids=lambda markup: markup[:12],
)
async def test_no_page_of_five_megabytes_holds_up_the_loop(markup: str) -> None:
    page = markup[:5_000_000].encode()
    answer = Answer(page, "https://a.example/watch", "text/html")
    # What else runs on the machine holds the loop up as well: the best of some tries counts.
    held_up_s = await _held_up_by(answer)
    for _ in range(4):
        if held_up_s < 0.05:
            return
        held_up_s = min(held_up_s, await _held_up_by(answer))
    assert held_up_s < 0.05


async def _held_up_by(answer: Answer) -> float:
    """The longest that the loop stood still while another thread read the page, in seconds."""
    worst_s = 0.0
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        reading = group.create_task(asyncio.to_thread(read_page, answer))
        while not reading.done():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst_s = max(worst_s, time.perf_counter() - before)
    return worst_s


async def test_a_page_that_is_too_large_is_not_read_to_its_end() -> None:
    async with page_server({"/watch": "x" * 10_000_000}) as url:
        with pytest.raises(TooLarge):
            await found_by(a_page(url))


async def test_a_redirect_to_a_private_address_is_refused(origin: Origin) -> None:
    port = int(origin.url.rpartition(":")[2])
    async with page_server() as private:
        origin.fault("/watch", Redirect(private))
        async with a_client(Guard(allow_endpoints=[("127.0.0.1", port)])) as client:
            with pytest.raises(AddressRefused):
                await found_by(a_page(origin.at("/watch")), client)


async def test_a_private_address_in_the_page_is_not_asked(origin: Origin) -> None:
    port = int(origin.url.rpartition(":")[2])
    log: list[web.Request] = []
    async with page_server(log=log) as private:
        origin.route("/watch", f'<video src="{private}x"><iframe src="{private}"></iframe>')
        async with a_client(Guard(allow_endpoints=[("127.0.0.1", port)])) as client:
            with pytest.raises(AddressRefused):
                await found_by(a_page(origin.at("/watch")), client)
    assert log == []


async def test_a_server_that_is_silent_or_says_no_is_an_error_without_the_path(
    origin: Origin,
) -> None:
    origin.fault("/hunter2", StallBeforeHeaders())
    async with a_client(patience_s=0.2) as client:
        with pytest.raises(UpstreamSlow) as slow:
            await found_by(a_page(origin.at("/hunter2")), client)
        with pytest.raises(UpstreamStatus) as refused:
            await found_by(a_page(origin.at("/none?t=hunter2")), client)
    assert "hunter2" not in str(slow.value) + str(refused.value)


async def test_neither_the_source_nor_what_it_finds_prints_secrets() -> None:
    async with serving() as url:
        source = a_page(f"{url}/?t=hunter2", headers={"Cookie": "hunter2"})
    assert "hunter2" not in repr(source)
    embedded = embedded_in('<video src="/a.m3u8?t=hunter2"><iframe src="/?hunter2">', url)
    assert "hunter2" not in repr(embedded) + repr(Found(key="", title="", url="hunter2"))


_PIECES = st.sampled_from(
    [
        *("<video src=", "<iframe src='", "<script>", "</script>", "<!--", "-->", "<base href="),
        *('"', "'", ">", "/a.m3u8", "\\/", "\\u0026", "<title>", "</title>", "[", "}", " "),
        '<script type="application/ld+json">',
        '{"@type":"VideoObject","contentUrl":',
        "<meta property=og:video content=",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=25).map("".join))
def test_any_text_is_read_as_a_page_and_yields_only_http_urls(text: str) -> None:
    embedded = embedded_in(text, "https://a.example/watch")
    places = [media.url for media in embedded.media] + list(embedded.frames)
    assert all(place.startswith(("http://", "https://")) for place in places)


@given(st.text() | _PIECES, st.sampled_from(["", "https://a.example/b"]) | st.text())
def test_an_address_is_http_or_none(reference: str, base: str) -> None:
    url = absolute(reference, base)
    assert url is None or url.startswith(("http://", "https://"))
