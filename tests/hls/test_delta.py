"""A delta update says what is new, and with the playlist before it, all that the full one says."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1stream.hls.delta import applied, delta
from f1stream.hls.directives import Skip

CONTROL = "#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12,CAN-SKIP-DATERANGES=YES"
SEGMENT_TAGS = (
    "#EXT-X-DISCONTINUITY",
    "#EXT-X-GAP",
    "#EXT-X-BYTERANGE:100@0",
    "#EXT-X-PROGRAM-DATE-TIME:2025-03-16T04:00:00Z",
    '#EXT-X-PART:DURATION=1,URI="p.mp4"',
    "#EXT-X-CUE-OUT:30",
    "# a comment",
)
LASTING_TAGS = (
    '#EXT-X-KEY:METHOD=AES-128,URI="k1"',
    '#EXT-X-KEY:METHOD=AES-128,URI="k2"',
    '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="k3",KEYFORMAT="com.example"',
    "#EXT-X-KEY:METHOD=NONE",
    '#EXT-X-MAP:URI="a.mp4"',
    '#EXT-X-MAP:URI="b.mp4"',
    "#EXT-X-BITRATE:800",
)


@dataclass
class Stream:
    """A stream of which any window can be published."""

    tags: list[list[str]]
    dates: list[int]
    end: str

    def window(self, first: int, count: int) -> bytes:
        lasting = [line for tags in self.tags[:first] for line in tags if line in LASTING_TAGS]
        lines = ["#EXTM3U", "#EXT-X-VERSION:9", "#EXT-X-TARGETDURATION:2", CONTROL]
        lines += [f"#EXT-X-MEDIA-SEQUENCE:{first}", *lasting]
        for number in range(first, first + count):
            if number in self.dates:
                lines.append(f'#EXT-X-DATERANGE:ID="d{number}",START-DATE="2025-03-16T04:00:00Z"')
            lines += [*self.tags[number], "#EXTINF:2.000,", f"{number}.mp4"]
        return self.end.join([*lines, '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="next"', ""]).encode()


@st.composite
def streams(draw: st.DrawFn) -> Stream:
    tags = st.lists(st.sampled_from(SEGMENT_TAGS + LASTING_TAGS), max_size=3, unique=True)
    return Stream(
        draw(st.lists(tags, min_size=24, max_size=24)),
        draw(st.lists(st.integers(0, 23), max_size=6)),
        draw(st.sampled_from(["\n", "\r\n"])),
    )


def segments(playlist: bytes) -> list[tuple[object, ...]]:
    """Each segment's number, URI and tags, with the keys, the map and the bitrate that hold."""
    found: list[tuple[object, ...]] = []
    keys: dict[str, str] = {}
    lasting: dict[str, str] = {}
    own: list[str] = []
    number = 0
    for line in playlist.decode().splitlines():
        name = line.partition(":")[0]
        if name == "#EXT-X-MEDIA-SEQUENCE":
            number = int(line.partition(":")[2])
        elif name == "#EXT-X-KEY":
            form = line.partition("KEYFORMAT=")[2]
            keys = {} if line.endswith("NONE") else {**keys, form: line}
        elif name in ("#EXT-X-MAP", "#EXT-X-BITRATE"):
            lasting[name] = line
        elif line in SEGMENT_TAGS or name == "#EXTINF":
            own.append(line)
        elif not line.startswith("#"):
            found.append((number, line, tuple(own), dict(keys), dict(lasting)))
            own = []
            number += 1
    return found


def date_ranges(playlist: bytes) -> set[str]:
    return {line for line in playlist.decode().splitlines() if line.startswith("#EXT-X-DATERANGE")}


@given(streams(), st.integers(0, 6), st.integers(8, 12), st.integers(0, 3), st.sampled_from(Skip))
@settings(deadline=None, max_examples=300)
def test_an_update_and_the_playlist_before_it_say_what_the_full_one_says(
    stream: Stream, first: int, count: int, moved: int, skip: Skip
) -> None:
    before, now = stream.window(first, count), stream.window(first + moved, count)
    update = delta(now, skip, before)
    skipped = count - 6
    assert f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}".encode() in update
    assert len(segments(update)) == count - skipped
    whole = applied(before, update)
    assert whole is not None
    assert segments(whole) == segments(now)
    assert date_ranges(whole) == date_ranges(now)


@given(streams(), st.integers(8, 24))
@settings(deadline=None)
def test_what_is_not_skipped_is_the_same_bytes(stream: Stream, count: int) -> None:
    now = stream.window(0, count)
    rest = now.partition(f"{count - 7}.mp4{stream.end}".encode())[2]
    assert delta(now, Skip.SEGMENTS).endswith(rest)


def test_an_update_reads_like_this() -> None:
    stream = Stream([[] for _ in range(9)], [0, 8], "\n")
    stream.tags[0] = [LASTING_TAGS[0], LASTING_TAGS[4]]
    now = stream.window(0, 9)
    assert delta(now, Skip.SEGMENTS).decode().splitlines()[:10] == [
        "#EXTM3U",
        "#EXT-X-VERSION:9",
        "#EXT-X-TARGETDURATION:2",
        CONTROL,
        "#EXT-X-MEDIA-SEQUENCE:0",
        '#EXT-X-DATERANGE:ID="d0",START-DATE="2025-03-16T04:00:00Z"',
        "#EXT-X-SKIP:SKIPPED-SEGMENTS=3",
        '#EXT-X-KEY:METHOD=AES-128,URI="k1"',
        '#EXT-X-MAP:URI="a.mp4"',
        "#EXTINF:2.000,",
    ]


def test_date_ranges_are_left_out_where_a_player_must_have_them() -> None:
    stream = Stream([[] for _ in range(12)], [0, 2, 9], "\n")
    update = delta(stream.window(1, 11), Skip.DATE_RANGES, stream.window(0, 9))
    assert b'#EXT-X-SKIP:SKIPPED-SEGMENTS=5,RECENTLY-REMOVED-DATERANGES="d0"' in update
    assert date_ranges(update) == {
        line for line in date_ranges(stream.window(0, 12)) if "d9" in line
    }


def test_a_date_range_that_is_new_among_old_segments_is_said() -> None:
    stream = Stream([[] for _ in range(12)], [2], "\n")
    without = Stream(stream.tags, [], "\n")
    assert b'ID="d2"' in delta(stream.window(0, 12), Skip.DATE_RANGES, without.window(0, 11))


@pytest.mark.parametrize(
    "change",
    [
        (b"CAN-SKIP-UNTIL=12,", b""),
        (b"CAN-SKIP-UNTIL=12", b"CAN-SKIP-UNTIL=18"),
        (b"#EXTINF:2.000,", b"#EXTINF:junk,"),
        (b"#EXTINF:2.000,", b""),
        (b"#EXT-X-TARGETDURATION:2", b"#EXT-X-SKIP:SKIPPED-SEGMENTS=3"),
    ],
)
def test_where_no_update_can_be_made_the_playlist_stays(change: tuple[bytes, bytes]) -> None:
    playlist = Stream([[] for _ in range(9)], [], "\n").window(0, 9).replace(*change)
    assert delta(playlist, Skip.SEGMENTS) == playlist


def test_date_ranges_are_left_out_only_by_who_knows_the_past() -> None:
    playlist = Stream([[] for _ in range(9)], [0], "\n").window(0, 9)
    assert delta(playlist, Skip.DATE_RANGES) == playlist
    silent = playlist.replace(b",CAN-SKIP-DATERANGES=YES", b"")
    assert b'ID="d0"' in delta(silent, Skip.DATE_RANGES, silent)


def test_an_update_of_what_is_not_held_cannot_be_applied() -> None:
    stream = Stream([[] for _ in range(24)], [], "\n")
    update = delta(stream.window(10, 12), Skip.SEGMENTS)
    assert applied(stream.window(0, 12), update) is None
    assert applied(stream.window(11, 12), update) is None
    assert applied(stream.window(8, 12), update.replace(b"SEGMENTS=6", b"SEGMENTS=x")) is None


@given(st.binary(max_size=80), st.binary(max_size=80), st.sampled_from(Skip))
def test_nothing_makes_it_fail(before: bytes, now: bytes, skip: Skip) -> None:
    start = b"#EXTM3U\n#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=0\n#EXT-X-SKIP:SKIPPED-SEGMENTS=1\n"
    delta(start.rpartition(b"#EXT-X-SKIP")[0] + now, skip, before)
    applied(before, start + now)
