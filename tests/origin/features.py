"""What a live Media Playlist can say besides its segments, each thing one class.

A `LiveWindow` asks its features for the tags of its head and of each segment, and lets them serve
what they name: keys, asset lists. Segments are counted from 0 for ever.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.origin.message import Response

RACE_START = datetime(2026, 3, 8, 4, 0, tzinfo=UTC)
SPLICE_OUT = (
    "0xFC002F0000000000FF000014056FFFFFF000E011622DCAFF0000526362"
    "00000000000A0008029896F50000008700000000"
)
SPLICE_IN = (
    "0xFC002A0000000000FF00000F056FFFFFF000401162802E6100000000000A0008029896F50000008700000000"
)
"""Both stand in RFC 8216, section 8.10."""


class Feature:
    """Says nothing and serves nothing: what a feature leaves out."""

    version: int = 1
    """The least EXT-X-VERSION that it needs (RFC 8216bis, section 8)."""

    def head(self) -> Sequence[str]:
        """Tags for the whole playlist."""
        return ()

    def tags(self, number: int, *, first: bool) -> Sequence[str]:
        """Tags before a segment; `first`: it stands first in the playlist."""
        return ()

    def address(self, uri: str) -> str:
        """What the playlist says in the stead of a segment's URI."""
        return uri

    def body(self, number: int, content: bytes) -> bytes | None:
        """What a segment is served as; None where there is nothing to serve."""
        return content

    def session(self, folder: str) -> Sequence[str]:
        """Tags for the Multivariant Playlist; below `folder` are the feature's own files."""
        return ()

    def serve(self, name: str) -> Response | None:
        """The answer for a file of the feature's own beside the playlist."""
        return None


@dataclass(frozen=True)
class Head(Feature):
    """Any tags for the whole playlist: EXT-X-START, EXT-X-INDEPENDENT-SEGMENTS."""

    lines: tuple[str, ...]
    version: int = 1

    def head(self) -> Sequence[str]:
        return self.lines


INDEPENDENT = Head(("#EXT-X-INDEPENDENT-SEGMENTS",))
START = Head(("#EXT-X-START:TIME-OFFSET=-3.0,PRECISE=YES",))


@dataclass(frozen=True)
class Dates(Feature):
    """EXT-X-PROGRAM-DATE-TIME for every segment."""

    segment_s: float = 1
    began_at: datetime = RACE_START

    def at(self, number: int) -> str:
        """When a segment begins, as the tags write it."""
        at = self.began_at + timedelta(seconds=number * self.segment_s)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def tags(self, number: int, *, first: bool) -> Sequence[str]:
        return [f"#EXT-X-PROGRAM-DATE-TIME:{self.at(number)}"]


@dataclass(frozen=True)
class Gaps(Feature):
    """EXT-X-GAP for every `every`th segment, which is not there either."""

    every: int = 5
    version: int = 8

    def tags(self, number: int, *, first: bool) -> Sequence[str]:
        return ["#EXT-X-GAP"] if self._missing(number) else []

    def body(self, number: int, content: bytes) -> bytes | None:
        return None if self._missing(number) else content

    def _missing(self, number: int) -> bool:
        return number % self.every == self.every - 1


@dataclass(frozen=True)
class Bitrates(Feature):
    """EXT-X-BITRATE wherever it changes, which is at every `every`th segment."""

    rates_kbps: tuple[int, ...] = (150, 180)
    every: int = 2

    def tags(self, number: int, *, first: bool) -> Sequence[str]:
        if number % self.every and not first:
            return []
        rate_kbps = self.rates_kbps[number // self.every % len(self.rates_kbps)]
        return [f"#EXT-X-BITRATE:{rate_kbps}"]


@dataclass(frozen=True)
class AdBreaks(Feature):
    """EXT-X-DATERANGE with SCTE35-OUT every `every` segments, and SCTE35-IN `length` later."""

    dates: Dates = field(default_factory=Dates)
    every: int = 6
    length: int = 2

    def tags(self, number: int, *, first: bool) -> Sequence[str]:
        turn, place = divmod(number, self.every)
        name = f'ID="break-{turn}",START-DATE="{self.dates.at(turn * self.every)}"'
        length_s = self.length * self.dates.segment_s
        if place == 0:
            splice = f"PLANNED-DURATION={length_s:.3f},SCTE35-OUT={SPLICE_OUT}"
            return [f"#EXT-X-DATERANGE:{name},{splice}"]
        if place == self.length:
            return [f"#EXT-X-DATERANGE:{name},DURATION={length_s:.3f},SCTE35-IN={SPLICE_IN}"]
        return []


@dataclass(frozen=True)
class Interstitials(Feature):
    """Interstitials (RFC 8216bis, appendix D): of one asset, and of a list of several in turn.

    `assets`: addresses of playlists, as they should stand there.
    """

    assets: tuple[str, ...]
    duration_s: float
    dates: Dates = field(default_factory=Dates)
    every: int = 12

    def tags(self, number: int, *, first: bool) -> Sequence[str]:
        turn, place = divmod(number, self.every)
        if place:
            return []
        several = turn % 2
        what = f'LIST="assets-{turn}.json"' if several else f'URI="{self.assets[0]}"'
        return [
            f'#EXT-X-DATERANGE:ID="ad-{turn}",CLASS="com.apple.hls.interstitial",'
            f'START-DATE="{self.dates.at(number)}",DURATION={self.duration_s:.3f},X-ASSET-{what},'
            'X-RESUME-OFFSET=0,X-RESTRICT="SKIP,JUMP"'
        ]

    def serve(self, name: str) -> Response | None:
        if not (name.startswith("assets-") and name.endswith(".json")):
            return None
        assets = [{"URI": uri, "DURATION": self.duration_s} for uri in self.assets]
        control = {"OFFSET": 2, "DURATION": 5, "LABEL-ID": "skip"}
        return json_response({"ASSETS": assets, "SKIP-CONTROL": control})


CARRIED = "?viewer={$viewer}"
"""What hands a Media Playlist the variable that it takes from its query."""


@dataclass(frozen=True)
class Variables(Feature):
    """EXT-X-DEFINE (RFC 8216bis, section 4.4.2.3): every segment's URI is made of a variable each
    that is named here, imported from the Multivariant Playlist, and taken from the query.

    Segments carry the two others' values in their own query. The addresses of Media Playlists have
    to end in `CARRIED`, and that of the Multivariant Playlist in a value for it.
    """

    version: int = 11

    def head(self) -> Sequence[str]:
        return [
            '#EXT-X-DEFINE:NAME="here",VALUE="./"',
            '#EXT-X-DEFINE:IMPORT="team"',
            '#EXT-X-DEFINE:QUERYPARAM="viewer"',
        ]

    def session(self, folder: str) -> Sequence[str]:
        return ['#EXT-X-DEFINE:NAME="team",VALUE="red"', '#EXT-X-DEFINE:QUERYPARAM="viewer"']

    def address(self, uri: str) -> str:
        mark = "&" if "?" in uri else "?"
        return f"{{$here}}{uri}{mark}team={{$team}}&viewer={{$viewer}}"


def json_response(value: Mapping[str, object]) -> Response:
    """A response in JSON."""
    return Response(json.dumps(value).encode()).typed("application/json")
