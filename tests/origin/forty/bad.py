"""Twenty that do not play, each for a reason that an operator meets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from f1stream.models import Reason
from tests.origin.clock import ManualClock
from tests.origin.exchange import Fault
from tests.origin.faults import Html, Reset, SlowBody, Status, Truncate
from tests.origin.features import Feature
from tests.origin.forty.good import live, vod
from tests.origin.forty.ground import Ground
from tests.origin.forty.kind import Bad, Kind, Mount
from tests.origin.keys import RotatingKeys
from tests.origin.live import LiveWindow
from tests.origin.manners import is_playlist
from tests.origin.message import Handler, Request, Response

WIDEVINE = "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"
FAIRPLAY = "com.apple.streamingkeydelivery"
PLAIN = live("baseline")
EMPTY = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:7\n"
GZIP = {"Content-Encoding": "gzip"}


def spoilt(fault: Fault, mount: Mount = PLAIN, *where: str) -> Mount:
    """A stream with a fault in all its answers, or in those whose path goes on as in `where`."""

    def spoil(ground: Ground, prefix: str) -> str:
        url = mount(ground, prefix)
        for each in where or ("",):
            ground.origin.fault(f"{prefix}{each}", fault)
        return url

    return spoil


def segments(fault: Fault) -> Mount:
    """A stream whose playlist is good, and whose segments are not."""
    return spoilt(fault, vod("baseline"), "index0.ts", "index1.ts", "index2.ts", "index3.ts")


def dead(ground: Ground, prefix: str) -> str:
    """Nothing listens there."""
    return f"{ground.nobody}{prefix}index.m3u8"


def unknown(ground: Ground, prefix: str) -> str:
    """A good stream behind a certificate that nobody vouches for."""
    playlist = ground.stock.media["baseline"]
    return LiveWindow(playlist).mount(ground.unknown, prefix)


def redirects(ground: Ground, prefix: str) -> str:
    """Each hop leads to another one, never to the same again."""

    async def next_hop(request: Request) -> Response:
        hop = int(request.path.removeprefix(prefix))
        return Response(status=302).with_headers({"Location": f"{prefix}{hop + 1}"})

    return ground.origin.mount(prefix, next_hop) + "1"


def playlist(body: bytes | str, headers: Mapping[str, str] | None = None) -> Mount:
    """One answer, said to be a playlist."""

    def mount(ground: Ground, prefix: str) -> str:
        return ground.origin.route(f"{prefix}index.m3u8", body, headers=headers)

    return mount


def stands_still(ground: Ground, prefix: str) -> str:
    """A live stream that was: there is enough to play for a while, and never more."""
    window = LiveWindow(ground.stock.media["baseline"], window=6, clock=ManualClock())
    return window.mount(ground.origin, prefix)


def repeats(ground: Ground, prefix: str) -> str:
    """An encoder that sends the same segment again and again, under new numbers."""
    url = PLAIN(ground, prefix)
    stuck = (ground.stock.media["baseline"].parent / "index0.ts").read_bytes()
    ground.origin.behave(prefix, Stuck(stuck))
    return url


@dataclass(frozen=True, slots=True)
class Stuck:
    """Serves the same segment whichever is asked for, and no word of a discontinuity."""

    segment: bytes

    async def answer(self, handler: Handler, request: Request) -> Response:
        response = await handler(request)
        if not is_playlist(response):
            return replace(response, body=self.segment)
        lines = response.body.splitlines(keepends=True)
        told = b"".join(line for line in lines if not line.startswith(b"#EXT-X-DISCONTINUITY"))
        return replace(response, body=told)


@dataclass(frozen=True)
class WrongKeys(RotatingKeys):
    """Serves other keys than those that the segments are encrypted with."""

    def serve(self, name: str) -> Response | None:
        served = super().serve(name)
        return served and replace(served, body=served.body[::-1])


class Licensed(Feature):
    """Keys that only a licence server gives; the segments stay as they are."""

    version = 5

    def tags(self, number: int, *, first: bool) -> Sequence[str]:
        keys = {WIDEVINE: "data:text/plain;base64,AAAA", FAIRPLAY: "skd://example"}
        return [
            f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="{uri}",KEYFORMAT="{keyformat}"'
            for keyformat, uri in keys.items()
            if first
        ]


BAD = (
    Kind("dead", dead, Bad(Reason.UNREACHABLE)),
    Kind("resets", spoilt(Reset()), Bad(Reason.UNREACHABLE)),
    Kind("unknown-certificate", unknown, Bad(Reason.UNREACHABLE)),
    Kind("refuses", spoilt(Status(403)), Bad(Reason.STATUS)),
    Kind("html", spoilt(Html()), Bad(Reason.NOT_A_PLAYLIST)),
    Kind("redirects", redirects, Bad(Reason.UNREACHABLE)),
    Kind("empty", playlist(EMPTY), Bad(Reason.NOT_A_PLAYLIST)),
    # Nothing of the answer can be read, so it is none.
    Kind("garbled", playlist(bytes(range(256)), GZIP), Bad(Reason.UNREACHABLE)),
    Kind("stands-still", stands_still, Bad(Reason.STALE)),
    Kind("frozen", live("still"), Bad(Reason.FROZEN)),
    Kind("black", live("black"), Bad(Reason.BLACK)),
    Kind("silent", live("silent"), Bad(Reason.SILENT)),
    Kind("drm", live("high", Licensed()), Bad(Reason.DRM)),
    Kind("wrong-codec", live("mpeg-2"), Bad(Reason.CODEC)),
    Kind("segments-missing", segments(Status(404)), Bad(Reason.STATUS)),
    Kind("segments-html", segments(Html()), Bad(Reason.CODEC)),
    Kind("segments-truncated", segments(Truncate(20_000)), Bad(Reason.STALLED)),
    Kind("wrong-key", live("baseline", WrongKeys()), Bad(Reason.CODEC)),
    Kind("repeats", repeats, Bad(Reason.STALLED)),
    # Whether the player waits for the first segment or has begun to play decides what it calls it.
    Kind("slow", segments(SlowBody(1024, 0.5)), Bad(Reason.STALLED, Reason.TIMEOUT)),
)
