"""Bytes that are nearly HTTP, made of real requests by a seeded generator.

Whatever comes: an answer that is HTTP and no 5xx of ours, or a close; within the time of a request;
and afterwards nothing of it is left. `F1STREAM_FUZZED_S` has it go on for so many seconds, from
another seed each time, which a failure names.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from f1stream.hls.links import Kind
from f1stream.http import create_app
from f1stream.http.listening import answering
from f1stream.logs import is_bad_request
from f1stream.settings import LimitSettings
from tests.conftest import OpenHouse
from tests.origin import Origin

FUZZED_S = float(os.environ.get("F1STREAM_FUZZED_S", "0"))
SHORT = 300
AT_A_TIME = 20
PATIENCE_S = 10
# Before Python 3.12 an answer begins in the loop's next turn, and aiohttp ends a connection whose
# client has ended its half by then.
HALF_CLOSED = 0.9 if sys.version_info >= (3, 12) else 0.3
# aiohttp answers in the version that a request claims, of those that its parser takes.
ANSWER = re.compile(
    rb"HTTP/(?:0\.9|1\.[01]|2\.0) ([1-5][0-9]{2}) [^\r\n]*\r\n"
    rb"(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: ?[^\r\n\0]*\r\n)*\r\n"
)
# 502 and 504 are of an upstream, 503 of a service that has enough to do.
OF_OTHERS = {502, 503, 504}

METHODS = (b"GET", b"HEAD", b"POST", b"OPTIONS", b"PUT", b"TRACE", b"CONNECT", b"get", b"G\0T", b"")
PATHS = (
    b"/",
    b"/health",
    b"/ready",
    b"/metrics",
    b"/session",
    b"/login",
    b"/logout",
    b"/streams",
    b"/streams/all",
    b"/streams/active",
    b"/streams/activate",
    b"/streams/deactivate",
    b"/streams/x/preview.jpg",
    b"/streams/by/x/proxy?url=a&sig=b",
    b"/extractors",
    b"/schedule",
    b"/schedule.ics?sessions=race",
    b"/schedule/refresh",
    b"/openapi.json",
    b"/index.html",
    b"/no/such/page",
    b"http://a.example/",
    b"*",
)
FIELDS = (
    b"Connection: close",
    b"Connection: keep-alive, upgrade",
    b"Upgrade: h2c",
    b"Upgrade: websocket",
    b"Expect: 100-continue",
    b"Content-Length: 5",
    b"Content-Length: 99999999999999999999",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Content-Type: application/json",
    b"Content-Type: application/x-www-form-urlencoded; charset=utf-7",
    b"Content-Type: multipart/form-data; boundary=a",
    b"Content-Encoding: gzip",
    b"Content-Encoding: zstd",
    b"Range: bytes=0-",
    b"Range: bytes=-1,5-2,99999999999999999999-",
    b'If-Range: "a"',
    b'If-None-Match: W/"a", *',
    b"If-Modified-Since: Sat, 31 Feb 9999 25:61:61 GMT",
    b"Accept: */*;q=nan",
    b"Accept-Encoding: gzip;q=2, br, zstd, *;q=0",
    b"Accept-Language: \xff\xfe",
    b"Authorization: Bearer \xc3\xa9",
    b"Authorization: Basic !!!",
    b'Cookie: f1stream_session=ffffffff.AAAA; a="',
    b"X-Forwarded-For: 1.2.3.4, [::1]:x, , unknown",
    b"X-Forwarded-Proto: javascript",
    b"X-Forwarded-Host: a\tb",
    b'Forwarded: for="[::1"',
    b"Sec-Fetch-Site: cross-site",
    b"Origin: null",
    b"Traceparent: 00-x-y-z",
    b"X-Request-Id: " + b"a" * 300,
    b"Last-Event-ID: \x01",
)
BODIES = (
    b"",
    b"hello",
    b"5\r\nhello\r\n0\r\n\r\n",
    b"fffffffffffffffff\r\n",
    b"-1\r\n\r\n",
    b'{"password": "x"}',
    b'{"stream_id": ' + b"[" * 500,
    b"password=%ff%fe",
    b"--a\r\nContent-Disposition: form-data; name=x\r\n\r\n",
    b"\x1f\x8b\x08\0\0\0\0\0",
)

Change = Callable[[random.Random, bytes], bytes]


def request(dice: random.Random, paths: tuple[bytes, ...]) -> bytes:
    """One that is right in most of its parts."""
    fields = dice.sample(FIELDS, dice.randint(0, 3))
    version = dice.choice((b"HTTP/1.1",) * 8 + (b"HTTP/1.0", b"HTTP/2.0"))
    method = dice.choice((b"GET", b"HEAD", b"POST") * 6 + METHODS)
    line = b" ".join((method, dice.choice(paths), version))
    body = dice.choice(BODIES) if method == b"POST" else b""
    if dice.random() < 0.8:
        fields.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join((line, b"Host: a", *fields, b"", b"")) + body


def _one_byte(dice: random.Random, sent: bytes) -> bytes:
    at = dice.randrange(len(sent))
    return sent[:at] + bytes([dice.randrange(256)]) + sent[at + 1 :]


def _cut(dice: random.Random, sent: bytes) -> bytes:
    return sent[: dice.randrange(len(sent))]


def _twice(dice: random.Random, sent: bytes) -> bytes:
    start = dice.randrange(len(sent))
    end = min(start + dice.randint(1, 40), len(sent))
    return (
        sent[:end] * dice.choice((1, 2)) + sent[start:end] * dice.choice((1, 3, 2000)) + sent[end:]
    )


def _line_ends(dice: random.Random, sent: bytes) -> bytes:
    return sent.replace(b"\r\n", dice.choice((b"\n", b"\r", b"\n\r", b"\r\r\n", b"\r\n ")))


def _something(dice: random.Random, sent: bytes) -> bytes:
    at = dice.randrange(len(sent))
    put = dice.choice(
        (b"\0", b"%", b"%00", b"%ff", b"\r\n", b"\xff", b" ", b":", b"%0d%0a", b"?&=;#")
    )
    return sent[:at] + put + sent[at:]


CHANGES: tuple[Change, ...] = (_one_byte, _cut, _twice, _line_ends, _something)


def nearly(seed: int, paths: tuple[bytes, ...]) -> bytes:
    """What that seed makes: one request or several, each changed a little."""
    dice = random.Random(seed)
    sent = b""
    for _ in range(dice.choice((1, 1, 1, 2, 4))):
        one = request(dice, paths)
        for _ in range(dice.choice((0, 0, 1, 1, 2))):
            one = dice.choice(CHANGES)(dice, one) or one
        sent += one
    return sent


async def answered(port: int, sent: bytes, dice: random.Random) -> bytes:
    """All that comes until the service closes, or has said what it has to say."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    said = b""
    try:
        middle = dice.randrange(len(sent))
        writer.write(sent[:middle])
        await asyncio.sleep(0)
        writer.write(sent[middle:])
        if dice.random() < HALF_CLOSED:
            writer.write_eof()
        # A request without an end waits for the rest of it, as it may.
        async with asyncio.timeout(0.5):
            while chunk := await reader.read(1 << 16):
                said += chunk
                if dice.random() < 0.02:
                    break
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.transport.abort()
    return said


async def test_bytes_that_are_nearly_http_get_an_answer_or_a_close(
    house: OpenHouse, origin: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    origin.route("/index.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.ts\n")
    origin.route("/1.ts", b"\x47" * 18_800)
    f1stream = await house(limits=LimitSettings(costly_per_minute=0))
    links = (
        f1stream.link(Kind.PLAYLIST, origin.at("/index.m3u8")),
        f1stream.link(Kind.BYTES, origin.at("/1.ts")),
    )
    paths = (*PATHS, *(link.encode() for link in links))
    services = f1stream.run.services
    first = random.randrange(1 << 48) if FUZZED_S else 1
    statuses: dict[int, int] = {}
    async with answering(create_app(services), services, "127.0.0.1", 0) as port:
        idle = _own_tasks()
        files = _open_files()

        async def ask(seed: int) -> None:
            async with asyncio.timeout(PATIENCE_S):
                said = await answered(port, nearly(seed, paths), random.Random(seed))
            if not said:
                return
            answer = ANSWER.match(said)
            assert answer, f"seed {seed}: {said[:200]!r}"
            status = int(answer[1])
            statuses[status] = statuses.get(status, 0) + 1
            assert status < 500 or status in OF_OTHERS, f"seed {seed}: {said[:500]!r}"

        until_s = time.monotonic() + FUZZED_S
        seed = first
        while seed < first + SHORT or time.monotonic() < until_s:
            await asyncio.gather(*(ask(seed + each) for each in range(AT_A_TIME)))
            seed += AT_A_TIME
        async with asyncio.timeout(PATIENCE_S):
            while _own_tasks() - idle or _open_files() > files + AT_A_TIME:
                await asyncio.sleep(0.05)
    print(f"\n| raw fuzzing, connections from seed {first} | {seed - first}; {_told(statuses)} |")
    assert {200, 400, 404} <= statuses.keys()
    failed = [each for each in caplog.records if each.exc_info and not is_bad_request(each)]
    assert [each.getMessage() for each in failed] == []


def _told(statuses: Mapping[int, int]) -> str:
    return ", ".join(f"{status}: {count}" for status, count in sorted(statuses.items()))


def _own_tasks() -> set[asyncio.Task[Any]]:
    """All but those of the origin, which keeps a connection as long as f1stream does."""
    return {task for task in asyncio.all_tasks() if "Origin." not in repr(task.get_coro())}


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_same_seed_makes_the_same_bytes() -> None:
    made = {nearly(seed, PATHS) for seed in range(200)}
    assert made == {nearly(seed, PATHS) for seed in range(200)}
    assert len(made) > 190
