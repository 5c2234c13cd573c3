"""The client at a real socket: what is reached, what is sent, what errors become."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiohttp.abc import AbstractResolver, ResolveResult

from f1stream.errors import (
    AddressRefused,
    TooLarge,
    Truncated,
    UpstreamDown,
    UpstreamError,
    UpstreamSlow,
    UpstreamStatus,
)
from f1stream.models import Upstream
from f1stream.net.chunks import Chunks, read_bounded
from f1stream.net.client import Client, Timeouts, checked, connect
from f1stream.net.guard import Guard
from tests.origin import Fault, Origin, Request, Response
from tests.origin.faults import (
    BrokenChunk,
    Endless,
    Late,
    Redirect,
    Reset,
    ResetWhenReused,
    SlowHeaders,
    StallBeforeHeaders,
    StallInBody,
    Truncate,
)

LOOPBACK = [ipaddress.ip_network("127.0.0.1/32")]
QUICK = Timeouts(connect_s=1, head_s=0.3, read_s=0.3)


class Names(AbstractResolver):
    """A name server that says what the test wants, a new thing at each asking."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        answer = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        version = socket.AF_INET6 if ":" in answer else socket.AF_INET
        return [
            ResolveResult(hostname=host, host=answer, port=port, family=version, proto=0, flags=0)
        ]

    async def close(self) -> None:
        """Nothing is held."""


@asynccontextmanager
async def a_client(guard: Guard | None = None, **more: Any) -> AsyncIterator[Client]:
    async with connect(
        guard or Guard(LOOPBACK), timeouts=QUICK, user_agent="f1stream/test", **more
    ) as client:
        yield client


async def fetched(client: Client, upstream: Upstream, max_bytes: int = 1000) -> bytes:
    async with client.get(upstream) as response:
        return await read_bounded(checked(response), max_bytes, client.idle_s)


async def test_a_body_is_read(origin: Origin) -> None:
    url = origin.route("/x", "hello")
    async with a_client() as client:
        assert await fetched(client, Upstream(url)) == b"hello"
    assert origin.requests[0].headers["User-Agent"] == "f1stream/test"


async def test_a_redirect_is_followed_and_the_final_url_is_known(origin: Origin) -> None:
    origin.route("/b/final", "hello")
    origin.fault("/start", Redirect("/a/next"))
    origin.fault("/a/next", Redirect("../b/final", 307))
    async with a_client() as client, client.get(Upstream(origin.at("/start"))) as response:
        assert str(response.url) == origin.at("/b/final")


async def test_so_many_redirects_are_followed_as_may_be(origin: Origin) -> None:
    origin.route("/b", "hello")
    origin.fault("/a", Redirect("/b"))
    async with a_client(max_redirects=1) as client:
        assert await fetched(client, Upstream(origin.at("/a"))) == b"hello"
    async with a_client(max_redirects=0) as client:
        with pytest.raises(UpstreamDown, match="more than 0 times"):
            await fetched(client, Upstream(origin.at("/a")))


async def test_one_host_is_asked_so_much_at_a_time_and_the_rest_waits(origin: Origin) -> None:
    url = origin.route("/x", "hello")
    origin.fault("/x", Late(0.01))
    async with a_client(most_per_host=2) as client:
        bodies = await asyncio.gather(*(fetched(client, Upstream(url)) for _ in range(6)))
    assert bodies == [b"hello"] * 6
    assert {request.connection for request in origin.requests} <= {0, 1}


async def test_a_url_reaches_the_upstream_as_it_was_written(origin: Origin) -> None:
    target = "/x?hdnts=exp=1~acl=/*~hmac=a%2Bb+c%7e&q='(!)"
    origin.mount("/", _echo)
    async with a_client() as client:
        await fetched(client, Upstream(origin.url + target))
    assert origin.requests[0].target == target


async def _echo(request: Request) -> Response:
    return Response(request.target.encode())


@pytest.mark.parametrize(
    "literal",
    [
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1.:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f000001:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://0:{port}/",
        "http://0.0.0.0:{port}/",
        "http://[::1]:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[::ffff:7f00:1]:{port}/",
        "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
        "http://user:pass@127.0.0.1:{port}/",
        "http://\uff11\uff12\uff17.0.0.1:{port}/",
        "http://%31%32%37.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://LOCALHOST.:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/",
        "gopher://127.0.0.1:{port}/",
        "http:///x",
        "//127.0.0.1/",
        "http://[::1",
        "http://127.0.0.1:99999/",
    ],
)
async def test_no_notation_of_a_private_address_is_reached(origin: Origin, literal: str) -> None:
    port = origin.url.rpartition(":")[2]
    async with a_client(Guard()) as client:
        with pytest.raises(UpstreamError):
            await fetched(client, Upstream(literal.format(port=port)))
    assert origin.requests == []


async def test_a_private_literal_is_refused_with_the_remedy(origin: Origin) -> None:
    async with a_client(Guard()) as client:
        with pytest.raises(AddressRefused, match=r"127\.0\.0\.1 .* upstream\.allow_private"):
            await fetched(client, Upstream(origin.at("/")))


@pytest.mark.parametrize("answer", ["127.0.0.1", "::1", "::ffff:127.0.0.1", "169.254.169.254"])
async def test_a_name_that_resolves_to_a_private_address_is_refused(
    origin: Origin, answer: str
) -> None:
    port = origin.url.rpartition(":")[2]
    async with a_client(Guard(), resolver=Names(answer)) as client:
        with pytest.raises(AddressRefused):
            await fetched(client, Upstream(f"http://public.example:{port}/"))
    assert origin.requests == []


async def test_a_redirect_to_a_private_address_is_refused(origin: Origin) -> None:
    """Both ports are on loopback: only the first one is allowed."""
    port = int(origin.url.rpartition(":")[2])
    async with Origin() as private:
        origin.fault("/start", Redirect(private.at("/secret")))
        guard = Guard(allow_endpoints=[("127.0.0.1", port)])
        async with a_client(guard) as client:
            with pytest.raises(AddressRefused):
                await fetched(client, Upstream(origin.at("/start")))
        assert private.requests == []


async def test_a_redirect_to_another_scheme_is_refused(origin: Origin) -> None:
    origin.fault("/start", Redirect("file:///etc/passwd"))
    async with a_client() as client:
        with pytest.raises(AddressRefused):
            await fetched(client, Upstream(origin.at("/start")))


async def test_a_name_that_changes_its_mind_is_judged_at_each_connection(origin: Origin) -> None:
    """DNS rebinding: allowed at the first lookup, private at the next."""
    port = int(origin.url.rpartition(":")[2])
    async with Origin() as private:
        names = Names("127.0.0.1", "127.0.0.2")
        origin.fault("/", Redirect(f"http://rebound.example:{private.url.rpartition(':')[2]}/"))
        guard = Guard(allow_endpoints=[("127.0.0.1", port)])
        async with a_client(guard, resolver=names) as client:
            with pytest.raises(AddressRefused):
                await fetched(client, Upstream(f"http://rebinding.example:{port}/"))
        assert names.asked == 2
        assert private.requests == []


async def test_headers_of_a_source_stay_with_its_host(origin: Origin) -> None:
    elsewhere = "http://localhost:" + origin.url.rpartition(":")[2]
    origin.route("/final", "hello")
    origin.fault("/start", Redirect(f"{elsewhere}/final"))
    upstream = Upstream(
        origin.at("/start"),
        {"Authorization": "Bearer s3cret", "Cookie": "a=b", "Referer": "https://example.org/"},
        home="127.0.0.1",
    )
    loopback = Guard([ipaddress.ip_network(net) for net in ("127.0.0.0/8", "::1/128")])
    async with a_client(loopback) as client:
        await fetched(client, upstream)
    first, second = origin.requests
    assert first.headers["Authorization"] == "Bearer s3cret"
    assert "Authorization" not in second.headers
    assert "Cookie" not in second.headers
    assert second.headers["Referer"] == "https://example.org/"


async def test_a_source_s_own_authorization_comes_before_its_url_s(origin: Origin) -> None:
    url = origin.route("/x", b"x").replace("http://", "http://me:s3cret@")
    async with a_client() as client:
        for headers in ({}, {"authorization": "Bearer own"}):
            await fetched(client, Upstream(url, headers))
    said = [request.headers.get("Authorization") for request in origin.requests]
    assert said == ["Basic bWU6czNjcmV0", "Bearer own"]


async def test_credentials_do_not_leave_tls(origin: Origin, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    origin.route("/final", "hello")
    async with Origin(tls=context) as safe, a_client(ca_file=tmp_path / "ca.pem") as client:
        safe.fault("/start", Redirect(origin.at("/final")))
        headers = {"Authorization": "Bearer s3cret", "Referer": "https://example.org/"}
        await fetched(client, Upstream(safe.at("/start"), headers, home="127.0.0.1"))
        assert safe.requests[0].headers["Authorization"] == "Bearer s3cret"
    assert "Authorization" not in origin.requests[0].headers
    assert origin.requests[0].headers["Referer"] == "https://example.org/"


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (StallBeforeHeaders(), UpstreamSlow),
        (SlowHeaders(0.1), UpstreamSlow),
        (StallInBody(2), UpstreamSlow),
        (Truncate(2), Truncated),
        (Reset(), UpstreamDown),
        (Reset(after_bytes=2), UpstreamError),
        (BrokenChunk(2), UpstreamError),
        (Endless(), TooLarge),
        (Redirect("/x"), UpstreamDown),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, type) else value.__name__,
)
async def test_what_an_upstream_does_wrong_has_a_name(
    origin: Origin, fault: Fault, error: type[UpstreamError]
) -> None:
    url = origin.route("/x", "hello world")
    origin.fault("/x", fault)
    async with a_client() as client:
        with pytest.raises(error, match=r"127\.0\.0\.1"):
            await fetched(client, Upstream(url))


async def test_a_chunk_that_is_none_ends_a_body_that_has_begun(origin: Origin) -> None:
    """aiohttp itself would wait for ever."""
    url = origin.route("/x", bytes(300_000))
    origin.fault("/x", BrokenChunk(200_000))
    async with a_client() as client, client.get(Upstream(url)) as response:
        async with asyncio.timeout(5):
            with pytest.raises(UpstreamError):
                await read_bounded(response, 10**7, idle_s=0.3)


async def test_a_closed_port_is_down() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        async with a_client() as client:
            with pytest.raises(UpstreamDown, match="refused or unreachable"):
                await fetched(client, Upstream(f"http://127.0.0.1:{port}/"))


async def test_a_name_that_is_not_there_is_down() -> None:
    class Nowhere(Names):
        async def resolve(self, *_: Any, **__: Any) -> list[ResolveResult]:
            raise OSError("no such name")

    async with a_client(resolver=Nowhere("")) as client:
        with pytest.raises(UpstreamDown, match=r"nowhere\.example: name does not resolve"):
            await fetched(client, Upstream("http://nowhere.example/"))


@pytest.mark.parametrize(
    ("answered", "told"), [(403, 403), (404, 404), (410, 410), (401, 502), (500, 502), (304, 502)]
)
async def test_statuses_that_a_player_can_act_on_are_passed(
    origin: Origin, answered: int, told: int
) -> None:
    url = origin.route("/x", status=answered)
    async with a_client() as client:
        with pytest.raises(UpstreamStatus) as caught:
            await fetched(client, Upstream(url))
    assert caught.value.status == told


async def test_a_kept_connection_that_was_closed_is_replaced_unnoticed(origin: Origin) -> None:
    url = origin.route("/x", "hello")
    origin.fault("/x", ResetWhenReused())
    async with a_client() as client:
        for _ in range(3):
            assert await fetched(client, Upstream(url)) == b"hello"


async def test_a_connection_that_has_rested_for_longer_than_a_read_may_take_is_used_again(
    origin: Origin,
) -> None:
    # More than is read ahead: aiohttp pauses such a connection, and resumes it after the last byte.
    url = origin.route("/large", b"x" * 400_000)
    async with a_client() as client:
        for _ in range(3):
            async with client.get(Upstream(url), read_ahead_bytes=1024) as response:
                body = b"".join([chunk async for chunk in Chunks(response, 5)])
            assert len(body) == 400_000
            await asyncio.sleep(2 * QUICK.read_s)
    assert {request.connection for request in origin.requests} == {0}


async def test_leaving_early_ends_the_fetch(origin: Origin) -> None:
    url = origin.route("/x", b"x" * 1_000_000)
    origin.fault("/x", Endless())
    async with a_client() as client:
        async with client.get(Upstream(url)) as response:
            await response.content.readany()
        await origin.gone("/x")


async def test_being_cancelled_ends_the_fetch(origin: Origin) -> None:
    url = origin.route("/x")
    origin.fault("/x", StallBeforeHeaders())
    async with connect(Guard(LOOPBACK), timeouts=Timeouts(), user_agent="x") as client:
        task = asyncio.create_task(fetched(client, Upstream(url)))
        await origin.asked("/x")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await origin.gone("/x")


async def test_a_body_that_is_not_encoded_as_it_says_has_not_ended_early(origin: Origin) -> None:
    url = origin.route("/index.m3u8", bytes(range(256)), headers={"Content-Encoding": "gzip"})
    async with a_client() as client:
        with pytest.raises(UpstreamDown, match="not encoded as its head says"):
            async with client.get(Upstream(url)) as response:
                await read_bounded(checked(response), 1000, 1)
