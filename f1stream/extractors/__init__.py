"""This room is for finding streams: one file per kind of source, all of the same shape."""

from __future__ import annotations

from importlib.metadata import entry_points

from f1stream.extractors.base import Extractor, Web
from f1stream.extractors.browser import Browser
from f1stream.extractors.demo import Demo
from f1stream.extractors.direct import Direct
from f1stream.extractors.discord import Discord
from f1stream.extractors.feed import Feed
from f1stream.extractors.go2rtc import Go2rtc
from f1stream.extractors.jellyfin import Jellyfin
from f1stream.extractors.jsonapi import JsonApi
from f1stream.extractors.m3u import M3u
from f1stream.extractors.mediamtx import MediaMTX
from f1stream.extractors.oembed import Oembed
from f1stream.extractors.owncast import Owncast
from f1stream.extractors.page import Page
from f1stream.extractors.peertube import PeerTube
from f1stream.extractors.reach import Reach
from f1stream.extractors.roster import GROUP, Roster, assembled
from f1stream.extractors.streamlink import Streamlink
from f1stream.extractors.stremio import Stremio
from f1stream.extractors.xtream import Xtream
from f1stream.extractors.ytdlp import Ytdlp

EXTRACTORS: tuple[type[Extractor], ...] = (
    Direct,
    Browser,
    Demo,
    Discord,
    Feed,
    Go2rtc,
    Jellyfin,
    JsonApi,
    M3u,
    MediaMTX,
    Oembed,
    Owncast,
    Page,
    PeerTube,
    Streamlink,
    Stremio,
    Xtream,
    Ytdlp,
)

OWN = assembled(EXTRACTORS, ())
"""The roster of f1stream alone."""


def installed() -> Roster:
    """The roster of f1stream and the packages installed beside it. Imports those, so call it once.

    `faults` of the result names the packages whose extractors can't be used.
    """
    return assembled(EXTRACTORS, entry_points(group=GROUP))


__all__ = [
    "EXTRACTORS",
    "OWN",
    "Browser",
    "Demo",
    "Direct",
    "Discord",
    "Extractor",
    "Feed",
    "Go2rtc",
    "Jellyfin",
    "JsonApi",
    "M3u",
    "MediaMTX",
    "Oembed",
    "Owncast",
    "Page",
    "PeerTube",
    "Reach",
    "Roster",
    "Streamlink",
    "Stremio",
    "Web",
    "Xtream",
    "Ytdlp",
    "installed",
]
