"""The work grows with the size of a playlist, never with its square."""

from __future__ import annotations

from time import process_time

import pytest

from f1stream.hls.links import Links
from f1stream.hls.rewriter import Rewriter
from tests.hls.strategies import BASE


def seconds(body: bytes) -> float:
    """CPU time of the quickest of three rewrites, and no less than the clock can tell."""
    taken = []
    for _ in range(3):
        rewriter = Rewriter(Links([b"0123456789abcdef"]), "garage")
        start = process_time()
        rewriter.rewrite(body, BASE)
        taken.append(process_time() - start)
    return max(min(taken), 1e-4)


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
