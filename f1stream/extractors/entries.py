"""What an M3U list says: its entries, with what the players' own directives add to them.

There is no standard. This is what VLC, Kodi and the makers of such lists agree on: `#EXTINF` with
attributes, `#EXTGRP`, `#EXTVLCOPT` (VLC), `#KODIPROP` and `URL|headers` (Kodi, the add-ons
pvr.iptvsimple and inputstream.adaptive).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from posixpath import splitext
from urllib.parse import unquote_plus, urljoin, urlsplit

from f1stream.extractors.options import is_header_name, is_header_value, is_http
from f1stream.extractors.titles import readable

# Attributes and title, divided by the first comma that is not inside quotes.
_EXTINF = re.compile(r'((?:[^",]++|"[^"]*+")*+),(.*)')
_ATTRIBUTE = re.compile(r'([\w-]{1,50})=(?:"([^"]*)"|([^\s",]+))')
_PLAYLIST_TAGS = ("#EXT-X-TARGETDURATION", "#EXT-X-STREAM-INF", "#EXT-X-MEDIA-SEQUENCE")
_VLC_HEADERS = {
    "http-user-agent": "User-Agent",
    "http-referrer": "Referer",
    "http-origin": "Origin",
    "http-cookie": "Cookie",
}
_KODI = "inputstream.adaptive."
_KODI_HEADERS = frozenset({"stream_headers", "manifest_headers", "common_headers"})
_KODI_DRM = frozenset({"license_type", "license_key", "drm", "drm_legacy"})
# What belongs to a connection, not to a source: a list has no say in it.
_NOT_ITS_OWN = frozenset(
    "accept-encoding connection content-length expect host keep-alive proxy-authorization "
    "proxy-connection range te trailer transfer-encoding upgrade".split()
)
# Endings of what is played in other ways; one without an ending may well be HLS.
_OTHER_MEDIA = frozenset(
    ".aac .avi .flac .flv .m4a .m4v .mkv .mov .mp3 .mp4 .mpd .mpeg .mpg .oga .ogg .opus .pls .ts "
    ".wav .webm .wma .wmv .xspf .asx .ism .jpg .png".split()
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One stream of a list. `group` has its groups' names; texts are empty where not told."""

    url: str = field(repr=False)
    title: str = ""
    tvg_id: str = ""
    tvg_name: str = ""
    group: str = ""
    headers: dict[str, str] = field(default_factory=dict, repr=False)


class Entries:
    """Reads a list line by line. `base` is the list's own URL, empty for a file."""

    def __init__(self, base: str = "") -> None:
        self._base = base
        self._begin()
        self.is_playlist = False
        self.is_list = False

    def take(self, line: str) -> Entry | None:
        """The entry that ends with `line`, if it is a stream that may be HLS.

        `is_list` is true once a line was one of a list; `is_playlist` where it turned out to be
        an HLS playlist, which has no entries.
        """
        if not line:
            return None
        if line.startswith("#"):
            self._note(line)
            return None
        entry = None if self.is_playlist else self._entry(line)
        self._begin()
        return entry

    def _begin(self) -> None:
        self._title = ""
        self._attributes: dict[str, str] = {}
        self._groups: list[str] = []
        self._headers: dict[str, str] = {}
        self._kind = ""
        self._is_encrypted = False

    def _note(self, line: str) -> None:
        tag, _, value = line.partition(":")
        match tag.upper():
            case "#EXTINF":
                self.is_list = True
                self._describe(value)
            case "#EXTGRP":
                self._groups.append(value)
            case "#EXTVLCOPT":
                option, _, setting = value.partition("=")
                self._add_header(_VLC_HEADERS.get(option.strip().lower(), ""), setting)
            case "#KODIPROP":
                self._take_property(value)
            case _ if line.startswith("#EXTM3U"):
                self.is_list = True
            case _ if line.startswith(_PLAYLIST_TAGS):
                self.is_playlist = True

    def _describe(self, value: str) -> None:
        if parts := _EXTINF.fullmatch(value):
            described, self._title = parts[1], parts[2]
        elif "," in value:
            # Quotes that are never closed: only the last comma can be the one.
            described, _, self._title = value.rpartition(",")
        else:
            described = value
        self._attributes = {
            found[1].lower(): found[2] or found[3] or "" for found in _ATTRIBUTE.finditer(described)
        }
        for option in self._attributes.keys() & _VLC_HEADERS.keys():
            self._add_header(_VLC_HEADERS[option], self._attributes[option])

    def _take_property(self, value: str) -> None:
        name, _, setting = value.partition("=")
        option = name.strip().lower().removeprefix(_KODI)
        if option in _KODI_HEADERS:
            self._add_headers(setting)
        elif option == "manifest_type":
            self._kind = setting.strip().lower()
        elif option in _KODI_DRM:
            self._is_encrypted = True

    def _add_headers(self, text: str) -> None:
        for pair in text.split("&"):
            name, _, value = pair.partition("=")
            self._add_header(unquote_plus(name), unquote_plus(value))

    def _add_header(self, name: str, value: str) -> None:
        name, value = "-".join(part.capitalize() for part in name.strip().split("-")), value.strip()
        if is_header_name(name) and value and is_header_value(value):
            if name.lower() not in _NOT_ITS_OWN:
                self._headers[name] = value

    def _entry(self, line: str) -> Entry | None:
        address, _, options = line.partition("|")
        url = self._absolute(address.strip())
        if not is_http(url):
            return None
        self.is_list = True
        if options:
            self._add_headers(options)
        if self._is_encrypted or not self._may_be_hls(url):
            return None
        attributes = self._attributes
        groups = [attributes.get("group-title", ""), *self._groups]
        tvg_name = readable(attributes.get("tvg-name", ""))
        return Entry(
            url=url,
            title=readable(self._title) or tvg_name,
            tvg_id=readable(attributes.get("tvg-id", "")),
            tvg_name=tvg_name,
            group=readable(" ".join(groups)),
            headers=self._headers,
        )

    def _absolute(self, address: str) -> str:
        if not self._base or address.startswith(("http://", "https://")):
            return address
        # Without an #EXTINF a relative address is just a line of text.
        return _joined(self._base, address) if self._title else ""

    def _may_be_hls(self, url: str) -> bool:
        if self._attributes.get("radio", "").lower() == "true":
            return False
        if self._kind:
            return self._kind == "hls"
        return splitext(urlsplit(url).path)[1].lower() not in _OTHER_MEDIA


def _joined(base: str, address: str) -> str:
    try:
        return urljoin(base, address)
    except ValueError:
        return ""
