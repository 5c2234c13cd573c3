"""Asking streamlink: which HLS playlist its plugin for a URL would play.

Runs in a process of its own, where alone the library is imported. See the library's API:
https://streamlink.github.io/api/session.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from f1stream.isolated.order import Means, Message, Unanswered
from f1stream.isolated.playlists import Answer, Playlist

if TYPE_CHECKING:
    from requests import PreparedRequest
    from streamlink.plugin import Plugin
    from streamlink.session.session import Streamlink
    from streamlink.stream.hls.hls import HLSStream
    from streamlink.stream.stream import Stream

Streams = Mapping[str, "Stream"]


class Question(Message):
    """`quality` names a stream as streamlink does, such as 720p or best; empty for all of them."""

    url: str = Field(repr=False)
    options: dict[str, str | int | bool] = Field(default_factory=dict, repr=False)
    quality: str = ""


def run(question: Question, means: Means) -> Answer:
    """The playlist of the one stream at the question's URL."""
    return answer(session(means), question)


def session(means: Means) -> Streamlink:
    """A session that starts no other program, reads no file and keeps nothing."""
    from streamlink.session.session import Streamlink

    session = Streamlink(
        {
            "ffmpeg-ffmpeg": "none",
            "http-timeout": 10.0,
            "http-trust-env": False,
            "no-plugin-cache": True,
            "webbrowser": False,
        }
    )
    if means.proxy:
        session.set_option("http-proxy", means.proxy)
    if means.ca_file is not None:
        session.set_option("http-ssl-verify", str(means.ca_file))
    del session.http.adapters["file://"]
    return session


def answer(session: Streamlink, question: Question) -> Answer:
    """What the plugin that knows the URL has on the air."""
    from streamlink.exceptions import NoPluginError, PluginError, StreamError

    try:
        _, kind, url = session.resolve_url(question.url)
        plugin = kind(session, url, dict(question.options))
        streams = plugin.streams()
    except NoPluginError:
        raise Unanswered("no plugin knows this address") from None
    except (PluginError, StreamError) as error:
        raise Unanswered(_why(error)) from None
    if not streams:
        return Answer()
    stream = _chosen(streams, question.quality)
    return Answer(playlists=(_playlist(session, plugin, stream, whole=not question.quality),))


def _chosen(streams: Streams, quality: str) -> HLSStream:
    """The HLS stream of that quality, or the best. Raises `Unanswered`, naming what there is."""
    hls = {name: found for name, stream in streams.items() if (found := _hls(stream))}
    if not hls:
        raise Unanswered(f"there is no HLS stream, only {_listed(_kinds(streams.values()))}")
    if not quality:
        return hls.get("best") or hls[list(hls)[-1]]
    if quality not in hls:
        raise Unanswered(f"there is no quality {quality!r}, only {_listed(hls)}")
    return hls[quality]


def _hls(stream: Stream) -> HLSStream | None:
    from streamlink.stream.hls.hls import HLSStream, MuxedHLSStream

    if isinstance(stream, MuxedHLSStream):
        return _hls(stream.substreams[0])
    return stream if isinstance(stream, HLSStream) else None


def _kinds(streams: Iterable[Stream]) -> set[str]:
    return {type(stream).__shortname__ for stream in streams}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:20])


def _playlist(session: Streamlink, plugin: Plugin, stream: HLSStream, *, whole: bool) -> Playlist:
    request = _request(session, stream, whole=whole)
    headers = {name: _text(value) for name, value in request.headers.items()}
    return Playlist(
        title=_title(plugin), url=request.url or "", headers=headers, height=_height(stream, whole)
    )


def _request(session: Streamlink, stream: HLSStream, *, whole: bool) -> PreparedRequest:
    """The request that streamlink would send for the playlist.

    That is the multivariant one where all qualities are wanted, and where the chosen one has its
    sound in a rendition of its own, which its media playlist does not lead to.
    """
    arguments = dict(stream.args)
    multivariant = stream.multivariant
    if multivariant is not None and multivariant.uri:
        renditions = any(media.type == "AUDIO" and media.uri for media in multivariant.media)
        if whole or renditions:
            arguments["url"] = multivariant.uri
    return session.http.prepare_new_request(**arguments)


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _title(plugin: Plugin) -> str:
    parts = [plugin.get_author(), plugin.get_title()]
    return " · ".join(part for part in parts if part)


def _height(stream: HLSStream, whole: bool) -> int | None:
    """The height of the picture: of the chosen variant, or the greatest of all."""
    if stream.multivariant is None:
        return None
    heights = [
        variant.stream_info.resolution.height
        for variant in stream.multivariant.playlists
        if variant.stream_info
        and variant.stream_info.resolution
        and (whole or variant.uri == stream.args["url"])
    ]
    return max(heights, default=None)


def _why(error: Exception) -> str:
    """What went wrong, without the library's own words: they can quote a whole URL."""
    import requests

    cause: BaseException | None = error
    while cause is not None:
        match cause:
            case requests.HTTPError(response=requests.Response() as response):
                return f"the site answered {response.status_code}"
            case requests.Timeout() | TimeoutError():
                return "the site did not answer in time"
            case requests.ConnectionError():
                return "the site can't be reached"
        cause = getattr(cause, "err", None) or cause.__cause__ or cause.__context__
    return f"the plugin failed ({type(error).__name__})"
