"""Bytes that no playlist should hold: nothing fails, nothing that was fine is lost.

For a moment by default; for as long as `F1STREAM_FUZZ_SECONDS` says, with the number of examples
printed (`-s`).
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qsl

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from f1stream.errors import F1StreamError
from f1stream.hls.define import answered
from f1stream.hls.delta import applied, delta
from f1stream.hls.directives import Skip
from f1stream.hls.documents import rewrite_asset_list, rewrite_steering
from f1stream.hls.links import Kind, Links
from f1stream.hls.pace import pace
from f1stream.hls.playlist import read, select_variant
from f1stream.hls.rewriter import Rewriter
from f1stream.hls.tags import CONTEXT_TAGS, URI_TAGS
from f1stream.hls.uris import references
from tests.hls.strategies import BASE, damaged, drafts

SECONDS = float(os.environ.get("F1STREAM_FUZZ_SECONDS", "0"))
LINKS = Links([b"0123456789abcdef"])
LINK = re.compile(rb"/?(?:proxy|relay)\?url=[\w-]+(?:&def=[\w-]+)?&sig=garage\.[\w-]{16}(?:\.\w+)?")

TAGS = [name.decode() for name in sorted(URI_TAGS | CONTEXT_TAGS)]
PIECES = st.one_of(
    st.sampled_from(
        [
            *TAGS,
            *"#EXTM3U #EXTINF:6, #EXT-X-SKIP:SKIPPED-SEGMENTS=2 #EXT-X-ENDLIST".split(),
            "#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=1,CAN-SKIP-DATERANGES=YES",
            *"URI= NAME= VALUE= IMPORT= QUERYPARAM= X-ASSET-URI= X-ASSET-LIST= ID= {$a} {$".split(),
            *'" "" , : = ? # / // .. ../ ./ @ % %0a %00 [ ] \\ | ^ ` < > { } a.ts a.m3u8'.split(),
            *"http:// https:// HTTP:// javascript: data: skd:// file:/// //h h:99999".split(),
            *[
                "\n",
                "\n",
                "\r\n",
                "\r",
                "\0",
                "\v",
                "\f",
                "\x1c",
                "\x85",
                "\u2028",
                "\ufeff",
                " ",
                "\t",
            ],
            "\N{GREEK SMALL LETTER OMEGA}.example",
            "proxy?url=YQ&sig=garage.AAAAAAAAAAAAAAAA",
            "A" * 300,
        ]
    ).map(str.encode),
    st.binary(max_size=3),
)
TEXTS = st.lists(PIECES, max_size=40).map(b"".join)
BODIES = st.one_of(TEXTS, damaged(), drafts().map(lambda draft: draft.body), st.binary(max_size=99))
BASES = st.one_of(st.just(BASE), st.just(BASE + "&a=1%22"), st.text(max_size=30))


def linked_bytes_are_the_same(body: bytes, base: str) -> None:
    rewritten = Rewriter(LINKS, "garage").rewrite(body, base)
    body = answered(body, base)
    position = before = 0
    for reference in references(body, base):
        same = body[before : reference.start]
        assert rewritten[position : position + len(same)] == same
        position += len(same)
        link = LINK.match(rewritten, position)
        assert link is not None
        url, mark, fragment = reference.url.partition(b"#")
        route, _, query = link[0].decode().lstrip("/").partition("?")
        assert LINKS.read(route, dict(parse_qsl(query))).url.encode() == url
        position = link.end()
        assert rewritten[position:].startswith(mark + fragment)
        position += len(mark + fragment)
        before = reference.end
    assert rewritten[position:] == body[before:]
    assert len(rewritten.splitlines()) == len(body.splitlines())


def memory_changes_no_answer(bodies: list[bytes]) -> None:
    rewriter = Rewriter(LINKS, "garage")
    for body in bodies:
        assert rewriter.rewrite(body, BASE) == Rewriter(LINKS, "garage").rewrite(body, BASE)


def only_known_errors(body: bytes, base: str) -> None:
    pace(body)
    for skip in Skip:
        delta(body, skip, body)
    applied(body, body)
    for attempt in ATTEMPTS:
        with suppress(F1StreamError):
            attempt(body, base)


ATTEMPTS: tuple[Callable[[bytes, str], object], ...] = (
    read,
    lambda body, _: select_variant(body, 0),
    lambda body, base: rewrite_asset_list(body, base, LINKS, "garage"),
    lambda body, base: rewrite_steering(body, base, LINKS, "garage"),
    lambda body, _: LINKS.read(Kind.PLAYLIST, dict(parse_qsl(body.decode(errors="replace")))),
)


@pytest.mark.parametrize(
    ("check", "strategies"),
    [
        (linked_bytes_are_the_same, (BODIES, BASES)),
        (memory_changes_no_answer, (st.lists(BODIES, min_size=2, max_size=4),)),
        (only_known_errors, (BODIES, BASES)),
    ],
)
def test_no_bytes_make_it_fail(
    check: Callable[..., None], strategies: tuple[st.SearchStrategy[object], ...]
) -> None:
    tried = 0

    @given(st.tuples(*strategies))
    @settings(
        deadline=None,
        max_examples=100 if not SECONDS else 2000,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    def once(drawn: tuple[object, ...]) -> None:
        nonlocal tried
        tried += 1
        check(*drawn)

    ends_at = time.monotonic() + SECONDS / 3
    once()
    while time.monotonic() < ends_at:
        once()
    print(f"{check.__name__}: {tried} examples")
    assert tried
