"""The live playlist is a function of the clip and the time: read here with m3u8, at many times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import m3u8
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f1stream.demo.clip import Clip, load_clip
from f1stream.demo.playlist import (
    EPOCH,
    KEPT_S,
    WINDOW,
    is_available,
    media_playlist,
    multivariant_playlist,
)

CLIP = load_clip()
LOOP_S = CLIP.segment_s * CLIP.segments
moments = st.datetimes(
    min_value=datetime(2026, 1, 2),  # noqa: DTZ001  hypothesis wants naive bounds
    max_value=datetime(2060, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def at(now: datetime, clip: Clip = CLIP) -> m3u8.M3U8:
    return m3u8.loads(media_playlist(clip, clip.renditions[0], now).decode())


def discontinuity_numbers(playlist: m3u8.M3U8) -> dict[int, int]:
    """Each segment's Discontinuity Sequence Number by its Media Sequence Number."""
    numbers, number = {}, playlist.discontinuity_sequence
    for segment in playlist.segments:
        number += segment.discontinuity
        numbers[segment.media_sequence] = number
    return numbers


def test_the_playlist_reads_as_it_should_on_the_wire() -> None:
    clip = Clip(segment_s=2, segments=12, renditions=CLIP.renditions)
    now = EPOCH + timedelta(seconds=2 * 24 + 7.5)
    assert media_playlist(clip, clip.renditions[0], now).decode() == (
        "#EXTM3U\n"
        "#EXT-X-VERSION:3\n"
        "#EXT-X-TARGETDURATION:2\n"
        "#EXT-X-MEDIA-SEQUENCE:21\n"
        "#EXT-X-DISCONTINUITY-SEQUENCE:1\n"
        "#EXT-X-INDEPENDENT-SEGMENTS\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:42.000Z\n"
        "#EXTINF:2.000,\n720p/21.ts\n"
        "#EXTINF:2.000,\n720p/22.ts\n"
        "#EXTINF:2.000,\n720p/23.ts\n"
        "#EXT-X-DISCONTINUITY\n"
        "#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:48.000Z\n"
        "#EXTINF:2.000,\n720p/24.ts\n"
        "#EXTINF:2.000,\n720p/25.ts\n"
        "#EXTINF:2.000,\n720p/26.ts\n"
    )


@given(moments)
def test_a_window_ends_at_the_last_whole_segment(now: datetime) -> None:
    playlist = at(now)
    assert len(playlist.segments) == WINDOW
    assert not playlist.is_endlist
    assert playlist.is_independent_segments
    dated = playlist.segments[-1].current_program_date_time
    end = dated + timedelta(seconds=playlist.segments[-1].duration)
    assert timedelta(0) <= now - end < timedelta(seconds=CLIP.segment_s)


@given(moments, st.floats(min_value=0, max_value=3 * LOOP_S))
def test_what_two_windows_share_they_describe_alike(now: datetime, later_s: float) -> None:
    earlier, later = at(now), at(now + timedelta(seconds=later_s))
    assert later.media_sequence >= earlier.media_sequence
    assert later.discontinuity_sequence >= earlier.discontinuity_sequence
    before, after = discontinuity_numbers(earlier), discontinuity_numbers(later)
    assert all(before[number] == after[number] for number in before.keys() & after.keys())
    dates = {s.media_sequence: (s.uri, s.current_program_date_time) for s in earlier.segments}
    for segment in later.segments:
        described = segment.uri, segment.current_program_date_time
        assert dates.get(segment.media_sequence, described) == described


@given(moments)
def test_the_clip_loops_at_a_discontinuity_and_only_there(now: datetime) -> None:
    for number, discontinuity in discontinuity_numbers(at(now)).items():
        assert discontinuity == number // CLIP.segments
    for segment in at(now).segments:
        assert segment.discontinuity == (segment.media_sequence % CLIP.segments == 0)


@given(moments, st.integers(min_value=0, max_value=200))
def test_what_is_listed_stays_for_a_minute_and_what_is_not_yet_is_not(
    now: datetime, age_s: int
) -> None:
    newest = at(now).segments[-1].media_sequence
    assert is_available(CLIP, newest, now)
    assert not is_available(CLIP, newest + 1, now)
    later = now + timedelta(seconds=age_s)
    if age_s <= KEPT_S - CLIP.segment_s:
        assert is_available(CLIP, newest, later)
    if age_s >= KEPT_S:
        assert not is_available(CLIP, newest, later)


def test_renditions_are_listed_alike_at_one_time() -> None:
    now = EPOCH + timedelta(days=300, seconds=13)
    first, second = (
        media_playlist(CLIP, rendition, now).replace(rendition.name.encode(), b"")
        for rendition in CLIP.renditions
    )
    assert first == second


@pytest.mark.parametrize("now", [datetime(1970, 1, 1, tzinfo=UTC), EPOCH])
def test_a_clock_before_the_epoch_sees_the_first_window(now: datetime) -> None:
    playlist = at(now)
    assert playlist.media_sequence == 1
    assert playlist.discontinuity_sequence == 0


def test_the_multivariant_playlist_lists_every_rendition() -> None:
    playlist = m3u8.loads(multivariant_playlist(CLIP).decode())
    assert [variant.uri for variant in playlist.playlists] == ["720p.m3u8", "360p.m3u8"]
    best = playlist.playlists[0].stream_info
    assert best.resolution == (1280, 720)
    assert best.codecs == "avc1.64001f,mp4a.40.2"
    assert best.bandwidth >= best.average_bandwidth > 0
