"""Whole playlists, ours and those in a folder named by `F1STREAM_CORPUS`.

What a playlist should become is worked out here by other means than the rewriter's: line by line,
with the standard library's URL functions and m3u8's attribute lists.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

import pytest

from f1stream.hls.links import Kind, Links
from f1stream.hls.rewriter import Rewriter

LINKS = Links([b"0123456789abcdef"])
BASE = "https://origin.example.com/live/ch1/720p/index.m3u8?token=42"
FOLDERS = [Path(__file__).parent / "playlists"]
if "F1STREAM_CORPUS" in os.environ:
    FOLDERS.append(Path(os.environ["F1STREAM_CORPUS"]))
PLAYLISTS = sorted(path for folder in FOLDERS for path in folder.rglob("*.m3u8"))

# Tag and attribute of every URI in the draft and in use, and what it leads to.
IN_TAGS = {
    ("#EXT-X-MEDIA", "URI"): Kind.PLAYLIST,
    ("#EXT-X-I-FRAME-STREAM-INF", "URI"): Kind.PLAYLIST,
    ("#EXT-X-IMAGE-STREAM-INF", "URI"): Kind.PLAYLIST,
    ("#EXT-X-RENDITION-REPORT", "URI"): Kind.PLAYLIST,
    ("#EXT-X-SESSION-KEY", "URI"): Kind.BYTES,
    ("#EXT-X-SESSION-DATA", "URI"): Kind.BYTES,
    ("#EXT-X-CONTENT-STEERING", "SERVER-URI"): Kind.STEERING,
    ("#EXT-X-KEY", "URI"): Kind.BYTES,
    ("#EXT-X-MAP", "URI"): Kind.BYTES,
    ("#EXT-X-PART", "URI"): Kind.BYTES,
    ("#EXT-X-PRELOAD-HINT", "URI"): Kind.BYTES,
    ("#EXT-X-TILES", "URI"): Kind.BYTES,
    ("#EXT-X-DATERANGE", "X-ASSET-URI"): Kind.PLAYLIST,
    ("#EXT-X-DATERANGE", "X-ASSET-LIST"): Kind.ASSETS,
}
BARE = ("#EXT-X-PREFETCH:", "#EXT-X-TWITCH-PREFETCH:")
QUOTED = re.compile(r'[:,]\s*([A-Z0-9-]+)="([^"]*)"')


class Oracle:
    """The lines of a playlist and what stands in each for which URL."""

    def __init__(self, text: str) -> None:
        self.variables: dict[str, str] = {}
        self.multivariant = "#EXT-X-STREAM-INF" in text
        self.promised = False

    def uris(self, line: str) -> list[tuple[str, Kind]]:
        """The URIs in a line as they stand there, in order."""
        name = line.partition(":")[0].strip()
        if name == "#EXT-X-DEFINE":
            self.define(line)
        if name == "#EXT-X-STREAM-INF":
            self.promised = True
        if not line.strip():
            return []
        if not line.startswith("#"):
            stray = self.multivariant and urlsplit(line.strip()).path.endswith((".m3u8", ".m3u"))
            kind = Kind.PLAYLIST if self.promised or stray else Kind.BYTES
            self.promised = False
            return [(line.strip(), kind)]
        if line.startswith(BARE):
            return [(line.partition(":")[2].strip(), Kind.BYTES)]
        return [
            (value, IN_TAGS[name, attribute])
            for attribute, value in QUOTED.findall(line)
            if (name, attribute) in IN_TAGS and value
        ]

    def define(self, line: str) -> None:
        said = dict(QUOTED.findall(line))
        if "QUERYPARAM" in said:
            self.variables[said["QUERYPARAM"]] = dict(parse_qsl(urlsplit(BASE).query)).get(
                said["QUERYPARAM"], ""
            )
        elif "NAME" in said:
            self.variables[said["NAME"]] = self.filled(said.get("VALUE", ""))

    def filled(self, text: str) -> str:
        return re.sub(r"\{\$([\w-]+)\}", lambda found: self.variables.get(found[1], found[0]), text)

    def url(self, uri: str) -> str | None:
        """What a player would fetch for a URI; `None` where no proxy can."""
        url = urljoin(BASE, self.filled(uri)).partition("#")[0]
        return url if urlsplit(url).scheme in ("http", "https") and "{$" not in url else None


@pytest.mark.parametrize("path", PLAYLISTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_uri_is_a_link_to_what_it_was_and_no_other_byte_is_changed(path: Path) -> None:
    body = path.read_bytes()
    rewritten = Rewriter(LINKS, "garage").rewrite(body, BASE)
    oracle = Oracle(body.decode())
    before, after = body.decode().splitlines(True), rewritten.decode().splitlines(True)
    for was, became in zip(before, after, strict=True):
        rest = became
        for uri, kind in oracle.uris(was):
            url = oracle.url(uri)
            if url is None:
                continue
            start = was.index(uri)
            link = re.search(r"/?(?:proxy|relay)\?[^\"\s#]+", rest)
            assert link is not None, was
            assert link.start() == start
            route, _, query = link[0].removeprefix("/").partition("?")
            found = LINKS.read(route, dict(parse_qsl(query)))
            assert (found.kind, unquote(found.url)) == (kind, unquote(url))
            assert rest[: link.start()] == was[:start]
            fragment = "#" + uri.partition("#")[2] if "#" in uri else ""
            was, rest = was[start + len(uri) :], rest[link.end() + len(fragment) :]
        if "QUERYPARAM" in was:
            name = dict(QUOTED.findall(was))["QUERYPARAM"]
            said = f'NAME="{name}",VALUE="{oracle.variables[name]}"'
            was = was.replace(f'QUERYPARAM="{name}"', said)
        assert rest == was
