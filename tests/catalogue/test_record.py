"""The catalogue as bytes: whole and unaltered, or refused."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.catalogue import Entry, Remembered, SourceHealth
from f1stream.catalogue.ranking import Grade
from f1stream.catalogue.record import (
    Contents,
    Unreadable,
    dumped,
    dumped_contents,
    dumped_entries,
    loaded,
    loaded_contents,
    loaded_entries,
)
from f1stream.models import Health, Level, Stream, Upstream, Verdict

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)


def entry(number: int) -> Entry:
    upstream = Upstream(f"https://a.example/{number}?token=x", {"Cookie": "y"}, "a.example")
    health = Health("ts", ("avc1", "mp4a.40.2"), 1920, 1080, "AES-128", newest=7, changed_at=NOW)
    return Entry(
        Stream(f"s{number}", "Größe", "m3u", "A", upstream, NOW, "1080p", expires_at=NOW),
        Verdict(NOW, Level.SEGMENT, is_live=True, bitrate_bps=5, health=health),
        grade=Grade(3, 4),
    )


WHOLE = [Remembered("m3u", "A", NOW, tuple(map(entry, range(3)))), Remembered("x", "B", None, ())]


def test_what_was_written_is_read() -> None:
    assert loaded(dumped(WHOLE)) == WHOLE
    assert loaded(dumped([])) == []


def test_what_one_source_has_is_read_and_taken_for_nothing_else() -> None:
    health = SourceHealth("m3u", "A", failures=2, failing_since=NOW, left_out={"no stream": 2})
    contents = Contents(health, ("a page", "another"))
    assert loaded_contents(dumped_contents(contents)) == contents
    entries = tuple(map(entry, range(3)))
    assert loaded_entries(dumped_entries(entries)) == entries
    for other in (dumped(WHOLE), dumped_entries(entries)):
        with pytest.raises(Unreadable):
            loaded_contents(other)


@given(st.data())
def test_a_file_cut_or_altered_anywhere_is_refused(data: st.DataObject) -> None:
    content = dumped(WHOLE)
    at = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(Unreadable):
        loaded(content[:at])
    byte = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    with pytest.raises(Unreadable):
        loaded(content[:at] + bytes([byte]) + content[at + 1 :])
    with pytest.raises(Unreadable):
        loaded(content + b"\n")


@given(st.binary())
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(Unreadable):
        loaded(content)


def test_a_newer_format_is_named() -> None:
    newer = dumped(WHOLE).replace(b"catalogue 1 ", b"catalogue 9 ", 1)
    with pytest.raises(Unreadable, match="its format is 9, this version reads 1"):
        loaded(newer)


@pytest.mark.parametrize("body", [b"{}", b"[{}]", b'[{"key": 1}]', b"[[[[" * 5_000, b"\xff"])
def test_json_of_another_shape_is_refused_even_with_its_digest(body: bytes) -> None:
    digest = hashlib.blake2b(body, digest_size=16).hexdigest().encode()
    with pytest.raises(Unreadable, match=r"type|json|missing"):
        loaded(b"f1stream-catalogue 1 %b %d\n" % (digest, len(body)) + body)


def test_a_refusal_quotes_nothing() -> None:
    content = dumped(WHOLE).replace(b"token=x", b"token=z")
    with pytest.raises(Unreadable) as refusal:
        loaded(content)
    assert "token" not in str(refusal.value)


def test_a_thousand_streams_take_a_moment() -> None:
    many = [Remembered("m3u", "A", NOW, tuple(map(entry, range(1000))))]
    began_s = time.perf_counter()
    assert loaded(dumped(many)) == many
    assert time.perf_counter() - began_s < 1
