"""Which segment of a live playlist comes next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.hls.newest import newest_segment
from f1stream.hls.playlist import Media, read
from tests.hls.strategies import Draft, drafts

BASE = "https://a.example/live/media.m3u8?t=1"
HEAD = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n"


@pytest.mark.parametrize(
    ("playlist", "newest"),
    [
        ("#EXTINF:4,\n1.ts\n#EXTINF:4,\n2.ts\n", "https://a.example/live/2.ts"),
        ("#EXTINF:4,\r\n2.ts\r\n\r\n#EXT-X-SOMETHING\r\n", "https://a.example/live/2.ts"),
        ("#EXTINF:4,\n  /2.ts?t=2#f  ", "https://a.example/2.ts?t=2"),
        ("#EXTINF:4,\nhttps://b.example/2.ts\n", "https://b.example/2.ts"),
        ("", None),
        ("#EXTINF:4,\n2.ts\n#EXT-X-ENDLIST\n", None),
        ("#EXTINF:4,\n#EXT-X-BYTERANGE:10@0\n2.ts\n", None),
        ("#EXT-X-PART-INF:PART-TARGET=1\n#EXTINF:4,\n2.ts\n", None),
        ("#EXT-X-STREAM-INF:BANDWIDTH=1\nlow.m3u8\n", None),
        ("#EXTINF:4,\n{$host}/2.ts\n", None),
        ("#EXTINF:4,\n1.ts\n#EXT-X-GAP\n#EXTINF:4,\n2.ts\n", None),
        ("#EXT-X-GAP\n#EXTINF:4,\n1.ts\n#EXTINF:4,\n2.ts\n", "https://a.example/live/2.ts"),
        ("#EXTINF:4,\nrtmp://a.example/2\n", None),
    ],
)
def test_it_is_the_last_one_that_is_a_resource_of_its_own(
    playlist: str, newest: str | None
) -> None:
    assert newest_segment((HEAD + playlist).encode(), BASE) == newest


@given(drafts())
def test_it_is_the_last_that_m3u8_finds(draft: Draft) -> None:
    newest = newest_segment(draft.body, BASE)
    if newest is not None:
        said = read(draft.body, BASE)
        assert isinstance(said, Media)
        assert said.segments[-1].url.partition("#")[0] == newest


@given(st.binary())
def test_no_bytes_are_too_strange(body: bytes) -> None:
    newest_segment(HEAD.encode() + body, BASE)
