"""The work grows with the size of a playlist, never with its square."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest

from f1stream.hls.delta import delta
from f1stream.hls.directives import Skip
from f1stream.hls.links import Links
from f1stream.hls.rewriter import Rewriter
from tests.hls.strategies import BASE


def quickest_s(work: Callable[[], object]) -> float:
    """CPU time of the quickest of three times, and no less than the clock can tell."""
    taken = []
    for _ in range(3):
        start = process_time()
        work()
        taken.append(process_time() - start)
    return max(min(taken), 1e-4)


def seconds(body: bytes) -> float:
    """CPU time of a rewrite."""
    links = Links([b"0123456789abcdef"])
    return quickest_s(lambda: Rewriter(links, "garage").rewrite(body, BASE))


@pytest.mark.parametrize(
    ("before", "repeated"),
    [
        (b"", b"#EXTINF:6,\nx.ts\n"),
        (b"", b"# comment\n"),
        (b"", b"\r"),
        (b"# ", b"comment"),
        (b"", b"a"),
        (b"", b"a/"),
        (b"", b"../"),
        (b"", b" "),
        (b"a", b" "),
        (b"a", b" a"),
        (b"#EXTINF:", b" "),
        (b"#EXT-X-KEY:", b" "),
        (b"#EXT-X-KEY:", b","),
        (b"#EXT-X-KEY:", b'URI="x",'),
        (b"#EXT-X-KEY:", b'URI="x'),
        (b"#EXT-X-KEY:", b'"'),
        (b"#EXT-X-KEY:", b'="'),
        (b'#EXT-X-KEY:URI="', b'" '),
        (b"#EXT-X-KEY:", b"a= "),
        (b"#EXT-X-KEY:", b"a = "),
        (b"#EXT-X-PREFETCH:", b" "),
        (b'#EXT-X-DEFINE:NAME="a",VALUE="b"\n', b"{$a}"),
        (b'#EXT-X-DEFINE:NAME="a",VALUE="b"\n', b"{$"),
        (b"#EXT-X-STREAM-INF:\n", b"a.m3u8?\n"),
        (b"#EXT-X-STREAM-INF:\n", b".m3u"),
        (b"#EXT-X-STREAM-INF:\n", b"a.m3u "),
    ],
)
def test_eight_times_the_playlist_is_not_far_from_eight_times_the_work(
    before: bytes, repeated: bytes
) -> None:
    times = 18_000 // len(repeated)
    assert seconds(before + 8 * times * repeated) < 8 * 4 * seconds(before + times * repeated)


def test_eight_times_the_date_ranges_are_not_far_from_eight_times_the_work_for_a_delta() -> None:
    def taken_s(count: int) -> float:
        ranges = b"".join(b'#EXT-X-DATERANGE:ID="%06d",END=0\n' % each for each in range(count))
        control = b"#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=1,CAN-SKIP-DATERANGES=YES\n"
        body = b"#EXTM3U\n" + control + ranges + b"#EXTINF:6,\nx.ts\n" * 9
        assert delta(body, Skip.DATE_RANGES, body).count(b"DATERANGE:") == 0
        return quickest_s(lambda: delta(body, Skip.DATE_RANGES, body))

    assert taken_s(8 * 1000) < 8 * 2.5 * taken_s(1000)
