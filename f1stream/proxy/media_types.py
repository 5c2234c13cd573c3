"""Which content type a viewer is told: players and browsers refuse good media under a wrong one."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

PLAYLIST = "application/vnd.apple.mpegurl"
UNKNOWN = "application/octet-stream"

_BY_SUFFIX = {
    ".aac": "audio/aac",
    ".ac3": "audio/ac3",
    ".cmfa": "audio/mp4",
    ".cmfv": "video/mp4",
    ".ec3": "audio/eac3",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".json": "application/json",
    ".m4a": "audio/mp4",
    ".m4f": "video/mp4",
    ".m4s": "video/mp4",
    ".m4v": "video/mp4",
    ".mp3": "audio/mpeg",
    ".mp4": "video/mp4",
    ".png": "image/png",
    ".ts": "video/mp2t",
    ".vtt": "text/vtt",
    ".webvtt": "text/vtt",
}

_TYPE = re.compile(r"[a-z]+/[a-z0-9.+-]+")
_BOXES = (b"ftyp", b"styp", b"moof", b"moov", b"sidx", b"emsg", b"prft")

# Types under which a browser runs or renders nothing of a stranger's in f1stream's own origin.
_HARMLESS = frozenset(
    {
        "application/json",
        "application/mp4",
        "application/octet-stream",
        "application/ttml+xml",
        "image/jpeg",
        "image/png",
        "image/webp",
        "text/vtt",
    }
)


def media_type(declared: str | None, url: str, head: bytes) -> str:
    """The type of a body that starts with `head`, fetched from `url`, declared as `declared`.

    What the bytes say wins, then a declared type that is media, then the URL's suffix. Anything
    that a browser could run or render as a page becomes `application/octet-stream`.
    """
    stated = (declared or "").partition(";")[0].strip().lower()
    if not _TYPE.fullmatch(stated):
        stated = ""
    found = _sniffed(head)
    if found and not _agrees(stated, found):
        return found
    if stated != UNKNOWN and (stated.startswith(("audio/", "video/")) or stated in _HARMLESS):
        return stated
    return found or _by_suffix(url) or UNKNOWN


def _sniffed(head: bytes) -> str | None:
    if _is_transport_stream(head):
        return "video/mp2t"
    if head[4:8] in _BOXES:
        return "video/mp4"
    if head.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        return "text/vtt"
    if head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] in (b"\xf1", b"\xf9")):
        return "audio/aac"
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG"):
        return "image/png"
    return None


def _is_transport_stream(head: bytes) -> bool:
    """A sync byte at the start of each 188-byte packet that is there, at least one whole."""
    return len(head) >= 188 and all(head[at] == 0x47 for at in range(0, min(len(head), 565), 188))


def _agrees(stated: str, found: str) -> bool:
    """Whether a declared type is a fair name for what the bytes are."""
    if found == "video/mp4":
        return stated.endswith("/mp4") or stated in ("video/iso.segment", "audio/mp4a-latm")
    if found == "audio/aac":
        return stated.startswith("audio/")
    return stated == found


def _by_suffix(url: str) -> str | None:
    return _BY_SUFFIX.get(PurePosixPath(unquote(urlsplit(url).path)).suffix.lower())
