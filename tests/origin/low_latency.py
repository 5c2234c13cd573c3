"""A low-latency stream that never ends, as RFC 8216bis has it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tests.origin.clock import Clock, RealClock
from tests.origin.cmaf import PART_S, PARTS, SEGMENT_S, Tracks
from tests.origin.directives import Directives
from tests.origin.growing import Growing, Piece
from tests.origin.manners import CORS
from tests.origin.message import Request, Response, text
from tests.origin.origin import PLAYLIST, Origin
from tests.origin.partial import LOW_LATENCY, Moment, Offers, Rendition

FILE = re.compile(r"segment(\d+)(?:\.(\d))?\.m4s")
EARLY_S = 1e-6
"""Floating point: a clock set to the end of a part must not fall short of it."""


class LowLatency:
    """A picture at two bitrates and its sound in a Rendition Group, in parts of `PART_S`.

    At the clock's start `window` segments have passed, the first of them number `first`. What the
    stream offers can be switched with `offers` while it runs; `PLAIN` makes it an ordinary live
    stream. The part that the preload hint names can be asked for before it is complete: it is
    sent as it is produced, chunked, or with its length where `announced`. `last` is the number of
    the segment after which the stream ends.
    """

    def __init__(
        self,
        tracks: Tracks,
        *,
        offers: Offers = LOW_LATENCY,
        clock: Clock | None = None,
        window: int = 12,
        first: int = 0,
        last: int | None = None,
        announced: bool = False,
        started_at: datetime | None = None,
    ) -> None:
        self.offers = offers
        self._clock = clock or RealClock()
        self._window = window
        self._last = last
        self._announced = announced
        # The moment of the clock at which segment 0 began.
        self._zero_s = self._clock() - (first + window) * SEGMENT_S
        now = started_at or datetime.now(UTC)
        self._began_at = now - timedelta(seconds=(first + window) * SEGMENT_S)
        self._tracks = {"low": tracks.low, "high": tracks.high, "audio": tracks.audio}

    def mount(self, origin: Origin, prefix: str = "/ll/") -> str:
        """Serve below `prefix`, which ends with a slash; returns the Multivariant Playlist's
        address. The Media Playlists are `low/`, `high/` and `audio/index.m3u8` beside it."""

        async def answer(request: Request) -> Response:
            return await self._answer(request, request.path.removeprefix(prefix))

        origin.behave(prefix, CORS)
        return origin.mount(prefix, answer) + "index.m3u8"

    @property
    def moment(self) -> Moment:
        """How far the stream is now."""
        produced = int((self._clock() - self._zero_s + 2 * EARLY_S) / PART_S)
        end = produced + 1 if self._last is None else (self._last + 1) * PARTS
        ended, produced = produced >= end, min(produced, end)
        first = max(produced // PARTS - self._window, 0)
        return Moment(produced, first, self._began_at, ended)

    def produced_at_s(self, parts: float) -> float:
        """When on the clock there are so many parts, counted from segment 0."""
        return self._zero_s + parts * PART_S - EARLY_S

    def multivariant(self) -> str:
        """The Multivariant Playlist."""
        audio = self._tracks["audio"]
        lines = [
            "#EXTM3U",
            "#EXT-X-VERSION:6",
            "#EXT-X-INDEPENDENT-SEGMENTS",
            '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",LANGUAGE="en",DEFAULT=YES,'
            'AUTOSELECT=YES,CHANNELS="2",URI="audio/index.m3u8"',
        ]
        for name in ("low", "high"):
            video = self._tracks[name]
            lines.append(
                f"#EXT-X-STREAM-INF:BANDWIDTH={video.bandwidth + audio.bandwidth},"
                f'CODECS="{video.codec},{audio.codec}",RESOLUTION=160x90,FRAME-RATE=25.000,'
                'AUDIO="sound"'
            )
            lines.append(f"{name}/index.m3u8")
        return "\n".join([*lines, ""])

    async def _answer(self, request: Request, path: str) -> Response:
        if path == "index.m3u8":
            return _playlist(self.multivariant())
        name, _, file = path.partition("/")
        if name not in self._tracks:
            return text("no such rendition\n", 404)
        if file == "index.m3u8":
            return await self._media_playlist(name, request)
        if file == "init.mp4":
            return Response(self._tracks[name].init).typed("video/mp4")
        return self._media(name, file, request)

    async def _media_playlist(self, name: str, request: Request) -> Response:
        directives = Directives()
        if self.offers.blocking or self.offers.skipping:
            try:
                directives = Directives.of(request.query)
            except ValueError as error:
                return text(f"{error}\n", 400)
        if self.offers.blocking and not self.moment.ended:
            if directives.too_far(self.moment.produced):
                return text("that is too far ahead\n", 400)
            await self._clock.until(self.produced_at_s(directives.parts))
        delta = self.offers.skipping and directives.skip
        return _playlist(self._rendition(name).playlist(self.moment, delta=delta))

    def _rendition(self, name: str) -> Rendition:
        others = tuple(f"../{other}/index.m3u8" for other in self._tracks if other != name)
        return Rendition(self._tracks[name], self.offers, others)

    def _media(self, name: str, file: str, request: Request) -> Response:
        found = FILE.fullmatch(file)
        if not found:
            return text("no such file\n", 404)
        segment, part = int(found[1]), found[2]
        first = segment * PARTS + int(part or 0)
        numbers = range(first, first + (PARTS if part is None else 1))
        if not self._is_there(numbers, whole=part is None):
            return text("not there, or not yet\n", 404)
        growing = Growing(self._pieces(name, numbers), self._clock, self._announced)
        return growing.answer(request).typed("video/iso.segment")

    def _is_there(self, numbers: range, *, whole: bool) -> bool:
        moment = self.moment
        if numbers[-1] < moment.produced:
            # What was listed stays for as long as the playlist is (section 6.2.2).
            return numbers[0] >= (moment.first - self._window) * PARTS
        hinted = whole == self.offers.ranges and self.offers.parts and not moment.ended
        return hinted and numbers[0] <= moment.produced

    def _pieces(self, name: str, numbers: range) -> tuple[Piece, ...]:
        track = self._tracks[name]
        return tuple(
            Piece(chunk, self.produced_at_s(number + (place + 1) / track.chunks_per_part))
            for number in numbers
            for place, chunk in enumerate(track.part(number))
        )


def _playlist(playlist: str) -> Response:
    headers = {"Content-Type": PLAYLIST, "Cache-Control": "max-age=0"}
    return Response(playlist.encode()).with_headers(headers)
