"""oEmbed: a site's own player, of whose markup only an address is taken."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from f1stream.errors import AddressRefused, SourceChanged, TooLarge, UpstreamSlow, UpstreamStatus
from f1stream.extractors import Oembed
from f1stream.extractors.oembed import frame_in
from f1stream.models import Found
from f1stream.net.guard import Guard
from tests.extractors.reading import a_client, found_by
from tests.extractors.servers.oembed import VIDEO, oembed_server
from tests.origin import Origin
from tests.origin.faults import Redirect, StallBeforeHeaders

PLAYER = "https://player.example.org/embed/42"


def a_video(url: str, **options: object) -> Oembed:
    return Oembed.model_validate({"name": "Interviews", "url": url, **options})


async def found_in(content: dict[str, Any] | bytes) -> list[Found]:
    async with oembed_server(content) as url:
        return await found_by(a_video(url))


@pytest.mark.parametrize("announced", ["element", "header"])
async def test_the_page_s_own_endpoint_is_asked(announced: str) -> None:
    log: list[web.Request] = []
    async with oembed_server(announced=announced, log=log) as url:
        (found,) = await found_by(a_video(url))
    assert (found.key, found.title, found.stream_type) == ("", "Paddock interviews", "embed")
    assert found.url == f"{PLAYER}?a=1&b=2"
    assert found.page_url == url
    assert found.headers == {"Referer": url.removesuffix("videos/42")} or found.headers == {}
    assert log[0].query["url"] == url


@pytest.mark.parametrize("named", ["/oembed", "/oembed?key=1"])
async def test_a_named_endpoint_is_asked_as_the_specification_says(named: str) -> None:
    log: list[web.Request] = []
    async with oembed_server(announced="nowhere", log=log) as url:
        endpoint = url.replace("/videos/42", named)
        (found,) = await found_by(a_video(f"{url}?a=1&b=2", endpoint=endpoint))
    assert found.url == f"{PLAYER}?a=1&b=2"
    assert log[0].query["url"] == f"{url}?a=1&b=2"
    assert log[0].query["format"] == "json"


async def test_the_format_can_stand_in_the_endpoint_s_path() -> None:
    async with oembed_server() as url:
        endpoint = url.replace("/videos/42", "/{format}/oembed")
        with pytest.raises(UpstreamStatus, match="404"):
            await found_by(a_video(url, endpoint=endpoint))


@pytest.mark.parametrize("kind", ["photo", "link"])
async def test_what_is_no_player_is_no_stream(kind: str) -> None:
    assert await found_in({**VIDEO, "type": kind}) == []


async def test_a_title_is_text_and_the_source_s_name_where_there_is_none() -> None:
    (titled,) = await found_in({**VIDEO, "title": "<script>x</script>\n live"})
    (untitled,) = await found_in({**VIDEO, "title": None})
    assert (titled.title, untitled.title) == ("<script>x</script> live", "Interviews")


@pytest.mark.parametrize(
    "markup",
    [
        None,
        "",
        "<video src='https://a.example/x.mp4'></video>",
        "<iframe src='javascript:alert(1)'></iframe>",
        "<iframe src='http://player.example.org/'></iframe>",
        "<iframe src='data:text/html,x'></iframe>",
        "<iframe srcdoc='<script>x</script>'></iframe>",
        "<!-- <iframe src='https://player.example.org/'></iframe> -->",
        "<iframe src='https://a.example\\@b.example/'></iframe>",
    ],
)
async def test_markup_without_an_https_frame_is_an_error(markup: str | None) -> None:
    with pytest.raises(SourceChanged, match="html: has no frame with an https address"):
        await found_in({**VIDEO, "html": markup})


async def test_nothing_but_the_address_is_taken_from_the_markup() -> None:
    markup = f"<div onclick=x><iframe src='{PLAYER}' onload='alert(1)' sandbox=''></iframe></div>"
    (found,) = await found_in({**VIDEO, "html": markup})
    assert found.url == PLAYER


@pytest.mark.parametrize(
    "content",
    [b"<oembed/>", b"", b"[]", b"[" * 100_000, {"type": "virus"}, {"type": "video", "html": 3}, {}],
)
async def test_an_answer_of_another_shape_is_an_error(content: Any) -> None:
    with pytest.raises(SourceChanged, match=r"^127\.0\.0\.1: "):
        await found_in(content)


async def test_a_page_that_announces_nothing_is_an_error_with_the_remedy() -> None:
    async with oembed_server(announced="nowhere") as url:
        with pytest.raises(
            SourceChanged, match="announces no oEmbed endpoint; name it as endpoint"
        ):
            await found_by(a_video(url))


async def test_a_response_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooLarge):
        await found_in({**VIDEO, "html": "x" * (2 << 20)})


async def test_a_private_endpoint_is_refused(origin: Origin) -> None:
    port = int(origin.url.rpartition(":")[2])
    guard = Guard(allow_endpoints=[("127.0.0.1", port)])
    async with oembed_server() as private, a_client(guard) as client:
        link = f'<link type="application/json+oembed" href="{private}">'
        origin.route("/announces", link)
        origin.fault("/redirects", Redirect(private))
        for page in ("/announces", "/redirects"):
            with pytest.raises(AddressRefused):
                await found_by(a_video(origin.at(page)), client)


async def test_a_server_that_is_silent_or_says_no_is_an_error_without_the_path(
    origin: Origin,
) -> None:
    origin.fault("/slow", StallBeforeHeaders())
    async with a_client(patience_s=0.2) as client:
        with pytest.raises(UpstreamSlow):
            await found_by(a_video(origin.at("/slow")), client)
        source = a_video(origin.at("/none?t=hunter2"))
        with pytest.raises(UpstreamStatus) as refused:
            await found_by(source, client)
    assert "hunter2" not in str(refused.value) + repr(source)


_PIECES = st.sampled_from(
    ["<iframe src=", "'", '"', ">", "</iframe>", "https://a.example/", "<!--"]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=25).map("".join))
def test_of_any_markup_only_an_https_address_is_taken(markup: str) -> None:
    try:
        assert frame_in(markup, "https://a.example/").startswith("https://")
    except SourceChanged:
        pass
