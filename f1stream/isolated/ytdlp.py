"""Asking yt-dlp: which HLS playlists a video has, or the live videos of a channel.

Runs in a process of its own, where alone the library is imported. See "Embedding yt-dlp" and the
fields of an info dictionary: https://github.com/yt-dlp/yt-dlp#embedding-yt-dlp
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from f1stream.isolated.order import Means, Message, Unanswered
from f1stream.isolated.playlists import MAX_PLAYLISTS, Answer, Playlist

# How far a channel's list is read for live ones: they come first, behind what is announced.
_LISTED = 60
# What the library adds to the titles of live videos, another one each time.
_DATE = re.compile(r" \d{4}-\d\d-\d\d \d\d:\d\d$")

Extract = Callable[..., Any]


class Question(Message):
    """At most `limit` videos of a list are looked into; `live_only` leaves out recordings."""

    url: str = Field(repr=False)
    limit: int = Field(default=10, ge=1, le=MAX_PLAYLISTS)
    live_only: bool = True


class _Theirs(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class _Format(_Theirs):
    url: str
    protocol: str = ""
    manifest_url: str | None = None
    height: int | None = None
    tbr: float | None = None
    vcodec: str | None = None
    acodec: str | None = None
    has_drm: bool | Literal["maybe"] | None = None
    http_headers: dict[str, str] = {}

    @property
    def is_hls(self) -> bool:
        return self.protocol.startswith("m3u8") and not self.has_drm

    @property
    def rank(self) -> tuple[bool, int, float]:
        """Sound and picture together first, then the taller and the richer."""
        whole = "none" not in (self.vcodec, self.acodec)
        return whole, self.height or 0, self.tbr or 0


class _Info(_Theirs):
    """A video, an entry of a list, or a list."""

    id: str = ""
    title: str | None = None
    url: str | None = None
    ie_key: str | None = None
    live_status: str | None = None
    formats: list[_Format] | None = None
    entries: list[_Info | None] | None = None

    def may_be_live(self) -> bool:
        """False only where it is known not to be on the air now."""
        return self.live_status in (None, "is_live")


def run(question: Question, means: Means) -> Answer:
    """The playlists of the question's URL."""
    from yt_dlp import YoutubeDL

    with YoutubeDL(_parameters(means)) as library:
        return answer(library.extract_info, library.cookiejar.get_cookie_header, question)


def _parameters(means: Means) -> dict[str, Any]:
    """No program is started, no file read or kept, nothing pretended."""
    return {
        "cachedir": False,
        "compat_opts": {"no-certifi"} if means.ca_file else set(),
        "extract_flat": "in_playlist",
        "extractor_retries": 1,
        "format": "best/bestvideo/bestaudio",
        "geo_bypass": False,
        "ignore_no_formats_error": True,
        "js_runtimes": {},
        "logger": _Silence(),
        "playlistend": _LISTED,
        "proxy": means.proxy,
        "skip_download": True,
        "socket_timeout": 10,
    }


class _Silence:
    """A logger: what the library says can quote whole URLs."""

    def debug(self, message: str) -> None: ...
    def warning(self, message: str) -> None: ...
    def error(self, message: str) -> None: ...


def answer(extract: Extract, cookie: Callable[[str], str | None], question: Question) -> Answer:
    """What `extract`, the library's `extract_info`, finds; `cookie` is its header for a URL."""
    top = _looked_up(extract, question.url)
    if top is None:
        return Answer()
    if top.entries is None:
        videos: Iterator[_Info] = iter((top,))
    else:
        videos = _live_of(extract, [each for each in top.entries if each], question)
    return Answer(
        playlists=tuple(
            playlist.model_copy(update={"key": video.id[:200] if top.entries is not None else ""})
            for video in videos
            if video.may_be_live() or not question.live_only
            if (playlist := _playlist(video, cookie))
        )
    )


def _live_of(extract: Extract, entries: list[_Info], question: Question) -> Iterator[_Info]:
    """Those entries looked into. Raises `Unanswered` where none of them could be."""
    wanted = [each for each in entries if each.may_be_live() or not question.live_only]
    failures: list[Unanswered] = []
    chosen = wanted[: question.limit]
    for entry in chosen:
        if entry.formats is not None or not entry.url:
            yield entry
            continue
        try:
            video = _looked_up(extract, entry.url, ie_key=entry.ie_key)
        except Unanswered as failure:
            failures.append(failure)
            continue
        if video is not None and video.entries is None:
            # What the list calls it is stable; a lone page is called anything.
            yield video.model_copy(
                update={"title": entry.title or video.title, "id": entry.id or video.id}
            )
    if failures and len(failures) == len(chosen):
        raise failures[0]


def _looked_up(extract: Extract, url: str, **hints: str | None) -> _Info | None:
    """What is at `url`; None for a channel that is off the air. Raises `Unanswered`."""
    from yt_dlp.utils import DownloadError, YoutubeDLError

    try:
        found = extract(url, download=False, **hints)
    except DownloadError as error:
        cause = error.exc_info[1] if error.exc_info else error
        if type(cause).__name__ == "UserNotLive":
            return None
        raise Unanswered(_why(cause)) from None
    except YoutubeDLError as error:
        raise Unanswered(_why(error)) from None
    if found is None:
        return None
    try:
        return _Info.model_validate(_plain(found))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Unanswered(f"it gave {where} in another shape than is known") from None


def _plain(found: dict[str, Any]) -> dict[str, Any]:
    """A list that the library reads as it is asked for, read: the parameters bound it."""
    entries = found.get("entries")
    return {**found, "entries": list(entries)} if isinstance(entries, Iterable) else found


def _playlist(video: _Info, cookie: Callable[[str], str | None]) -> Playlist | None:
    formats = [each for each in video.formats or () if each.is_hls]
    if not formats:
        return None
    best = max(formats, key=lambda each: each.rank)
    # Several multivariant playlists are the same stream from several networks.
    url = best.manifest_url or best.url
    headers = dict(best.http_headers)
    if cookies := cookie(url):
        headers["Cookie"] = cookies
    title = _DATE.sub("", video.title or "")[:1000]
    try:
        return Playlist(title=title, url=url, headers=headers, height=best.height or None)
    except ValidationError:
        # Its address is none that could be fetched by HTTP.
        return None


def _why(error: BaseException | None) -> str:
    """What went wrong, without the library's own words: they can quote a whole URL."""
    from yt_dlp.networking.exceptions import HTTPError, TransportError
    from yt_dlp.utils import GeoRestrictedError, UnsupportedError

    cause = error
    while cause is not None:
        match cause:
            case UnsupportedError():
                return "it knows no video at this address"
            case GeoRestrictedError():
                return "the site does not show this video in this country"
            case HTTPError():
                return f"the site answered {cause.status}"
            case TransportError():
                return "the site can't be reached, or does not answer in time"
        cause = getattr(cause, "cause", None) or cause.__cause__ or cause.__context__
    return f"it could not read this address ({type(error).__name__})"
