"""A low-latency stream holds, skips, hints and reports as RFC 8216bis says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path
from urllib.parse import urljoin

import aiohttp
import m3u8
import pytest

from tests.origin import PLAIN, LowLatency, Manner, ManualClock, Offers, Origin, Track, Tracks
from tests.origin.boxes import boxes, decode_time
from tests.origin.cmaf import LOOP_SEGMENTS, PART_S, SEGMENT_S
from tests.origin.manners import Chunked, Compressed, Http10
from tests.origin.tokens import Tokens
from tests.players.programs import frame_hashes

WINDOW = 12
RANGES = Offers(ranges=True)


async def read(
    web: aiohttp.ClientSession,
    url: str,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    async with web.get(url, headers=headers) as response:
        assert response.status == status, await response.text()
        return await response.read()


async def listed(web: aiohttp.ClientSession, url: str) -> m3u8.M3U8:
    return m3u8.loads((await read(web, url)).decode(), uri=url)


def lines(playlist: bytes, tag: str) -> list[str]:
    return [line for line in playlist.decode().splitlines() if line.startswith(tag)]


@asynccontextmanager
async def held(
    origin: Origin, web: aiohttp.ClientSession, url: str
) -> AsyncIterator[asyncio.Task[bytes]]:
    """A request that the origin has and does not answer yet."""
    before = len(origin.requests)
    task = asyncio.create_task(read(web, url))
    async with asyncio.timeout(5):
        while len(origin.requests) == before:
            await asyncio.sleep(0)
    await asyncio.sleep(0.02)
    assert not task.done()
    try:
        yield task
    finally:
        task.cancel()


class Stream:
    """A low-latency stream whose time the test has in its hand."""

    def __init__(self, origin: Origin, tracks: Tracks, **options: object) -> None:
        self.clock = ManualClock()
        self.live = LowLatency(tracks, clock=self.clock, **options)  # type: ignore[arg-type]
        self.url = self.live.mount(origin)
        self.low = urljoin(self.url, "low/index.m3u8")

    def part(self, count: float) -> None:
        """So many parts have been produced since the beginning."""
        self.clock.now_s = count * PART_S


async def test_the_playlist_says_what_a_player_needs(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks
) -> None:
    stream = Stream(origin, tracks)
    stream.part(4)
    playlist = await listed(web, stream.low)
    assert playlist.media_sequence == 1
    assert len(playlist.segments) == WINDOW + 1  # the last is the one in the making
    assert [len(segment.parts) for segment in playlist.segments[-4:]] == [3, 3, 3, 1]
    assert not any(segment.parts for segment in playlist.segments[:-4])
    assert playlist.part_inf.part_target == PART_S
    control = playlist.server_control
    assert control.can_block_reload == "YES"
    assert control.part_hold_back >= 3 * PART_S
    assert control.can_skip_until >= 6 * playlist.target_duration
    assert playlist.preload_hint.uri == "segment13.1.m4s"
    reports = [(report.uri, report.last_msn) for report in playlist.rendition_reports]
    assert reports == [("../high/index.m3u8", 13), ("../audio/index.m3u8", 13)]
    parts = [part for segment in playlist.segments for part in segment.parts]
    assert [part.independent for part in parts[:4]] == ["YES", None, None, "YES"]
    dates = [segment.program_date_time for segment in playlist.segments[:WINDOW]]
    gaps = {(later - earlier).total_seconds() for earlier, later in pairwise(dates)}
    assert gaps == {SEGMENT_S}


@pytest.mark.parametrize("offers", [Offers(), RANGES], ids=["files", "ranges"])
@pytest.mark.parametrize("name", ["low", "high", "audio"])
async def test_the_parts_of_a_segment_are_the_segment(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks, name: str, offers: Offers
) -> None:
    stream = Stream(origin, tracks, offers=offers)
    playlist = await listed(web, urljoin(stream.url, f"{name}/index.m3u8"))
    for segment in playlist.segments[-3:]:
        parts = []
        for part in segment.parts:
            asked: dict[str, str] = {}
            if part.byterange:
                size, start = map(int, part.byterange.strip('"').split("@"))
                asked = {"Range": f"bytes={start}-{start + size - 1}"}
            parts.append(await read(web, part.absolute_uri, 206 if asked else 200, asked))
        assert len(parts) == 3
        assert b"".join(parts) == await read(web, segment.absolute_uri)


async def test_the_timeline_has_no_seam(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks
) -> None:
    """Decode times go on over the end of what was encoded, by the ticks of 25 frames a second."""
    stream = Stream(origin, tracks)
    stream.part(3)
    times = []
    for number in range(WINDOW + 1):
        content = await read(web, urljoin(stream.low, f"segment{number}.m4s"))
        starts = [box.start for box in boxes(content) if box.kind == b"moof"]
        ends = [*starts[1:], len(content)]
        times += [decode_time(content[start:end]) for start, end in zip(starts, ends, strict=True)]
    assert WINDOW + 1 > LOOP_SEGMENTS
    assert times == [2 * 512 * number for number in range(12 * (WINDOW + 1))]


@pytest.mark.parametrize(
    ("query", "parts", "news"),
    [
        pytest.param("_HLS_msn=12&_HLS_part=1", 2, b"segment12.1.m4s", id="a part"),
        pytest.param("_HLS_msn=12", 3, b"\nsegment12.m4s", id="a whole segment"),
        # One that its segment does not have is the next one's first.
        pytest.param("_HLS_msn=12&_HLS_part=3", 4, b"segment13.0.m4s", id="a part too many"),
    ],
)
async def test_a_reload_is_held_until_what_it_waits_for_is_there(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks, query: str, parts: int, news: bytes
) -> None:
    stream = Stream(origin, tracks)
    async with held(origin, web, f"{stream.low}?{query}") as reload:
        stream.part(parts - 1)
        await asyncio.sleep(0.02)
        assert not reload.done()
        stream.part(parts)
        assert news in await reload


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("_HLS_msn=11&_HLS_part=2", 200),
        ("_HLS_msn=3", 200),
        ("_HLS_msn=14", 400),
        ("_HLS_msn=14&_HLS_part=0", 400),
        ("_HLS_part=1", 400),
        ("_HLS_msn=x", 400),
        ("_HLS_msn=-1", 400),
    ],
)
async def test_a_reload_for_what_is_there_or_too_far_ahead_is_answered_at_once(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks, query: str, status: int
) -> None:
    stream = Stream(origin, tracks)
    await read(web, f"{stream.low}?{query}", status)


@pytest.mark.parametrize("skip", ["YES", "v2"])
async def test_a_delta_update_leaves_out_what_is_older_than_the_skip_boundary(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks, skip: str
) -> None:
    stream = Stream(origin, tracks)
    full = await read(web, stream.low)
    delta = await read(web, f"{stream.low}?_HLS_skip={skip}")
    assert lines(delta, "#EXT-X-SKIP") == ["#EXT-X-SKIP:SKIPPED-SEGMENTS=5"]
    assert not lines(delta, "#EXT-X-MAP")
    assert lines(delta, "segment") == lines(full, "segment")[5:]
    assert lines(delta, "#EXT-X-MEDIA-SEQUENCE") == lines(full, "#EXT-X-MEDIA-SEQUENCE")
    assert lines(delta, "#EXT-X-PART") == lines(full, "#EXT-X-PART")


@pytest.mark.parametrize("announced", [True, False], ids=["by length", "chunked"])
async def test_a_hinted_part_is_streamed_as_it_is_produced(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks, announced: bool
) -> None:
    stream = Stream(origin, tracks, announced=announced)
    hint = (await listed(web, stream.low)).preload_hint
    whole = b"".join(tracks.low.part(WINDOW * 3))
    got = b""
    async with web.get(urljoin(stream.low, hint.uri)) as response:
        assert (response.content_length == len(whole)) is announced
        for chunk in tracks.low.part(WINDOW * 3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.02):
                    await response.content.readany()
            stream.clock.now_s += PART_S / 4
            got += await response.content.readexactly(len(chunk))
        assert await response.content.read() == b""
    assert got == whole == await read(web, urljoin(stream.low, hint.uri))


async def test_a_hint_by_range_streams_the_rest_of_a_growing_segment(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks
) -> None:
    stream = Stream(origin, tracks, offers=RANGES)
    stream.part(1)
    hint = (await listed(web, stream.low)).preload_hint
    assert hint.uri == "segment12.m4s"
    assert hint.byterange_start == tracks.low.part_bytes(36)
    asked = {"Range": f"bytes={hint.byterange_start}-"}
    async with web.get(urljoin(stream.low, hint.uri), headers=asked) as response:
        assert response.status == 206
        assert response.headers["Content-Range"].startswith(f"bytes {hint.byterange_start}-")
        stream.part(2)
        part = b"".join(tracks.low.part(37))
        assert await response.content.readexactly(len(part)) == part
        stream.part(3)
        assert await response.content.read() == b"".join(tracks.low.part(38))
    past = {"Range": "bytes=10000000-"}
    await read(web, urljoin(stream.low, "segment13.m4s"), 416, past)


async def test_only_the_next_part_can_be_waited_for(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks
) -> None:
    stream = Stream(origin, tracks)
    for file in ("segment12.1.m4s", "segment12.m4s", "segment11.9.m4s", "segment.m4s"):
        await read(web, urljoin(stream.low, file), 404)
    stream.part(30 * 3)
    await read(web, urljoin(stream.low, "segment1.m4s"), 404)


async def test_what_is_not_offered_is_not_there(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks
) -> None:
    stream = Stream(origin, tracks, offers=PLAIN)
    plain = await read(web, f"{stream.low}?_HLS_msn=99&_HLS_part=99&_HLS_skip=YES")
    for tag in ("SERVER-CONTROL", "PART", "PRELOAD-HINT", "RENDITION-REPORT", "SKIP"):
        assert not lines(plain, f"#EXT-X-{tag}"), tag
    await read(web, urljoin(stream.low, "segment12.0.m4s"), 404)
    stream.live.offers = Offers(blocking=False, skipping=False)
    parts = await read(web, f"{stream.low}?_HLS_msn=12&_HLS_skip=YES")
    assert lines(parts, "#EXT-X-PART:")
    assert b"CAN-BLOCK-RELOAD" not in parts


async def test_an_end_is_told_to_those_who_wait(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks
) -> None:
    stream = Stream(origin, tracks, last=12)
    async with held(origin, web, f"{stream.low}?_HLS_msn=13&_HLS_part=0") as reload:
        stream.part(4)
        ended = await reload
    assert ended.endswith(b"segment12.m4s\n#EXT-X-ENDLIST\n")
    assert b"PRELOAD-HINT" not in ended
    assert await read(web, f"{stream.low}?_HLS_msn=40") == ended


async def test_ffmpeg_decodes_the_frames_that_were_encoded(
    origin: Origin, tracks: Tracks, tmp_path: Path
) -> None:
    stream = Stream(origin, tracks, last=LOOP_SEGMENTS - 1)
    encoded = []
    for name in ("low", "high", "audio"):
        track: Track = getattr(tracks, name)
        file = tmp_path / f"{name}.mp4"
        file.write_bytes(track.init + b"".join(track.chunks))
        encoded += await frame_hashes(str(file))
    streamed = await frame_hashes(stream.url)
    # Once for each Variant Stream that it goes with: ffmpeg lists the sound twice.
    assert set(streamed) == set(encoded)
    assert len(set(encoded)) > 24 * LOOP_SEGMENTS


async def test_who_leaves_while_waiting_is_noticed(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks
) -> None:
    stream = Stream(origin, tracks)
    async with held(origin, web, f"{stream.low}?_HLS_msn=12&_HLS_part=0"):
        pass
    await origin.gone("/ll/low/index.m3u8", timeout_s=1)


@pytest.mark.parametrize(
    "manners",
    [
        [Compressed("gzip", unasked=True), Chunked()],
        [Http10()],
        [Tokens(ManualClock(), "/ll/index.m3u8")],
        [Tokens(ManualClock(), "/ll/index.m3u8", place="path"), Compressed("br", unasked=True)],
    ],
    ids=["compressed and chunked", "http/1.0", "tokens in the query", "tokens in the path"],
)
async def test_what_is_held_is_held_whatever_the_manners(
    origin: Origin, web: aiohttp.ClientSession, tracks: Tracks, manners: list[Manner]
) -> None:
    stream = Stream(origin, tracks)
    for manner in manners:
        origin.behave("/ll/", manner)
    low = (await listed(web, stream.url)).playlists[0].absolute_uri
    mark = "&" if "?" in low else "?"
    async with held(origin, web, f"{low}{mark}_HLS_msn=12&_HLS_part=0") as reload:
        stream.part(1)
        playlist = m3u8.loads((await reload).decode(), uri=low)
    hinted = playlist.preload_hint.absolute_uri
    async with held(origin, web, hinted) as part:
        stream.part(2)
        assert await part == b"".join(tracks.low.part(WINDOW * 3 + 1))
