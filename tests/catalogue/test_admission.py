"""The door: what an extractor may not bring in."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue.admission import MAX_STREAMS, MAX_TITLE_CHARS, Admission
from f1stream.models import Found, Lead

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)
GOOD: dict[str, Any] = {"key": "1", "title": "F1", "url": "https://a.example/f1.m3u8"}


def door(wanted: str = "") -> Admission:
    return Admission("direct", "A", lambda title, about: wanted in title + about, lambda: NOW)


def test_a_stream_gets_in_with_what_its_url_says() -> None:
    admission = door()
    admission.take(Found(**GOOD | {"url": "https://a.example/f1.m3u8?expires=1783260000"}))
    (stream,) = admission.streams.values()
    assert (stream.title, stream.site_name, stream.extracted_at) == ("F1", "A", NOW)
    assert stream.address == "a.example/f1.m3u8"
    assert stream.expires_at == datetime(2026, 7, 5, 14, 0, tzinfo=UTC)
    assert stream.upstream.home == "a.example"
    assert not admission.left_out


def test_what_is_said_about_a_stream_counts_for_the_operator_s_choice() -> None:
    admission = door(wanted="Formel 1")
    admission.take(Found(**GOOD | {"title": "ORF 1", "about": "Formel 1: Spielberg"}))
    admission.take(Found(**GOOD | {"key": "2", "title": "ZDF", "about": "Tagesschau"}))
    assert [stream.title for stream in admission.streams.values()] == ["ORF 1"]


def test_an_embed_s_page_is_kept_as_others_may_see_it() -> None:
    admission = door()
    page = "https://me:hunter2@a.example/v/42?lang=de&token=hunter2&password=hunter2#hunter2"
    admission.take(Found(**GOOD, page_url=page))
    (stream,) = admission.streams.values()
    assert stream.page_url == "https://a.example/v/42?lang=de"


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"url": "ftp://a.example/"}, "url: is no http or https URL"),
        ({"url": "javascript:alert(1)"}, "url: is no http or https URL"),
        ({"url": "/f1.m3u8"}, "url: is no http or https URL"),
        ({"url": "http://"}, "url: is no http or https URL"),
        ({"url": "http://a.example/\r\nX: y"}, "url: has control characters"),
        ({"url": "http://a.example/\x00"}, "url: has control characters"),
        ({"url": "http://a.example/" + "x" * 9000}, "url: String should have at most"),
        ({"url": b"http://a.example/"}, "url: Input should be a valid string"),
        ({"url": None}, "url: Input should be a valid string"),
        ({"key": 7}, "key: Input should be a valid string"),
        ({"key": "x" * 3000}, "key: String should have at most"),
        ({"key": "\ud800"}, "key: Input should be a valid string"),
        ({"title": None}, "title: Input should be a valid string"),
        ({"quality": 1080}, "quality: Input should be a valid string"),
        ({"about": 7}, "about: Input should be a valid string"),
        ({"page_url": None}, "page_url: Input should be a valid string"),
        ({"stream_type": "dash"}, "stream_type: Input should be"),
        ({"headers": {"A\r\nB": "c"}}, "headers: are no header fields"),
        ({"headers": {"A": "b\nc"}}, "headers: are no header fields"),
        ({"headers": {"A": 1}}, "headers: Input should be a valid string"),
        ({"headers": None}, "headers: Input should be a valid dictionary"),
        ({"headers": {f"A{n}": "b" for n in range(40)}}, "headers: Dictionary should have at most"),
    ],
)
def test_garbage_stays_out_and_is_counted_by_reason(wrong: dict[str, Any], reason: str) -> None:
    admission = door()
    admission.take(Found(**GOOD | wrong))
    admission.take(Found(**GOOD | wrong))
    admission.take(Found(**GOOD))
    assert len(admission.streams) == 1
    ((told, count),) = admission.left_out.items()
    assert told.startswith(reason)
    assert count == 2


@pytest.mark.parametrize("thing", [None, "f1", 7, [], GOOD, Lead("page", "", "", "http://a/")])
def test_what_is_no_stream_is_counted(thing: object) -> None:
    admission = door()
    admission.take(thing)
    assert admission.left_out == {"no stream": 1}


def test_a_key_that_comes_twice_is_one_stream() -> None:
    admission = door()
    admission.take(Found(**GOOD))
    admission.take(Found(**GOOD | {"title": "again"}))
    assert [stream.title for stream in admission.streams.values()] == ["F1"]
    assert admission.left_out == {"key of another one": 1}


def test_titles_are_one_clean_line_and_the_sources_name_stands_in() -> None:
    admission = door()
    titles = ["  F1\r\n\tlive\x00 ", "\u202eevil\u202c", "x" * 9000, " \n "]
    for number, title in enumerate(titles):
        admission.take(Found(**GOOD | {"key": str(number), "title": title}))
    cleaned = [stream.title for stream in admission.streams.values()]
    assert cleaned == ["F1 live", "evil", "x" * MAX_TITLE_CHARS, "A"]


def test_a_flood_is_capped_and_said() -> None:
    admission = door()
    began_s = time.perf_counter()
    for number in range(100_000):
        admission.take(Found(key=str(number), title="F1", url=f"http://a.example/{number}"))
    assert len(admission.streams) == MAX_STREAMS
    assert admission.left_out == {"beyond the 5,000 streams of a source": 95_000}
    assert time.perf_counter() - began_s < 30


def test_what_the_operator_does_not_want_is_not_left_out() -> None:
    admission = door(wanted="F1")
    admission.take(Found(**GOOD | {"title": "MotoGP"}))
    assert not admission.streams
    assert not admission.left_out


anything = st.none() | st.integers() | st.text() | st.binary() | st.lists(st.text())


@given(
    st.builds(
        Found,
        key=st.text() | anything,
        title=st.text() | anything,
        url=st.text().map("http://a.example/{}".format) | anything,
        headers=st.dictionaries(st.text() | st.integers(), anything) | anything,
        quality=st.text() | anything,
        stream_type=st.sampled_from(["m3u8", "embed"]) | anything,
    )
)
def test_whatever_gets_in_can_be_told_to_a_browser(found: Found) -> None:
    admission = door()
    admission.take(found)
    assert len(admission.streams) + admission.left_out.total() == 1
    for stream in admission.streams.values():
        orjson.dumps([stream.id, stream.title, stream.quality, stream.upstream.url])
        assert stream.title
        assert stream.title.splitlines() == [stream.title]
    orjson.dumps(dict(admission.left_out))
