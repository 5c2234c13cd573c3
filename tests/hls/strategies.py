"""Playlists that know where their URIs stand, because they are put together from them."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from f1stream.hls.links import Kind

BASE = "https://origin.example.com/live/ch1/720p/index.m3u8?session=9"

_NAME = st.text("abcXYZ019_-~%", min_size=1, max_size=8).map(lambda text: text.replace("%", "%2F"))
_PATH = st.lists(_NAME, min_size=1, max_size=3).map("/".join)
_UP = st.integers(1, 3).map("../".__mul__)
_QUERY = st.sampled_from(["", "?t=1", "?a=b&c=d/e", "?u=https://x.example/?q"])
_ORIGIN = st.sampled_from(
    ["", "/", "./", "https://edge.example.net/", "http://10.0.0.1:8080/", "//cdn.example.org/"]
)
URIS = st.one_of(
    st.builds("{}{}.ts{}".format, st.one_of(_ORIGIN, _UP), _PATH, _QUERY),
    st.builds("?part={}".format, _NAME),
)

_INERT = [
    "#EXT-X-VERSION:7",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    '#EXT-X-VENDOR:URI="https://example.com/a,b",OTHER=1',
    '# URI="not-a-tag"',
    "#",
    "",
    "   ",
    '#EXT-X-DATERANGE:ID="1",START-DATE="2025-03-16T04:00:00Z",X-URI="URI="',
    "## caf\N{LATIN SMALL LETTER E WITH ACUTE}",
]
_SEGMENT_TAGS = [
    ('#EXT-X-KEY:METHOD=AES-128,URI="', '",IV=0x1', Kind.BYTES),
    ('#EXT-X-MAP:URI="', '",BYTERANGE="100@0"', Kind.BYTES),
    ('#EXT-X-PART:DURATION=0.5,URI="', '"', Kind.BYTES),
    ('#EXT-X-PRELOAD-HINT:TYPE=PART,URI="', '"', Kind.BYTES),
    ('#EXT-X-RENDITION-REPORT:URI="', '",LAST-MSN=2', Kind.PLAYLIST),
    ('#EXT-X-DATERANGE:ID="a,URI=b",X-ASSET-URI="', '"', Kind.PLAYLIST),
    ('#EXT-X-DATERANGE:ID="a",X-ASSET-LIST="', '",DURATION=3', Kind.ASSETS),
    ("#EXTINF:6.006,lap 1\n", "", Kind.BYTES),
    ("#EXTINF:6,\n#EXT-X-BYTERANGE:100@0\n", "", Kind.BYTES),
    ("#EXTINF:6,\n# in between\n  ", " \t", Kind.BYTES),
]
_MULTIVARIANT_TAGS = [
    ('#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="x,URI=y",URI="', '"', Kind.PLAYLIST),
    ('#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="', '"', Kind.PLAYLIST),
    ('#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=1,URI="', '",CODECS="jpeg"', Kind.PLAYLIST),
    ('#EXT-X-SESSION-KEY:METHOD=AES-128,URI="', '"', Kind.BYTES),
    ('#EXT-X-SESSION-DATA:DATA-ID="d",URI="', '"', Kind.BYTES),
    ('#EXT-X-CONTENT-STEERING:SERVER-URI="', '",PATHWAY-ID="p"', Kind.STEERING),
    ('#EXT-X-STREAM-INF:BANDWIDTH=90000,CODECS="a,b"\n', "", Kind.PLAYLIST),
    ("#EXT-X-STREAM-INF:BANDWIDTH=7,RESOLUTION=1x2\n# in between\n\n", " ", Kind.PLAYLIST),
]


@dataclass(frozen=True)
class Draft:
    """A playlist in pieces: `around[0] + uris[0] + around[1] + … + around[-1]`."""

    around: tuple[bytes, ...]
    uris: tuple[str, ...]
    kinds: tuple[Kind, ...]

    @property
    def body(self) -> bytes:
        return self.with_uris([uri.encode() for uri in self.uris])

    def with_uris(self, uris: list[bytes]) -> bytes:
        pieces = [self.around[0]]
        for uri, after in zip(uris, self.around[1:], strict=True):
            pieces += uri, after
        return b"".join(pieces)


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """Multivariant and media playlists with every tag that holds a URI, and all line endings."""
    end = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    tags = draw(st.sampled_from([_SEGMENT_TAGS, _MULTIVARIANT_TAGS]))
    line = st.one_of(st.sampled_from(_INERT), st.tuples(st.sampled_from(tags), URIS))
    text = draw(st.sampled_from(["", "\ufeff"])) + "#EXTM3U\n"
    around, uris, kinds = [], [], []
    for drawn in draw(st.lists(line, max_size=12)):
        if isinstance(drawn, str):
            text += drawn + "\n"
            continue
        (before, after, kind), uri = drawn
        around.append(text + before)
        uris.append(uri)
        kinds.append(kind)
        text = after + "\n"
    around.append(text if draw(st.booleans()) else text.removesuffix("\n"))
    return Draft(
        tuple(piece.replace("\n", end).encode() for piece in around), tuple(uris), tuple(kinds)
    )


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A playlist with some bytes replaced, removed and put in."""
    body = bytearray(draw(drafts()).body)
    tokens = st.sampled_from([b'"', b",", b"=", b"\r", b"\n", b"#", b"{$", b"}", b"\xff", b"//[::"])
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(body)))
        body[at : at + draw(st.integers(0, 9))] = draw(st.one_of(tokens, st.binary(max_size=4)))
    return bytes(body)
