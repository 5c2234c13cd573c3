"""Twenty that play: containers, codecs, encryption, and ways to be laid out."""

from __future__ import annotations

from f1stream.models import Level
from tests.origin.broadcast import Broadcast
from tests.origin.features import INDEPENDENT, START, Dates, Feature
from tests.origin.forty.ground import Ground
from tests.origin.forty.kind import Good, Kind, Mount
from tests.origin.keys import RotatingKeys
from tests.origin.live import LiveWindow
from tests.origin.low_latency import LowLatency

WINDOW = 4


def live(media: str, *features: Feature) -> Mount:
    """The newest segments of a stream that loops, each time round with a discontinuity."""

    def mount(ground: Ground, prefix: str) -> str:
        playlist = ground.stock.media[media]
        return LiveWindow(playlist, window=WINDOW, features=features).mount(ground.origin, prefix)

    return mount


def vod(media: str) -> Mount:
    """All of a stream, from its beginning to its end."""

    def mount(ground: Ground, prefix: str) -> str:
        return ground.origin.files(ground.stock.media[media].parent, prefix) + "index.m3u8"

    return mount


def several_encodings(ground: Ground, prefix: str) -> str:
    """Pieces of different programmes, one much longer than the others, with clocks of their own."""
    parts = ("baseline", "main", "he-aac")
    lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:8", "#EXT-X-PLAYLIST-TYPE:VOD"]
    for part in parts:
        ground.origin.files(ground.stock.media[part].parent, f"{prefix}{part}/")
        duration_s = 8 if part == "main" else 2
        lines += ["#EXT-X-DISCONTINUITY", f"#EXTINF:{duration_s:.3f},"]
        lines.append(f"{part}/index0.ts")
    return ground.origin.route(f"{prefix}index.m3u8", "\n".join([*lines, "#EXT-X-ENDLIST", ""]))


def declared(media: str, codecs: str) -> Mount:
    """A live stream behind a Multivariant Playlist that says what is in it."""

    def mount(ground: Ground, prefix: str) -> str:
        live(media)(ground, f"{prefix}variant/")
        lines = (
            "#EXTM3U",
            f'#EXT-X-STREAM-INF:BANDWIDTH=400000,RESOLUTION=160x90,CODECS="{codecs}"',
            "variant/index.m3u8",
            "",
        )
        return ground.origin.route(f"{prefix}index.m3u8", "\n".join(lines))

    return mount


def broadcast(ground: Ground, prefix: str) -> str:
    """Several variants, sound by language in a Rendition Group, subtitles."""
    return Broadcast(ground.stock.programme, features=[Dates()]).mount(ground.origin, prefix)


def low_latency(ground: Ground, prefix: str) -> str:
    """Parts, blocking reloads, delta updates."""
    return LowLatency(ground.stock.tracks).mount(ground.origin, prefix)


GOOD = (
    Kind("ts-live", live("baseline"), Good()),
    Kind("ts-clock-wraps", live("wraps"), Good()),
    Kind("several-encodings", several_encodings, Good()),
    Kind("fmp4-high-live", live("high", INDEPENDENT, START), Good()),
    Kind("fmp4-50-frames-a-second", vod("smooth"), Good()),
    Kind("he-aac", declared("he-aac", "avc1.42c00b,mp4a.40.5"), Good()),
    Kind("mp3", live("mp3"), Good()),
    Kind("opus", live("opus"), Good()),
    Kind("flac", live("flac"), Good()),
    Kind("vp9", live("vp9"), Good()),
    Kind("av1", live("av1"), Good()),
    # A Chromium with a decoder for it, as some systems have, goes further than Debian's. Before
    # it knows that it has none hls.js has fetched media, or not even that: the probe did then.
    Kind("hevc", live("hevc"), Good((Level.SEGMENT, Level.BUFFERED, Level.FRAMES))),
    Kind("aes-128-keys-change", live("baseline", RotatingKeys()), Good()),
    Kind("aes-128-iv-by-number", live("high", RotatingKeys(iv=False)), Good()),
    Kind("sample-aes", vod("sample-aes"), Good()),
    Kind("byte-ranges", vod("ranges"), Good()),
    Kind("broadcast", broadcast, Good()),
    Kind("low-latency", low_latency, Good()),
    Kind("sound-only", live("sound"), Good(picture="none")),
    Kind("picture-only", live("picture"), Good(audio="none")),
)
