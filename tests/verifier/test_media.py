"""What bytes show: of real segments, and of anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from f1stream.verifier import boxes, transport
from f1stream.verifier.media import Seen, seen
from tests.origin import Encoded

# An ID3 tag's head: 128 bytes follow.
ID3 = b"ID3\x04\x00\x00\x00\x00\x01\x00"


def newest(playlist: Path) -> bytes:
    return sorted(playlist.parent.glob("*[0-9].*"))[-1].read_bytes()


def test_a_transport_stream_names_its_codecs(encoded: Encoded) -> None:
    assert seen(newest(encoded.ts)) == Seen("ts", ("avc1", "mp4a.40.2"))


def test_a_fragment_names_them_with_its_initialization_section(encoded: Encoded) -> None:
    init = next(encoded.fmp4.parent.glob("*init*")).read_bytes()
    fragment = newest(encoded.fmp4)
    shown = seen(fragment, init)
    assert (shown.container, shown.width, shown.height) == ("fmp4", 160, 90)
    assert shown.codecs[0].startswith("avc1.42")
    assert shown.codecs[1] == "mp4a.40.2"
    assert seen(fragment) == Seen("fmp4")


def test_encrypted_bytes_show_nothing(encoded: Encoded) -> None:
    assert seen(newest(encoded.aes128)) == Seen()


@pytest.mark.parametrize(
    ("sample", "shown"),
    [
        (b"\xff\xf1\x50\x80", Seen("audio", ("mp4a.40.2",))),
        (ID3 + bytes(128) + b"\xff\xfb", Seen("audio", ("mp4a.40.34",))),
        (b"\x0b\x77\x00", Seen("audio", ("ac-3",))),
        (b"\xef\xbb\xbfWEBVTT\n", Seen("text", ("wvtt",))),
        (b"<!doctype html>", Seen()),
        (b"", Seen()),
        (b"G" * 187, Seen()),
        (b"ID3", Seen()),
    ],
)
def test_other_kinds_are_told_by_their_first_bytes(sample: bytes, shown: Seen) -> None:
    assert seen(sample) == shown


def box(name: bytes, *inner: bytes) -> bytes:
    body = b"".join(inner)
    return (8 + len(body)).to_bytes(4) + name + body


def described(*entries: bytes) -> bytes:
    stsd = box(b"stsd", bytes(8), *entries)
    for name in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        stsd = box(name, stsd)
    return box(b"ftyp", b"iso6") + stsd


def test_a_protected_track_is_named_by_its_original_format() -> None:
    fields = bytes(24) + (1920).to_bytes(2) + (1080).to_bytes(2) + bytes(50)
    entry = box(b"encv", fields, box(b"avcC", b"\1\x64\0\x28"), box(b"sinf", box(b"frma", b"avc1")))
    assert boxes.tracks(described(entry)) == [boxes.Track("avc1.640028", 1920, 1080)]


def test_data_and_unknown_tracks_are_left_out() -> None:
    assert boxes.tracks(described(box(b"tmcd", bytes(20)), box(b"wvtt"))) == [boxes.Track("wvtt")]


@given(st.binary(max_size=600))
@example(b"\0\0\0\1moov\0\0\0\0\0\0\0\0")
@example(b"\0\0\0\0moov\0\0\0\0trak")
def test_boxes_of_any_bytes_never_raise(junk: bytes) -> None:
    boxes.tracks(junk)
    boxes.tracks(described(junk))
    boxes.tracks(described(box(b"avc1", junk), box(b"enca", junk)))


@given(st.lists(st.binary(max_size=187), max_size=6), st.data())
def test_packets_of_any_bytes_never_raise(packets: list[bytes], data: st.DataObject) -> None:
    sample = b"".join(b"G" + packet.ljust(187, b"\xff") for packet in packets)
    transport.codecs(sample)
    seen(sample)
    seen(sample[: data.draw(st.integers(0, len(sample)))])


@given(st.data())
def test_a_damaged_transport_stream_never_raises(encoded: Encoded, data: st.DataObject) -> None:
    sample = bytearray(newest(encoded.ts)[: 188 * 4])
    for _ in range(5):
        sample[data.draw(st.integers(0, len(sample) - 1))] = data.draw(st.integers(0, 255))
    transport.codecs(bytes(sample))
