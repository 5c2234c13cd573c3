"""What playlists say, which variant is selected, and what is no playlist at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1stream.errors import NoSuchVariant, NotAPlaylist
from f1stream.hls.playlist import (
    ByteRange,
    Media,
    Multivariant,
    Segment,
    Variant,
    is_playlist,
    read,
    select_variant,
)
from tests.hls.strategies import BASE, Draft, damaged, drafts

PLAYLISTS = Path(__file__).parent / "playlists"
DIRECTORY = "https://origin.example.com/live/ch1/720p/"


def media(name: str) -> Media:
    found = read((PLAYLISTS / name).read_bytes(), BASE)
    assert isinstance(found, Media)
    return found


def media_of(text: str) -> Media:
    found = read(f"#EXTM3U\n{text}".encode(), BASE)
    assert isinstance(found, Media)
    return found


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"#EXTM3U\n", True),
        (b"#EXTM3U", True),
        (b"\xef\xbb\xbf#EXTM3U\n", True),
        (b"\r\n \t#EXTM3U\n", True),
        (b"\n\xef\xbb\xbf\n#EXTM3U", True),
        (b"", False),
        (b"#EXTM3", False),
        (b"<html>#EXTM3U", False),
        (b'{"error": 1}', False),
        (b" " * 5000 + b"#EXTM3U", False),
    ],
)
def test_a_playlist_starts_with_its_first_tag(body: bytes, answer: bool) -> None:
    assert is_playlist(body) is answer


def test_a_multivariant_playlist_says_its_variants_in_file_order() -> None:
    found = read((PLAYLISTS / "multivariant.m3u8").read_bytes(), BASE)
    assert isinstance(found, Multivariant)
    assert [variant.bandwidth_bps for variant in found.variants] == [2200000, 5600000, 900000]
    assert found.variants[0] == Variant(
        url=DIRECTORY + "video/720p/index.m3u8",
        bandwidth_bps=2200000,
        average_bandwidth_bps=1900000,
        width=1280,
        height=720,
        frame_rate=50.0,
        codecs="avc1.64001f,mp4a.40.2",
        audio="aac",
    )
    assert found.variants[2].average_bandwidth_bps is None


def test_a_low_latency_playlist_says_its_part_target() -> None:
    found = media("low_latency.m3u8")
    assert found.low_latency
    assert found.part_target_s == 0.33334
    assert found.target_duration_s == 4
    assert found.media_sequence == 266
    assert found.map_url == DIRECTORY + "init.mp4"
    assert [segment.url for segment in found.segments] == [
        f"{DIRECTORY}fileSequence{number}.mp4" for number in (266, 267, 268)
    ]
    assert not found.ended


def test_an_encrypted_playlist_says_its_key_methods() -> None:
    found = media("encrypted.m3u8")
    assert found.key_methods == ("AES-128", "SAMPLE-AES", "NONE")
    assert found.segments[-1].url == "https://edge.example.net/fp1-7798.ts"
    assert found.segments[0].duration_s == 5.833
    assert not found.low_latency


def test_byte_ranges_without_an_offset_follow_the_one_before() -> None:
    found = media("byte_ranges.m3u8")
    main = DIRECTORY + "main.mp4"
    assert found.segments == (
        Segment(main, 4.0, ByteRange(1000, 719)),
        Segment(main, 4.0, ByteRange(1200, 1719)),
        Segment(main, 3.5, ByteRange(900, 4000), is_gap=True),
        Segment(DIRECTORY + "tail.mp4", 2.5, None),
    )
    assert found.ended


def test_variables_have_their_values_in_urls() -> None:
    found = media_of('#EXT-X-DEFINE:NAME="h",VALUE="https://h"\n#EXTINF:6,\n{$h}/1.ts\n')
    assert found.segments[0].url == "https://h/1.ts"


@pytest.mark.parametrize(
    ("text", "target_duration_s"),
    [
        ("#EXT-X-TARGETDURATION:6\n", 6.0),
        ("#EXT-X-TARGETDURATION: 6.0\n", 6.0),
        ("#EXT-X-TARGETDURATION:\n#EXTINF:4.5,\nx\n#EXTINF:3,\ny\n", 4.5),
        ("#EXTINF:-1,\nx\n", 0.0),
        ("", 0.0),
    ],
)
def test_the_target_duration_is_found_as_players_find_it(
    text: str, target_duration_s: float
) -> None:
    assert media_of(text).target_duration_s == target_duration_s


@pytest.mark.parametrize(
    "text",
    [
        "#EXT-X-PROGRAM-DATE-TIME:yesterday\n",
        '#EXT-X-DATERANGE:ID="1",DURATION=long\n',
        "#EXT-X-VERSION:nan\n",
        "#EXT-X-START:TIME-OFFSET=now\n",
        "#EXT-X-MEDIA-SEQUENCE:\n",
        "#EXTINF:6,a\u2028b\x0bc\n# ",
    ],
)
def test_what_is_not_asked_for_spoils_no_playlist(text: str) -> None:
    found = media_of(f"#EXT-X-TARGETDURATION:6\n{text}\n#EXTINF:6,\nx.ts\n")
    assert [segment.url for segment in found.segments] == [DIRECTORY + "x.ts"]


@pytest.mark.parametrize(
    "text",
    [
        "#EXTINF:six,\nx\n",
        "#EXTINF:nan,\nx\n",
        "#EXTINF:1e999,\nx\n",
        "#EXT-X-STREAM-INF:RESOLUTION=1x1\nx\n",
        "#EXT-X-STREAM-INF:BANDWIDTH=inf\nx\n",
        "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=wide\nx\n",
        "#EXT-X-STREAM-INF:BANDWIDTH=1,RESOLUTION=1\nx\n",
        "#EXT-X-BYTERANGE:a@b\n#EXTINF:6,\nx\n",
        "#EXT-X-BYTERANGE:1@0\nx\n",
        "#EXT-X-MAP:\n#EXTINF:6,\nx\n",
        "#EXT-X-PART-INF:PART-TARGET=nan\n",
        "#EXT-X-PART-INF:X=1\n",
        "#EXT-X-KEY:METHOD\n",
    ],
)
def test_what_makes_no_sense_is_not_a_playlist(text: str) -> None:
    with pytest.raises(NotAPlaylist):
        read(f"#EXTM3U\n{text}".encode(), BASE)


@given(drafts())
@settings(deadline=None)
def test_every_well_formed_playlist_is_read(draft: Draft) -> None:
    found = read(draft.body, BASE)
    assert isinstance(found, Multivariant) == (b"#EXT-X-STREAM-INF" in draft.body)


@given(st.one_of(damaged(), st.binary(max_size=100).map(b"#EXTM3U\n".__add__)))
@settings(deadline=None, max_examples=300)
def test_anything_else_is_not_a_playlist_or_read(body: bytes) -> None:
    with suppress(NotAPlaylist):
        read(body, BASE)


def test_the_error_does_not_tell_the_url() -> None:
    with pytest.raises(NotAPlaylist) as caught:
        read(b"#EXTM3U\n#EXTINF:six,\nsecret.ts\n", BASE)
    assert "secret" not in str(caught.value)
    assert "example.com" not in str(caught.value)


@pytest.mark.parametrize(
    ("quality", "kept"), [(0, "1080p/index"), (1, "720p/index"), (2, "360p/index")]
)
def test_the_quality_counts_down_from_the_highest_bandwidth(quality: int, kept: str) -> None:
    body = (PLAYLISTS / "multivariant.m3u8").read_bytes()
    selected = select_variant(body, quality)
    assert [line for line in selected.splitlines() if b"video/" in line and line[:1] != b"#"] == [
        line for line in body.splitlines() if kept.encode() in line and line[:1] != b"#"
    ]
    inert = [line for line in body.splitlines() if line[:1] == b"#" and b"STREAM-INF:B" not in line]
    assert [line for line in selected.splitlines() if line in inert] == inert
    assert selected.count(b"-I-FRAME-STREAM-INF") == 1
    assert selected.count(b"\n#EXT-X-STREAM-INF") == 1


@pytest.mark.parametrize(
    ("body", "quality", "selected"),
    [
        (
            b"#1\r\n#I=1\r\na\r\n#2\r\n#I=2\r\n#c\r\n\r\n b",
            1,
            b"#1\r\n#I=1\r\na\r\n#2\r\n#c\r\n\r\n",
        ),
        (b"#I=1\na\n#I=1\nb\n", 0, b"#I=1\na\n"),
        (b"#I=1\na\n#I=1\nb\n", 1, b"#I=1\nb\n"),
        (b"#I=9\n#I=1\na\n#I=2\nb\n", 0, b"#I=2\nb\n"),
        (b"#I=x\na\n#I=2\nb\n", 1, b"#I=x\na\n"),
        (b"#I=1\na\n#I=2\nb\n#I=3\n", 0, b"#I=2\nb\n#I=3\n"),
        (b"#I=1,AVERAGE-BANDWIDTH=9\na\n#I=2\nb\n", 0, b"#I=2\nb\n"),
    ],
)
def test_only_the_lines_of_other_variants_are_left_out(
    body: bytes, quality: int, selected: bytes
) -> None:
    def full(text: bytes) -> bytes:
        return text.replace(b"#I=", b"#EXT-X-STREAM-INF:BANDWIDTH=")

    assert select_variant(full(body), quality) == full(selected)


def test_a_media_playlist_has_every_quality() -> None:
    body = (PLAYLISTS / "encrypted.m3u8").read_bytes()
    assert select_variant(body, 3) == body


@pytest.mark.parametrize("quality", [-1, 3, 10**9])
def test_a_quality_that_is_not_there_names_those_that_are(quality: int) -> None:
    body = (PLAYLISTS / "multivariant.m3u8").read_bytes()
    with pytest.raises(NoSuchVariant, match="from 0 to 2"):
        select_variant(body, quality)


@given(damaged(), st.integers(-1, 3))
@settings(deadline=None)
def test_selecting_never_fails_otherwise_and_never_adds_a_byte(body: bytes, quality: int) -> None:
    try:
        selected = select_variant(body, quality)
    except NoSuchVariant:
        return
    rest = iter(body.splitlines(keepends=True))
    assert all(line in rest for line in selected.splitlines(keepends=True))
