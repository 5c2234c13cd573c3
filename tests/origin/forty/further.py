"""More that do not play, all of them known without a browser."""

from __future__ import annotations

from f1stream.models import Reason
from tests.origin.faults import Endless, StallBeforeHeaders, Status
from tests.origin.forty.bad import PLAIN, playlist, spoilt
from tests.origin.forty.ground import Ground
from tests.origin.forty.kind import Bad, Kind

JSON = '{"error": "no such event", "code": 17}'
ITSELF = "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nindex.m3u8\n"
NEWEST = "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nnothing.ts\n"


def empty_segment(ground: Ground, prefix: str) -> str:
    """A playlist whose segment is there, and has nothing in it."""
    ground.origin.route(f"{prefix}nothing.ts", b"")
    return playlist(NEWEST)(ground, prefix)


FURTHER = (
    Kind("json", playlist(JSON), Bad(Reason.NOT_A_PLAYLIST)),
    Kind("nothing", playlist(b""), Bad(Reason.NOT_A_PLAYLIST)),
    Kind("lists-itself", playlist(ITSELF), Bad(Reason.NOT_A_PLAYLIST)),
    Kind("media-as-playlist", playlist(b"\x47" + bytes(187)), Bad(Reason.NOT_A_PLAYLIST)),
    # A busy machine does not get to the limit of its size within the time for it.
    Kind("endless-playlist", spoilt(Endless()), Bad(Reason.NOT_A_PLAYLIST, Reason.TIMEOUT)),
    Kind("empty-segment", empty_segment, Bad(Reason.STALLED)),
    Kind("gone", spoilt(Status(410), PLAIN), Bad(Reason.STATUS)),
    Kind("out-of-order", spoilt(Status(503), PLAIN), Bad(Reason.STATUS)),
    Kind("mute", spoilt(StallBeforeHeaders()), Bad(Reason.TIMEOUT)),
)
