"""The probe against a real upstream: what it concludes, and on what evidence."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from f1stream.models import Health, Level, Reason, Upstream, Verdict
from f1stream.net.client import Timeouts, connect
from f1stream.net.guard import Guard
from f1stream.verifier import Probe
from tests.extractors.reading import Watch
from tests.origin import Encoded, LiveWindow, ManualClock, Origin
from tests.origin.faults import Endless, SlowBody, StallInBody, Status

NOW = datetime(2026, 7, 5, 13, 0, tzinfo=UTC)


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def probe(clock: Clock) -> AsyncIterator[Probe]:
    guard = Guard([ipaddress.ip_network("127.0.0.0/8")])
    async with connect(guard, timeouts=Timeouts(1, 1, 1), user_agent="test") as client:
        yield Probe(client, timeout_s=5, max_bytes=1 << 20, clock=clock)


def evidence(verdict: Verdict) -> Health:
    assert verdict.health is not None, verdict
    return verdict.health


async def test_of_several_variants_the_best_is_walked_to_its_newest_segment(
    probe: Probe, origin: Origin, encoded: Encoded
) -> None:
    origin.files(encoded.multi.parent)
    verdict = await probe.check(Upstream(origin.at("/index.m3u8")))
    health = evidence(verdict)
    assert (verdict.level, verdict.is_live, verdict.quality) == (Level.SEGMENT, False, "90p")
    assert (health.container, health.width, health.height) == ("ts", 160, 90)
    assert [codec.split(".")[0] for codec in health.codecs] == ["avc1", "mp4a"]
    assert (health.state, health.encryption) == ("ended", None)
    assert [request.path for request in origin.requests][1] == "/high.m3u8"
    assert len(origin.requests) == 3


@pytest.mark.parametrize(
    ("kind", "container", "encryption"),
    [
        ("ts", "ts", None),
        ("fmp4", "fmp4", None),
        ("byterange", "ts", None),
        ("byterange_fmp4", "fmp4", None),
        ("aes128", None, "AES-128"),
    ],
)
async def test_every_kind_is_known_by_its_bytes(
    probe: Probe,
    origin: Origin,
    encoded: Encoded,
    kind: str,
    container: str | None,
    encryption: str | None,
) -> None:
    origin.files(getattr(encoded, kind).parent)
    verdict = await probe.check(Upstream(origin.at("/index.m3u8")))
    health = evidence(verdict)
    assert verdict.playable
    assert (health.container, health.encryption) == (container, encryption)
    assert [codec.split(".")[0] for codec in health.codecs] == (
        ["avc1", "mp4a"] if container else []
    )
    assert health.height == (90 if container == "fmp4" else None)


async def test_only_the_newest_range_of_a_single_file_is_asked_for(
    probe: Probe, origin: Origin, encoded: Encoded
) -> None:
    origin.files(encoded.byterange.parent)
    await probe.check(Upstream(origin.at("/index.m3u8")))
    asked = origin.requests[-1].headers["Range"]
    first, last = map(int, asked.removeprefix("bytes=").split("-"))
    size = next(encoded.byterange.parent.glob("*.ts")).stat().st_size
    assert last == size - 1
    assert first > size / 2


async def test_a_stream_is_live_when_a_second_look_finds_new_segments(
    probe: Probe, clock: Clock, origin: Origin, encoded: Encoded
) -> None:
    time_passes = ManualClock()
    upstream = Upstream(LiveWindow(encoded.ts, clock=time_passes).mount(origin))
    first = await probe.check(upstream)
    assert (first.is_live, evidence(first).state, evidence(first).advancing) == (True, "live", None)
    time_passes.now_s += 1
    clock.later(1)
    second = await probe.check(upstream, first)
    assert (evidence(second).state, evidence(second).advancing) == ("live", True)
    clock.later(2)
    third = await probe.check(upstream, second)
    assert third.playable, "two target durations without news are no fault"
    clock.later(1.5)
    stale = await probe.check(upstream, third)
    assert (stale.playable, stale.reason, evidence(stale).state) == (False, Reason.STALE, "stale")
    assert stale.detail == "127.0.0.1: no new segment for 4 s"
    time_passes.now_s += 1
    assert (await probe.check(upstream, stale)).playable, "it goes on"


async def test_a_sequence_that_goes_back_is_a_stream_that_goes_on(
    probe: Probe, clock: Clock, origin: Origin
) -> None:
    origin.route("/1.ts", b"x" * 100)

    async def look(first: int, before: Verdict | None = None) -> Verdict:
        url = origin.route(
            "/live.m3u8",
            f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:{first}\n#EXTINF:4,\n1.ts\n",
        )
        verdict = await probe.check(Upstream(url), before)
        clock.later(60)
        return verdict

    assert evidence(await look(0, await look(1_000))).state == "live"


async def test_its_age_is_read_from_the_dates_in_the_playlist(
    probe: Probe, clock: Clock, origin: Origin
) -> None:
    origin.route("/1.ts", b"x" * 100)
    date = (NOW - timedelta(seconds=20)).isoformat()
    dated = f"#EXTM3U\n#EXT-X-PROGRAM-DATE-TIME:{date}\n#EXTINF:4,\n1.ts\n"
    url = origin.route("/live.m3u8", dated)
    assert evidence(await probe.check(Upstream(url))).latency_s == 16.0


async def test_the_speed_of_the_upstream_is_measured(probe: Probe, origin: Origin) -> None:
    origin.route("/1.ts", b"x" * 120_000)
    url = origin.route("/live.m3u8", "#EXTM3U\n#EXTINF:4,\n1.ts\n")
    origin.fault("/1.ts", SlowBody(chunk_bytes=20_000, interval_s=0.05))
    measured = evidence(await probe.check(Upstream(url))).throughput_bps
    assert measured is not None
    # 20,000 bytes each 50 ms at most.
    assert 500_000 < measured < 4_000_000


async def test_a_long_segment_is_not_read_to_its_end(probe: Probe, origin: Origin) -> None:
    origin.route("/1.ts", b"x" * 100_000)
    origin.fault("/1.ts", Endless())
    url = origin.route("/live.m3u8", "#EXTM3U\n#EXTINF:4,\n1.ts\n")
    assert (await probe.check(Upstream(url))).playable
    await origin.gone("/1.ts")


async def test_a_protected_stream_is_not_played(probe: Probe, origin: Origin) -> None:
    key = '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://1",KEYFORMAT="com.apple.streamingkeydelivery"'
    url = origin.route("/live.m3u8", f"#EXTM3U\n{key}\n#EXTINF:4,\n1.ts\n")
    verdict = await probe.check(Upstream(url))
    assert (verdict.reason, verdict.detail) == (Reason.DRM, "127.0.0.1: protected by DRM")
    assert len(origin.requests) == 1


@pytest.mark.parametrize(
    ("path", "fault", "reason"),
    [
        ("/index.m3u8", Status(403), Reason.STATUS),
        ("/high.m3u8", Status(404), Reason.STATUS),
        ("/high", StallInBody(), Reason.TIMEOUT),
    ],
    ids=str,
)
async def test_a_fault_anywhere_on_the_way_is_a_verdict(
    probe: Probe, origin: Origin, encoded: Encoded, path: str, fault: Status, reason: Reason
) -> None:
    origin.files(encoded.multi.parent)
    origin.fault(path, fault)
    verdict = await probe.check(Upstream(origin.at("/index.m3u8?token=hunter2")))
    assert (verdict.playable, verdict.reason) == (False, reason)
    assert "hunter2" not in repr(verdict)


async def test_many_streams_are_checked_side_by_side(
    probe: Probe, origin: Origin, encoded: Encoded
) -> None:
    origin.files(encoded.ts.parent)
    began_s = time.perf_counter()
    upstream = Upstream(origin.at("/index.m3u8"))
    verdicts = await asyncio.gather(*(probe.check(upstream) for _ in range(50)))
    assert all(verdict.playable for verdict in verdicts)
    assert time.perf_counter() - began_s < 10


async def test_a_segment_that_is_a_gap_is_not_asked_for(probe: Probe, origin: Origin) -> None:
    origin.route("/1.ts", (b"\x47" + bytes(187)) * 100)
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n1.ts\n"
    url = origin.route("/live.m3u8", playlist + "#EXT-X-GAP\n#EXTINF:4,\n2.ts\n")
    assert (await probe.check(Upstream(url))).level is Level.SEGMENT
    assert origin.count("/2.ts") == 0


async def test_a_playlist_of_gaps_has_nothing_to_play(probe: Probe, origin: Origin) -> None:
    playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-GAP\n#EXTINF:4,\n1.ts\n"
    verdict = await probe.check(Upstream(origin.route("/live.m3u8", playlist)))
    assert verdict.reason is Reason.NOT_A_PLAYLIST
    assert origin.count("/1.ts") == 0


async def test_a_long_playlist_holds_up_nobody(probe: Probe, origin: Origin) -> None:
    origin.route("/s.ts", (b"\x47" + bytes(187)) * 100)
    lines = "#EXTINF:4,\ns.ts\n" * 20_000
    url = origin.route("/live.m3u8", f"#EXTM3U\n#EXT-X-TARGETDURATION:4\n{lines}")
    async with Watch() as watch:
        assert (await probe.check(Upstream(url))).level is Level.SEGMENT
    assert watch.worst_s < 0.05
