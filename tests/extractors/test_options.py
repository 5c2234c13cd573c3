"""Options that can hold credentials."""

from __future__ import annotations

import pytest
from pydantic import SecretStr, TypeAdapter, ValidationError

from f1stream.extractors import Direct
from f1stream.extractors.options import Headers, Server, ServerUrl, is_http, plain
from tests.extractors.servers import basic

SERVER_URL = TypeAdapter(ServerUrl)
HEADERS = TypeAdapter(Headers)


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://a.example", "http://a.example"),
        ("https://a.example:8443/", "https://a.example:8443"),
        ("https://a.example/sub/path/", "https://a.example/sub/path"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_a_server_is_where_its_paths_start(url: str, base: str) -> None:
    server = Server.at(SERVER_URL.validate_python(url))
    assert (server.base, server.headers) == (base, {})


@pytest.mark.parametrize(
    ("login", "authorization"),
    [
        ("me:hunter2", basic("me:hunter2")),
        ("me", basic("me:")),
        ("me%40x:a%3Ab%2F", basic("me@x:a:b/")),
        ("me:a@b", basic("me:a@b")),
        ("m\u00e9:\u00e9", basic("m\u00e9:\u00e9")),
    ],
)
def test_a_login_in_the_url_becomes_a_header(login: str, authorization: str) -> None:
    server = Server.at(SERVER_URL.validate_python(f"http://{login}@a.example:1984/x"))
    assert server.base == "http://a.example:1984/x"
    assert server.headers == {"Authorization": authorization}
    assert repr(server) == "Server()"


@pytest.mark.parametrize(
    "url",
    ["http://a.example/?user=me", "http://a.example/#x", "a.example", "ftp://a.example", "http://"],
)
def test_what_is_no_server_s_address_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        SERVER_URL.validate_python(url)


@pytest.mark.parametrize("url", ["http://a.example:99999/", "http://a.example:x/", "http://[::1"])
def test_an_impossible_url_is_none(url: str) -> None:
    assert not is_http(url)


@pytest.mark.parametrize(
    "headers",
    [
        {"A": "hunter2\x7f"},
        {"A": "hunter2\nC: d"},
        {"\u00e4": "hunter2"},
        {"A:": "hunter2"},
        {"": "hunter2"},
    ],
)
def test_what_can_t_be_sent_is_refused_without_being_shown(headers: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as caught:
        Direct.model_validate({"name": "A", "url": "http://a.example/", "headers": headers})
    assert "hunter2" not in str(caught.value)


def test_headers_become_plain_where_they_are_sent() -> None:
    headers = HEADERS.validate_python({"Cookie": "hunter2"})
    assert headers == {"Cookie": SecretStr("hunter2")}
    assert plain(headers) == {"Cookie": "hunter2"}
