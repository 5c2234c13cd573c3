"""What servers must not be able to do to f1stream, whatever their kind."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import pytest
from aiohttp import web

from f1stream.errors import (
    AddressRefused,
    F1StreamError,
    SourceChanged,
    TooLarge,
    UpstreamSlow,
    UpstreamStatus,
)
from f1stream.extractors import (
    Extractor,
    Go2rtc,
    Jellyfin,
    M3u,
    MediaMTX,
    Owncast,
    PeerTube,
    Stremio,
    Xtream,
)
from f1stream.net.guard import Guard
from tests.extractors.reading import Watch, a_client, found_by
from tests.extractors.servers import serving, with_login

SECRET = "hunter2"
Kind = tuple[type[Extractor], dict[str, str]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

KINDS: tuple[Kind, ...] = (
    (Go2rtc, {}),
    (Jellyfin, {"token": SECRET}),
    (M3u, {}),
    (MediaMTX, {}),
    (Owncast, {}),
    (PeerTube, {}),
    (Stremio, {}),
    (Xtream, {"username": SECRET, "password": SECRET}),
)
JSON_KINDS = tuple(kind for kind in KINDS if kind[0] is not M3u)

every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind[0].key)
every_json_kind = pytest.mark.parametrize("kind", JSON_KINDS, ids=lambda kind: kind[0].key)


def a_source(kind: Kind, url: str) -> Extractor:
    extractor, options = kind
    return extractor.model_validate(
        {"name": "A", "url": with_login(url, f"me:{SECRET}"), **options}
    )


async def error_of(
    kind: Kind,
    handler: Handler,
    *,
    guard: Guard | None = None,
    patience_s: float = 10,
) -> F1StreamError:
    """What reading a source ends with where its server answers every request with `handler`."""
    async with (
        serving(web.route("*", "/{any:.*}", handler)) as url,
        a_client(guard, patience_s=patience_s) as client,
    ):
        source = a_source(kind, url)
        with pytest.raises(F1StreamError, match=r"127\.0\.0\.1") as caught:
            await found_by(source, client)
    assert SECRET not in f"{caught.value!r} {caught.value} {source!r} {source}"
    assert "/" not in str(caught.value).replace("JSON/", "")
    return caught.value


def answering(body: bytes, content_type: str = "application/json") -> Handler:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=body, content_type=content_type)

    return handler


@every_kind
async def test_a_page_instead_of_an_answer_is_told(kind: Kind) -> None:
    page = b"<!doctype html><html><title>Log in</title><form action='/login'></form></html>\n"
    assert isinstance(await error_of(kind, answering(page, "text/html")), SourceChanged)


NO_ANSWERS = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"text"',
    b"NaN",
    b"{",
    b'{"user_info": {"auth": "maybe"}, "Items": 7, "items": {}, "data": "x", "online": []}',
    b'{"a": \xff\xfe}',
    b"[" * 50_000,
    b'{"a":' * 50_000,
)


@pytest.mark.parametrize(
    ("kind", "body"),
    # An empty object is what go2rtc says where it has no streams.
    [
        pytest.param(kind, body, id=f"{kind[0].key}-{number}")
        for kind in JSON_KINDS
        for number, body in enumerate(NO_ANSWERS)
        if (kind[0], body) != (Go2rtc, b"{}")
    ],
)
async def test_an_answer_of_another_shape_is_told(kind: Kind, body: bytes) -> None:
    assert isinstance(await error_of(kind, answering(body)), SourceChanged)


@every_kind
@pytest.mark.parametrize("status", [401, 403, 404, 500, 503])
async def test_a_refusal_is_told(kind: Kind, status: int) -> None:
    async def handler(request: web.Request) -> web.Response:
        return web.Response(status=status, text=f"{SECRET} is wrong")

    error = await error_of(kind, handler)
    assert isinstance(error, UpstreamStatus)
    assert error.upstream_status == status


@every_kind
async def test_a_redirect_to_a_private_address_is_not_followed(kind: Kind) -> None:
    reached = False

    async def private(request: web.Request) -> web.Response:
        nonlocal reached
        reached = True
        return web.Response(text="secret")

    async def handler(request: web.Request) -> web.Response:
        raise web.HTTPFound(f"{inside}/meta-data")

    async with (
        serving(web.get("/meta-data", private)) as inside,
        serving(web.route("*", "/{any:.*}", handler)) as url,
    ):
        host, port = url.removeprefix("http://").split(":")
        async with a_client(Guard(allow_endpoints=[(host, int(port))])) as client:
            with pytest.raises(AddressRefused) as caught:
                await found_by(a_source(kind, url), client)
    assert SECRET not in str(caught.value)
    assert not reached


@every_kind
async def test_a_private_server_is_not_reached_unless_it_is_allowed(kind: Kind) -> None:
    error = await error_of(kind, answering(b"{}"), guard=Guard())
    assert isinstance(error, AddressRefused)


@every_kind
async def test_a_server_that_never_answers_is_given_up(kind: Kind) -> None:
    given_up = asyncio.Event()

    async def handler(request: web.Request) -> web.Response:
        await given_up.wait()
        return web.Response()

    async with serving(web.route("*", "/{any:.*}", handler)) as url:
        async with a_client(patience_s=0.1) as client:
            with pytest.raises(UpstreamSlow, match=r"127\.0\.0\.1: no answer in time"):
                await found_by(a_source(kind, url), client)
        given_up.set()


@every_kind
async def test_an_endless_answer_is_cut(kind: Kind) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(1 << 20))
        except ConnectionError:
            return response

    assert isinstance(await error_of(kind, handler), TooLarge)


PAGES = (
    (Jellyfin, {"Items": [{"Id": "0" * 32, "Name": "F1"}], "TotalRecordCount": 10**9}),
    (MediaMTX, {"items": [{"name": "f1", "ready": True}], "pageCount": 10**9}),
    (PeerTube, {"data": [{"uuid": "0" * 36, "name": "F1"}], "total": 10**9}),
)


@pytest.mark.parametrize(("extractor", "page"), PAGES)
async def test_a_page_without_end_is_read_twice_only(
    extractor: type[Extractor], page: dict[str, object]
) -> None:
    (kind,) = [kind for kind in KINDS if kind[0] is extractor]
    lists = 0

    async def handler(request: web.Request) -> web.Response:
        nonlocal lists
        lists += bool(request.query)
        return web.json_response(page)

    async with serving(web.route("*", "/{any:.*}", handler)) as url, a_client() as client:
        await found_by(a_source(kind, url), client)
    assert lists == 2


@every_json_kind
async def test_a_huge_text_does_not_hold_up_the_loop(kind: Kind) -> None:
    huge = answering(b'{"user_info": "' + b"x" * 900_000 + b'"}')
    async with (
        serving(web.route("*", "/{any:.*}", huge)) as url,
        a_client() as client,
        Watch() as watch,
    ):
        with pytest.raises(SourceChanged):
            await found_by(a_source(kind, url), client)
    assert watch.worst_s < 0.05


FIELDS = ("Items", "data", "items", "resources", "catalogs", "streams", "metas", "tags")


@pytest.mark.parametrize("value", [b"{}", b"0"])
@pytest.mark.parametrize("field", FIELDS)
@every_json_kind
async def test_many_values_do_not_hold_up_the_loop(kind: Kind, field: str, value: bytes) -> None:
    """As many as are decoded at all, where an interface has its few."""
    head = b'{"online": true, "TotalRecordCount": 1, "total": 1, "pageCount": 1, "types": [],'
    many = head + b'"%b": [%b]}' % (field.encode(), b",".join([value] * 49_000))
    async with (
        serving(web.route("*", "/{any:.*}", answering(many))) as url,
        a_client() as client,
        Watch() as watch,
    ):
        with contextlib.suppress(F1StreamError):
            await found_by(a_source(kind, url), client)
    assert watch.worst_s < 0.05
