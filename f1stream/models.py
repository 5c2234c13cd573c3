"""The values that rooms hand to each other; none of them does anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal
from urllib.parse import urlsplit

StreamType = Literal["m3u8", "embed"]
Container = Literal["ts", "fmp4", "audio", "text"]


class Level(StrEnum):
    """What was proven of a stream, strongest first."""

    FRAMES = "frames"
    BUFFERED = "buffered"
    SEGMENT = "segment"
    MANIFEST = "manifest"


class Reason(StrEnum):
    """Why a stream is not playable: a closed list, so that programs can act on it."""

    UNREACHABLE = "unreachable"
    STATUS = "http status"
    NOT_A_PLAYLIST = "not a playlist"
    REFUSED = "refused"
    STALLED = "stalled"
    STALE = "stale"
    DRM = "drm"
    CODEC = "codec"
    CORS = "cors"
    TIMEOUT = "timeout"
    BROWSER_LOST = "browser lost"
    BLACK = "black"
    FROZEN = "frozen"
    SILENT = "silent"
    FRAMING = "framing"


class Means(StrEnum):
    """What a stream was proven with."""

    PROBE = "probe"
    LOCAL_BROWSER = "local browser"
    REMOTE_BROWSER = "remote browser"


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where bytes are fetched from, with the headers that its source wants sent.

    `home` is the host that the source named: headers that can carry credentials go to that host
    only. `jar` names the cookies that go with it; without one there are none. The representation
    shows the host alone, because the rest can be secret.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    home: str = ""
    jar: str = ""

    def __repr__(self) -> str:
        return f"<Upstream {host_of(self.url)}>"


@dataclass(frozen=True, slots=True)
class Found:
    """One stream as an extractor found it.

    `key` is the stream's own stable name inside its source (a channel number, a slug): it must
    survive a change of `url`, because the stream's identity is made from it. `about` has further
    words to match on, such as a category or what is on now; it is not shown. `page_url` is where an
    embed's own site shows it.
    """

    key: str
    title: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    quality: str | None = None
    stream_type: StreamType = "m3u8"
    about: str = ""
    page_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Lead:
    """An address where an extractor expects a stream that another one can find.

    `to` is that extractor's key; `key` and `title` are as in `Found`.
    """

    to: str
    key: str
    title: str
    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream of the catalogue. `id` is a slug of at most 64 characters.

    `address` is what of its URL stays when tokens change; two streams that have it in common are
    the same, and one without any is like no other. `expires_at` is when the URL's token ends,
    where it says so. `page_url` is the page of an embed as viewers may see it: no credentials.
    """

    id: str
    title: str
    site_key: str
    site_name: str
    upstream: Upstream
    extracted_at: datetime
    quality: str | None = None
    stream_type: StreamType = "m3u8"
    address: str = field(default="", repr=False)
    expires_at: datetime | None = None
    page_url: str | None = None


@dataclass(frozen=True, slots=True)
class Health:
    """What was seen of a stream's media.

    `codecs` are as in RFC 6381. `encryption` is the METHOD of its EXT-X-KEY, where it has one.
    `newest` is the Media Sequence Number of the newest segment and `changed_at` since when it is:
    what the next look compares with. `advancing` is unknown until that. `latency_s` is the age of
    the newest media by EXT-X-PROGRAM-DATE-TIME. `throughput_bps` is what the upstream delivered.
    """

    container: Container | None = None
    codecs: tuple[str, ...] = ()
    width: int | None = None
    height: int | None = None
    encryption: str | None = None
    ended: bool = False
    advancing: bool | None = None
    newest: int = 0
    changed_at: datetime | None = None
    target_duration_s: float = 0
    latency_s: float | None = None
    throughput_bps: int | None = None

    @property
    def state(self) -> Literal["live", "ended", "stale"]:
        """Whether segments are still added; live is believed until seen otherwise."""
        if self.ended:
            return "ended"
        return "stale" if self.advancing is False else "live"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a browser saw while it played a stream; what it could not tell is `None`.

    `player` names what played it, such as `hls.js 1.7.4` or `native`. `error` is that player's own
    word for what went wrong, `status` the HTTP status that came with it. `codecs` are as in RFC
    6381. `first_frame_ms` counts from the page's first request for the stream, `played_s` is how
    far playing time advanced, `bandwidth_bps` what the player measured. `framing` is whether an
    embed's site lets others frame it.
    """

    player: str = ""
    error: str | None = None
    status: int | None = None
    width: int | None = None
    height: int | None = None
    codecs: tuple[str, ...] = ()
    first_frame_ms: float | None = None
    played_s: float = 0
    decoded_frames: int = 0
    dropped_frames: int = 0
    bandwidth_bps: int | None = None
    audio: Literal["heard", "silent", "none"] | None = None
    picture: Literal["moving", "frozen", "black", "none"] | None = None
    framing: Literal["allowed", "refused"] | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """What playing a stream in a browser showed, and when.

    Exactly one of `level` and `reason` is set, as in `Verdict`; `detail` is a sentence for a
    person.
    """

    proven_at: datetime
    means: Means
    level: Level | None = None
    reason: Reason | None = None
    detail: str | None = None
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is believed of a stream, why, and since when.

    Exactly one of `level` (playable, and how far that was proven) and `reason` (not playable) is
    set. `detail` is a sentence for a person. `bitrate_bps` is what the playlist declares.
    `proof` is the last one by a browser, which can be older than the verdict.
    """

    checked_at: datetime
    level: Level | None = None
    reason: Reason | None = None
    detail: str | None = None
    is_live: bool = False
    quality: str | None = None
    bitrate_bps: int | None = None
    response_time_ms: float | None = None
    health: Health | None = None
    proof: Proof | None = None

    @property
    def playable(self) -> bool:
        """True when there is proof that a player gets something to play."""
        return self.level is not None


def host_of(url: str) -> str:
    """The host of a URL, for messages: no userinfo, path or query, which can hold credentials."""
    try:
        return urlsplit(url).hostname or "(no host)"
    except ValueError:
        return "(no host)"
