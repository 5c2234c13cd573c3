"""The page about HLS says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from f1stream.hls.limits import MAX_LINE_BYTES, MAX_LINES, MAX_URL_BYTES
from f1stream.hls.links import Links
from f1stream.hls.rewriter import Rewriter
from f1stream.hls.tags import CONTEXT_TAGS, URI_ATTRIBUTES, URI_TAGS, URI_VALUES

PAGE = (Path(__file__).parents[2] / "docs/hls.md").read_text()
ROWS = re.findall(r"^\| ([A-Z0-9-]+) \| (passed|rewritten|answered) \|", PAGE, re.MULTILINE)
BASE = "https://origin.example/live/index.m3u8?token=42"
ALL_ATTRIBUTES = 'URI="x",SERVER-URI="x",X-ASSET-URI="x",X-ASSET-LIST="x",QUERYPARAM="token"'


def rewritten(text: str) -> str:
    return Rewriter(Links([bytes(32)]), "garage").rewrite(text.encode(), BASE).decode()


def test_every_tag_of_the_tables_is_on_the_page() -> None:
    named = {name for name, _ in ROWS}
    assert {name.decode().removeprefix("#") for name in URI_TAGS | CONTEXT_TAGS} <= named
    assert len(named) == len(ROWS)


@pytest.mark.parametrize(("name", "what"), ROWS)
def test_a_tag_is_treated_as_the_page_says(name: str, what: str) -> None:
    tag = f"#{name}"
    if tag.encode() in URI_VALUES:
        line = f"{tag}:x\n"
    else:
        line = f"{tag}:{ALL_ATTRIBUTES}\n"
    if what == "passed":
        assert rewritten(line) == line
    elif what == "answered":
        assert rewritten(line) == line.replace("QUERYPARAM", "NAME").replace(
            '"token"', '"token",VALUE="42"'
        )
    elif tag.encode() in URI_ATTRIBUTES or tag.encode() in URI_VALUES:
        assert rewritten(line).count("&sig=") == len(URI_ATTRIBUTES.get(tag.encode(), "x"))
    else:
        assert rewritten(f"{line}x\n").startswith(f"{line}")
        assert rewritten(f"{line}x\n").count("&sig=") == 1


def test_the_limits_are_those_of_the_code() -> None:
    assert f"| {MAX_LINES:,} | 502 |" in PAGE
    assert f"| {MAX_LINE_BYTES >> 10} KiB | 502 |" in PAGE
    assert f"| {MAX_URL_BYTES >> 10} KiB | the URI stays" in PAGE
