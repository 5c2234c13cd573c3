"""What no well-behaved client sends, by raw sockets: refused, and nothing behind it is heard.

One service answers all of it, and still serves at the end.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import orjson
import pytest
from pydantic import SecretStr

from f1stream.hls.links import Kind
from f1stream.http import MAX_REQUEST_BYTES, create_app
from f1stream.http.listening import answering
from f1stream.http.security import ELSEWHERE
from f1stream.settings import Access
from tests.conftest import House, OpenHouse
from tests.origin import Origin

HOST = b"Host: a\r\n"
STATUS_LINE = re.compile(rb"HTTP/1\.[01] [0-9]{3} ")
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


class Raw:
    """A service and what it answers to bytes."""

    def __init__(self, house: House, port: int) -> None:
        self.house = house
        self.port = port

    async def said(self, sent: bytes) -> bytes:
        """All that comes until the service closes, or falls silent."""
        return (await self.heard(sent))[0]

    async def heard(self, sent: bytes) -> tuple[bytes, bool]:
        """The same, and whether the service closed."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        received, silent = b"", False
        try:
            writer.write(sent)
            async with asyncio.timeout(1):
                while chunk := await reader.read(1 << 16):
                    received += chunk
        except TimeoutError:
            silent = True
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
        return received, not silent

    async def status(self, sent: bytes) -> int:
        """The status of the only answer; 0 for a close without one."""
        answer = await self.said(sent)
        assert len(STATUS_LINE.findall(answer)) <= 1, answer
        return int(answer.split()[1]) if answer else 0


@pytest.fixture
async def raw(house: OpenHouse) -> AsyncIterator[Raw]:
    f1stream = await house()
    services = f1stream.run.services
    async with answering(create_app(services), services, "127.0.0.1", 0) as port:
        yield Raw(f1stream, port)
        answer = await Raw(f1stream, port).said(
            b"GET /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        )
        assert answer.endswith(b'{"status":"ok"}')


POST = b"POST /logout HTTP/1.1\r\n" + HOST
CHUNKED = b"Transfer-Encoding: chunked\r\n"
MALFORMED = {
    "CL.TE": POST + b"Content-Length: 6\r\n" + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "TE.CL": POST + CHUNKED + b"Content-Length: 4\r\n\r\n0\r\n\r\n" + SMUGGLED,
    "two lengths": POST + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n" + SMUGGLED,
    "a length that is a list": POST + b"Content-Length: 0, 5\r\n\r\n" + SMUGGLED,
    "a negative length": POST + b"Content-Length: -1\r\n\r\n" + SMUGGLED,
    "a length with a sign": POST + b"Content-Length: +0\r\n\r\n" + SMUGGLED,
    "a length with an underscore": POST + b"Content-Length: 1_0\r\n\r\n" + SMUGGLED,
    "an unknown coding": POST + b"Transfer-Encoding: xchunked\r\n\r\n" + SMUGGLED,
    "chunked twice": POST + CHUNKED + CHUNKED + b"\r\n0\r\n\r\n" + SMUGGLED,
    "a chunk size of nonsense": POST + CHUNKED + b"\r\n0x0\r\n\r\n" + SMUGGLED,
    "a blank before the colon": POST + b"Content-Length : 5\r\n\r\n" + SMUGGLED,
    "a folded field": POST + b"X: a\r\n Content-Length: 5\r\n\r\n" + SMUGGLED,
    "a field without a name": POST + b": x\r\n\r\n" + SMUGGLED,
    "a NUL in a field": POST + b"X: a\0b\r\n\r\n" + SMUGGLED,
    "a bare CR in a field": POST + b"X: a\rb: c\r\n\r\n" + SMUGGLED,
    "no colon": POST + b"X\r\n\r\n" + SMUGGLED,
    "a NUL in the path": b"GET /a\0b HTTP/1.1\r\n" + HOST + b"\r\n",
    "version 3": b"GET / HTTP/3.0\r\n" + HOST + b"\r\n",
    "a blank target": b"GET  HTTP/1.1\r\n" + HOST + b"\r\n",
    "a blank in the target": b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "binary": bytes(range(256)) * 4 + b"\r\n\r\n",
    "a line of 64 KiB": b"GET /" + b"a" * 65_536 + b" HTTP/1.1\r\n" + HOST + b"\r\n",
    "a field of 64 KiB": b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"a" * 65_536 + b"\r\n\r\n",
    "20,000 fields": b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n" * 20_000 + b"\r\n",
}


async def test_what_is_malformed_is_refused_and_nothing_behind_it_answered(raw: Raw) -> None:
    for what, (answer, closed) in zip(
        MALFORMED, await asyncio.gather(*map(raw.heard, MALFORMED.values())), strict=True
    ):
        assert len(STATUS_LINE.findall(answer)) == 1, (what, answer)
        assert_tells_nothing(answer, 400)
        assert closed, what


async def test_what_came_before_the_malformed_is_answered_still(raw: Raw) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", raw.port)
    async with asyncio.timeout(5):
        writer.write(b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
        assert (await reader.readuntil(b'{"status":"ok"}')).startswith(b"HTTP/1.1 200 ")
        writer.write(MALFORMED["no colon"] + SMUGGLED)
        assert_tells_nothing(await reader.read(), 400)
    writer.transport.abort()


async def test_markup_in_what_is_malformed_is_no_page(raw: Raw) -> None:
    for sent in (
        b"GET /<script>alert(1)</script> x HTTP/1.1\r\nAccept: text/html\r\n\r\n",
        b"GET / HTTP/1.1\r\nAccept: text/html\r\n<script>alert(1)</script>\r\n\r\n",
    ):
        answer = await raw.said(sent)
        assert b"script" not in answer
        assert_tells_nothing(answer, 400)


async def test_what_never_gets_to_the_application_is_answered_as_everything_is(
    raw: Raw,
) -> None:
    odd = POST + b"Expect: else\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
    assert_tells_nothing(await raw.said(odd), 417)
    services = raw.house.run.services
    services.limits = replace(services.limits, requests=0)
    async with answering(create_app(services), services, "127.0.0.1", 0) as port:
        full = Raw(raw.house, port)
        ask = b" /health HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        answer = await full.said(b"GET" + ask)
        assert_tells_nothing(answer, 503)
        assert b"\r\nRetry-After: 5\r\n" in answer
        assert (await full.said(b"HEAD" + ask)).endswith(b"\r\n\r\n")


async def test_a_fault_outside_of_the_application_is_logged_and_not_told(
    raw: Raw, caplog: pytest.LogCaptureFixture
) -> None:
    services = raw.house.run.services
    services.trace = Mock(side_effect=RuntimeError("hunter2"))
    async with answering(create_app(services), services, "127.0.0.1", 0) as port:
        answer = await Raw(raw.house, port).said(b"GET /health HTTP/1.1\r\n" + HOST + b"\r\n")
    assert b"hunter2" not in answer
    assert_tells_nothing(answer, 500)
    assert "hunter2" in caplog.text


def assert_tells_nothing(answer: bytes, status: int) -> None:
    """That an answer is a problem like all others: no version, path or traceback is in it."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, *lines = head.decode().split("\r\n")
    fields = dict(each.split(": ", 1) for each in lines)
    assert line.startswith(f"HTTP/1.1 {status} "), answer
    assert "Server" not in fields
    assert fields["Content-Type"] == "application/problem+json"
    assert fields["Cache-Control"] == "no-store"
    assert fields["Content-Length"] == str(len(body))
    assert "Date" in fields
    assert {name: fields[name] for name in ELSEWHERE} == ELSEWHERE
    told = orjson.loads(body)
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert not re.search(rb"aiohttp|Python|Traceback|\.py|smuggled|hunter2", answer)


async def test_what_is_smuggled_in_a_body_is_never_a_request(raw: Raw) -> None:
    length = b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(SMUGGLED)
    assert await raw.status(POST + length + SMUGGLED) == 200
    chunk = b"%x\r\n" % len(SMUGGLED) + SMUGGLED + b"\r\n0\r\n\r\n"
    assert await raw.status(POST + CHUNKED + b"Connection: close\r\n\r\n" + chunk) == 200


BEYOND = b"x" * (MAX_REQUEST_BYTES + 1)


@pytest.mark.parametrize("path", [b"/login", b"/streams/activate", b"/no/such"])
async def test_a_body_beyond_the_limit_is_refused(raw: Raw, path: bytes) -> None:
    for coding, body in ((b"identity", BEYOND), (b"gzip", gzip.compress(BEYOND))):
        head = b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Encoding: " + coding
        length = b"\r\nContent-Length: %d\r\n\r\n" % len(body)
        assert await raw.status(head + length + body) == 413
        chunk = b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
        assert await raw.status(head + b"\r\n" + CHUNKED + b"\r\n" + chunk) == 413


@pytest.mark.parametrize("coding", [b"gzip", b"deflate", b"br", b"zstd"])
async def test_a_body_that_is_not_encoded_as_it_says_is_refused(raw: Raw, coding: bytes) -> None:
    for path in (b"/login", b"/streams/activate"):
        head = b"POST " + path + b" HTTP/1.1\r\n" + HOST + b"Content-Encoding: " + coding
        assert await raw.status(head + b"\r\nContent-Length: 9\r\n\r\nnot coded") == 400
        chunked = head + b"\r\n" + CHUNKED + b"\r\n9\r\nnot coded\r\n0\r\n\r\n"
        assert await raw.status(chunked) == 400


async def test_an_expectation_that_is_not_known_is_refused(raw: Raw) -> None:
    for expected, status in ((b"100-continu\xb5", 417), (b"else", 417), (b"100-Continue", 200)):
        head = POST + b"Expect: " + expected + b"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        told = (await raw.said(head)).replace(b"HTTP/1.1 100 Continue\r\n\r\n", b"")
        assert int(told.split()[1]) == status, told


async def test_pipelined_requests_are_answered_each_and_in_order(raw: Raw) -> None:
    one = b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = await raw.said(one % b"health" + one % b"session" + one % b"ready")
    bodies = [part.rpartition(b"\r\n\r\n")[2] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert [body[:9] for body in bodies] == [b'{"status"', b'{"require', b'{"ready":']


PATHS = (
    b"/../link.key",
    b"/%2e%2e/link.key",
    b"/..%2flink.key",
    b"/%2e%2e%2flink.key",
    b"/..%5clink.key",
    b"/%252e%252e/link.key",
    b"//link.key",
    b"/./link.key",
    b"/_app/../../link.key",
    b"/_app/immutable/..%2f..%2f..%2f..%2f..%2fetc/passwd",
    b"/%00",
    b"/index.html%00.js",
    b"/%c0%ae%c0%ae/link.key",
    b"/%ff%fe",
    b"file:///etc/passwd",
    b"http://else.example/../link.key",
    b"*",
)


async def test_no_path_leads_to_a_file_of_the_house(raw: Raw, tmp_path: Path) -> None:
    key = await asyncio.to_thread((tmp_path / "link.key").read_bytes)
    for path in PATHS:
        answer = await raw.said(
            b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        )
        assert key not in answer
        assert b"root:" not in answer
        assert not answer or int(answer.split()[1]) in (400, 404), (path, answer)


INJECTIONS = (b"%0d%0aX-Injected:%201", b"%0aX-Injected:%201", b"%E5%98%8D%E5%98%8AX-Injected:%201")


async def test_no_answer_is_split_by_what_was_asked(raw: Raw) -> None:
    for what in INJECTIONS:
        for target in (
            b"/" + what,
            b"/proxy?url=" + what + b"&sig=a",
            b"/proxy?url=aHR0cDovL2E&sig=test." + b"A" * 16 + what,
            b"/relay?" + what,
            b"/streams/by/" + what + b"/proxy?url=a",
            b"/schedule.ics?sessions=" + what,
            b"/streams/" + what + b"/preview.jpg",
        ):
            answer = await raw.said(
                b"GET " + target + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
            )
            head = answer.partition(b"\r\n\r\n")[0]
            assert b"\nX-Injected" not in head, target
            assert int(head.split()[1]) in (400, 403, 404), target


async def test_no_answer_is_split_by_what_an_upstream_says(origin: Origin, raw: Raw) -> None:
    origin.route("/1.ts", b"\x47" * 188, headers={"ETag": '"a\tX-Injected: 1"'})
    link = raw.house.link(Kind.BYTES, origin.at("/1.ts")).encode()
    for _ in range(2):
        answer = await raw.said(
            b"GET " + link + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n\r\n"
        )
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"\nX-Injected" not in answer


async def test_a_forged_session_opens_nothing_in_any_spelling(house: OpenHouse) -> None:
    f1stream = await house(access=Access(viewer_password=SecretStr("lights out")))
    services = f1stream.run.services
    async with answering(create_app(services), services, "127.0.0.1", 0) as port:
        service = Raw(f1stream, port)
        own = services.gate.credentials()["Cookie"].encode()
        for cookie in (
            b"",
            b"f1stream_session=",
            b"f1stream_session=ffffffff.AAAA",
            own[:-1],
            own.upper(),
            own.replace(b"=", b"%3D"),
            b"x" + own,
            b"f1stream_session=\xff\x00"[:-1],
            b"a=1; " * 1000,
        ):
            head = b"GET /streams HTTP/1.1\r\n" + HOST + b"Cookie: " + cookie
            assert await service.status(head + b"\r\nConnection: close\r\n\r\n") == 401, cookie
        head = b"GET /streams HTTP/1.1\r\n" + HOST + b"Cookie: " + own
        assert await service.status(head + b"\r\nConnection: close\r\n\r\n") == 200
