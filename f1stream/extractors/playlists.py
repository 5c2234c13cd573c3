"""Whether an address leads to an HLS playlist: by its name, by its type, or by asking."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from f1stream.errors import UpstreamError
from f1stream.extractors.base import Web
from f1stream.models import Upstream
from f1stream.net.chunks import Chunks
from f1stream.net.client import checked

# RFC 8216bis, section 4, and the names that servers use besides.
_TYPES = frozenset(
    {
        "application/mpegurl",
        "application/vnd.apple.mpegurl",
        "application/x-mpegurl",
        "audio/mpegurl",
        "audio/x-mpegurl",
        "video/mpegurl",
        "vnd.apple.mpegurl",
    }
)

# Names that promise something else: not worth a request.
_OTHERS = frozenset(
    ".aac .avi .css .flv .gif .ico .jpeg .jpg .js .json .m4a .m4v .mkv .mov .mp3 .mp4 .mpd .mpg "
    ".ogg .ogv .pdf .png .svg .swf .ts .vtt .wav .webm .webp .xml .zip".split()
)

_TAG = b"#EXTM3U"
_BOM = b"\xef\xbb\xbf"
_ASKING_S = 5


def is_playlist_name(url: str) -> bool:
    """Whether the path of `url` ends as a playlist's does."""
    return _suffix(url) == ".m3u8"


def is_playlist_type(content_type: str) -> bool:
    """Whether `content_type` is one under which playlists are served; parameters are allowed."""
    return content_type.partition(";")[0].strip().lower() in _TYPES


def starts_as_playlist(head: bytes) -> bool:
    """Whether a body that starts with `head` is a playlist (RFC 8216bis, section 4.4.1.1)."""
    return head.removeprefix(_BOM).startswith(_TAG)


async def leads_to_playlist(web: Web, url: str, headers: Mapping[str, str]) -> bool:
    """Whether a playlist is at `url`, asking there only where its name does not say.

    What can't be reached or does not answer soon is none.
    """
    if is_playlist_name(url):
        return True
    if _suffix(url) in _OTHERS:
        return False
    try:
        async with asyncio.timeout(_ASKING_S), web.get(Upstream(url, headers)) as response:
            return is_playlist_type(checked(response).content_type) or await _starts(
                Chunks(response, _ASKING_S)
            )
    except (UpstreamError, TimeoutError):
        return False


async def _starts(chunks: Chunks) -> bool:
    head = b""
    async for chunk in chunks:
        head += chunk
        if len(head) >= len(_BOM + _TAG):
            break
    return starts_as_playlist(head)


def _suffix(url: str) -> str:
    try:
        return PurePosixPath(unquote(urlsplit(url).path)).suffix.lower()
    except ValueError:
        return ""
