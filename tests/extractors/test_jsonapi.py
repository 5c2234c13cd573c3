"""Any JSON: what expressions find in it, and what they can't be made to do."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from f1stream.errors import (
    AddressRefused,
    F1StreamError,
    SourceChanged,
    TooLarge,
    UpstreamSlow,
    UpstreamStatus,
)
from f1stream.extractors import JsonApi
from f1stream.extractors.foreign import Answer
from f1stream.models import Found
from f1stream.net.guard import Guard
from tests.extractors.reading import a_client, found_by, plays
from tests.extractors.servers.jsonapi import jsonapi_server
from tests.origin import Origin
from tests.origin.faults import Redirect, StallBeforeHeaders

CAMERAS = {
    "streams": "data.cameras[?online]",
    "key": "id",
    "title": "place",
    "url": "hls.url",
    "quality": "hls.height",
    "headers": "headers",
}


def an_api(endpoint: str, **options: object) -> JsonApi:
    return JsonApi.model_validate({"name": "Cameras", "endpoint": endpoint, **options})


async def found_in(content: Any, **options: object) -> list[Found]:
    async with jsonapi_server(content) as url:
        return await found_by(an_api(url, **({"url": "url"} | options)))


async def test_expressions_say_where_streams_and_their_parts_are() -> None:
    async with jsonapi_server(token="hunter2") as url:
        secret = {"Authorization": "Bearer hunter2"}
        pit, grid = await found_by(an_api(url, request_headers=secret, **CAMERAS))
        assert (pit.key, pit.title, pit.quality) == ("7", "Pit lane", "1080p")
        assert pit.url == url.replace("/api/cameras", "/live/7.m3u8?t=abc")
        assert pit.headers == {"Referer": "https://example.org/"}
        assert (grid.key, grid.title, grid.quality) == ("9", "Grid", None)
        assert await plays(pit)


async def test_expressions_can_compute() -> None:
    (found,) = await found_in(
        [{"host": "a.example", "n": 1}],
        url="join('', ['https://', host, '/', to_string(n), '.m3u8'])",
        title="join(' ', ['Camera', to_string(n)])",
        quality="'720p'",
    )
    assert (found.url, found.title, found.quality) == (
        "https://a.example/1.m3u8",
        "Camera 1",
        "720p",
    )


async def test_an_object_is_one_stream_named_after_the_source() -> None:
    (found,) = await found_in({"url": "https://a.example/x"})
    assert (found.key, found.title) == ("", "Cameras")


async def test_streams_of_one_name_are_told_apart() -> None:
    same = {"title": "Cam", "url": "https://a.example/x"}
    assert [found.key for found in await found_in([same, same, same])] == ["Cam", "Cam 2", "Cam 3"]


async def test_an_empty_list_has_no_streams() -> None:
    assert await found_in([]) == []


async def test_streams_without_an_http_url_are_left_out() -> None:
    items = [
        {"url": "javascript:alert(1)"},
        {"url": None},
        {},
        {"url": "file:///etc/passwd"},
        {"url": "https://a.example/x", "title": "<b>one</b>\n two"},
    ]
    (found,) = await found_in(items)
    assert found.title == "<b>one</b> two"


@pytest.mark.parametrize(
    ("content", "options", "told"),
    [
        (b"<html>", {}, "the answer is not JSON"),
        (b"", {}, "the answer is not JSON"),
        (b"[" * 100_000, {}, "the answer is not JSON"),
        ({"a": 1}, {"streams": "b"}, "the answer has nothing at streams"),
        ({"a": 1}, {"streams": "a"}, "streams is neither a list nor an object"),
        ([{"url": {}}], {}, r"streams\[0\]\.url: is not a text or a number"),
        ([{"url": True}], {}, r"streams\[0\]\.url: is not a text or a number"),
        ([{"url": "http://a/", "title": []}], {}, r"streams\[0\]\.title: is not a text"),
        ([{"url": "http://a/", "h": [1]}], {"headers": "h"}, r"streams\[0\]\.headers: is not"),
        ([{"url": "http://a/", "h": {"A": 1}}], {"headers": "h"}, r"\.headers: is not"),
        (
            [{"url": "http://a/", "h": {"A": "x\r\nB: y"}}],
            {"headers": "h"},
            r"\.headers: is no table of request headers",
        ),
        ([{"url": 1}], {"url": "length(url)"}, r"streams\[0\]\.url: the expression fails"),
        ([{}, {}], {}, "none of 2 streams has an http URL at url"),
    ],
)
async def test_an_answer_of_another_shape_is_one_error_that_says_where(
    content: Any, options: dict[str, str], told: str
) -> None:
    with pytest.raises(SourceChanged, match=r"^127\.0\.0\.1: .*" + told):
        await found_in(content, **options)


@pytest.mark.parametrize("option", ["streams", "url", "title", "key", "quality", "headers"])
def test_an_expression_that_is_none_is_refused_with_its_place(option: str) -> None:
    with pytest.raises(ValidationError, match="is no JMESPath expression near character") as caught:
        an_api("https://a.example/", **({"url": "url"} | {option: "data[?"}))
    assert caught.value.errors()[0]["loc"] == (option,)


async def test_a_list_that_is_too_large_is_refused() -> None:
    with pytest.raises(TooLarge):
        await found_in(b'["' + b"x" * (3 << 20) + b'"]')


async def test_a_redirect_to_a_private_address_is_refused(origin: Origin) -> None:
    port = int(origin.url.rpartition(":")[2])
    async with jsonapi_server() as private:
        origin.fault("/api", Redirect(private))
        async with a_client(Guard(allow_endpoints=[("127.0.0.1", port)])) as client:
            with pytest.raises(AddressRefused):
                await found_by(an_api(origin.at("/api"), url="url"), client)


async def test_a_server_that_is_silent_or_says_no_is_an_error_without_secrets(
    origin: Origin,
) -> None:
    origin.fault("/slow", StallBeforeHeaders())
    async with a_client(patience_s=0.2) as client, jsonapi_server(token="right") as url:
        with pytest.raises(UpstreamSlow):
            await found_by(an_api(origin.at("/slow"), url="url"), client)
        headers = {"Authorization": "Bearer hunter2"}
        source = an_api(f"{url}?key=hunter2", url="url", request_headers=headers)
        with pytest.raises(UpstreamStatus, match="answered 401") as refused:
            await found_by(source, client)
    assert "hunter2" not in str(refused.value) + repr(source)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from([*CAMERAS, "x"]), inner),
)


@given(_JSON)
def test_any_json_is_streams_or_one_error(content: Any) -> None:
    source = an_api("https://a.example/", url="url", headers="headers", quality="quality")
    try:
        body = orjson.dumps(content)
    except orjson.JSONEncodeError:
        return
    try:
        found = source.read(Answer(body, "https://a.example/", "application/json"))
    except F1StreamError:
        return
    assert all(stream.url.startswith(("http://", "https://")) for stream in found)
