"""A VOD playlist on disk, told as the live stream it could have been."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from multidict import CIMultiDict

from tests.origin.features import Feature
from tests.origin.message import Request, Response, text
from tests.origin.origin import PLAYLIST, Origin, media_type

SEGMENT_TAGS = ("#EXTINF:", "#EXT-X-BYTERANGE:", "#EXT-X-TILES:")
VOD_TAGS = ("#EXT-X-PLAYLIST-TYPE", "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-ENDLIST")
VERSION = "#EXT-X-VERSION:"


class LiveWindow:
    """The newest `window` segments of a playlist that loops for ever, served by an `Origin`.

    At the clock's start `window` segments have passed; another one passes every target duration.
    Segments are served as `<Media Sequence Number>-<file>`, so that each has an address of its
    own, as live streams have. Where `token` is set the playlist's URIs carry it, and all but the
    playlist is 403 without it; setting another one lets the links handed out before expire.
    `ended` closes the playlist with EXT-X-ENDLIST; whoever sets it stops the clock too.
    `features` add tags, and change what is served.
    """

    def __init__(
        self,
        playlist: Path,
        *,
        window: int = 3,
        clock: Callable[[], float] = time.monotonic,
        token: str | None = None,
        features: Sequence[Feature] = (),
    ) -> None:
        self.token = token
        self.ended = False
        self._features = features
        self._renumbered_by = 0
        self._folder = playlist.parent
        self._window = window
        self._clock = clock
        self._started_s = clock()
        self._header, self._segments = _parse(playlist.read_text("utf-8"))
        self._target_s = _target_s(self._header)

    def mount(self, origin: Origin, prefix: str = "/live/") -> str:
        """Serve below `prefix`, which ends with a slash; returns the playlist's address."""

        async def answer(request: Request) -> Response:
            return await self._answer(request, request.path.removeprefix(prefix))

        return origin.mount(prefix, answer) + "index.m3u8"

    @property
    def media_sequence(self) -> int:
        """The Media Sequence Number of the first segment in the playlist now."""
        return int((self._clock() - self._started_s) // self._target_s)

    def renumber(self, first: int) -> None:
        """Call the first segment listed now `first`, as an encoder that restarts or jumps does."""
        self._renumbered_by = first - self.media_sequence

    def playlist(self) -> str:
        """The Media Playlist as it stands now (RFC 8216bis, section 6.2.2)."""
        first = self.media_sequence
        count = len(self._segments)
        lines = [self._signed(line) for line in self._head()]
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{first + self._renumbered_by}")
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{max(first - 1, 0) // count}")
        for number in range(first, first + self._window):
            if number and number % count == 0:
                lines.append("#EXT-X-DISCONTINUITY")
            lines += self._segment(number, first=number == first)
        lines += ["#EXT-X-ENDLIST"] if self.ended else []
        return "\n".join([*lines, ""])

    def _head(self) -> list[str]:
        least = max((feature.version for feature in self._features), default=1)
        lines = []
        for line in self._header:
            if line.startswith(VERSION):
                line = f"{VERSION}{max(least, int(line.removeprefix(VERSION)))}"
            lines.append(line)
        return lines + [line for feature in self._features for line in feature.head()]

    def _segment(self, number: int, *, first: bool) -> list[str]:
        *tags, file = self._segments[number % len(self._segments)]
        uri = f"{number}-{file}{self._query()}"
        added: list[str] = []
        for feature in self._features:
            added += (self._signed(line) for line in feature.tags(number, first=first))
            uri = feature.address(uri)
        return [*added, *tags, uri]

    async def _answer(self, request: Request, name: str) -> Response:
        if name == "index.m3u8":
            headers = CIMultiDict({"Content-Type": PLAYLIST, "Cache-Control": "max-age=0"})
            return Response(self.playlist().encode(), 200, headers)
        if self.token is not None and request.query.get("token") != self.token:
            return text("this link has expired\n", 403)
        for feature in self._features:
            if response := feature.serve(name):
                return response
        number, dash, file = name.partition("-")
        if not (dash and number.isdecimal()):
            return await self._file(name)
        if int(number) >= self.media_sequence + self._window:
            return text("not yet\n", 404)
        return self._featured(int(number), await self._file(file))

    def _featured(self, number: int, response: Response) -> Response:
        body: bytes | None = response.body
        for feature in self._features if response.status == 200 else ():
            body = body if body is None else feature.body(number, body)
        return text("there is a gap\n", 404) if body is None else replace(response, body=body)

    async def _file(self, name: str) -> Response:
        try:
            body = await asyncio.to_thread((self._folder / name).read_bytes)
        except OSError:
            return text("no such file\n", 404)
        return Response(body).typed(media_type(name))

    def _signed(self, line: str) -> str:
        before, uri, after = line.partition('URI="')
        name, _, rest = after.partition('"')
        return f'{before}{uri}{name}{self._query()}"{rest}' if uri else line

    def _query(self) -> str:
        return "" if self.token is None else f"?token={self.token}"


def _parse(playlist: str) -> tuple[list[str], list[list[str]]]:
    header: list[str] = []
    segments: list[list[str]] = []
    tags: list[str] = []
    for line in playlist.splitlines():
        if line.startswith(SEGMENT_TAGS):
            tags.append(line)
        elif line and not line.startswith("#"):
            segments.append([*tags, line])
            tags = []
        elif not line.startswith(VOD_TAGS):
            header.append(line)
    return header, segments


def _target_s(header: list[str]) -> int:
    tag = "#EXT-X-TARGETDURATION:"
    return next(int(line.removeprefix(tag)) for line in header if line.startswith(tag))
