"""Pages whose players ask for playlists, and pages that are a nuisance."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.extractors.servers.hls import MEDIA, add_hls
from tests.listener import Listener
from tests.origin import Origin
from tests.origin.faults import Endless, StallBeforeHeaders, StallInBody

# What a player does: the multivariant playlist, one of its media playlists, a segment, again.
PLAYER = """
async function play() {
  await fetch("/live/index.m3u8?t=1", {headers: {Authorization: "Bearer s3cret"}})
  await fetch("/live/low.m3u8?_HLS_msn=8")
  await fetch("/live/low.m3u8?_HLS_msn=9")
  await fetch("/7.ts")
}
"""
PAGES = {
    "/plays": f"<title>Race day</title><script>{PLAYER} play()</script>",
    "/asks": f"<title>Race day</title><button class=play>Play</button><script>{PLAYER}"
    "document.querySelector('button').onclick = play</script>",
    "/frames": "<title>Outer</title><iframe src='/plays'></iframe>",
    "/media": "<title>Media</title><script>fetch('/live/low.m3u8')</script>",
    "/vague": "<title>Vague</title><script>fetch('/vague/playlist')</script>",
    "/several": "<title>Several</title><script>"
    "fetch('/a/index.m3u8').then(() => fetch('/b/index.m3u8'))</script>",
    "/untitled": f"<script>{PLAYER} play()</script>",
    "/quiet": "<title>Nothing here</title><p>words</p>",
    "/lies": "<title>Lies</title><script>fetch('/lies/a.m3u8'); fetch('/lies/b.m3u8')</script>",
    "/stalls": "<title>Stalls</title><script>fetch('/endless.m3u8'); fetch('/stalls.m3u8');"
    "fetch('/stalls.txt')</script>",
    "/alerts": f"<title>Alerts</title><script>{PLAYER} play();"
    "setInterval(() => { while (true) alert('x') }, 100)</script>",
    "/popups": f"<title>Popups</title><script>{PLAYER} play();"
    "setInterval(() => open('/quiet'), 10)</script>",
    "/downloads": f"<title>Downloads</title><script>{PLAYER} play();"
    "setInterval(() => { location = '/file.zip' }, 50)</script>",
    "/busy": f"<title>Busy</title><script>{PLAYER} play();"
    "setTimeout(() => { while (true); }, 300)</script>",
    "/hoards": "<title>Hoards</title><script>const all = [];"
    "while (true) all.push(new Array(4e6).fill(1.5))</script>",
    "/reloads": f"<title>Reloads</title><script>{PLAYER} play();"
    "setTimeout(() => location.reload(), 20)</script>",
}


@asynccontextmanager
async def pages(private: Listener) -> AsyncIterator[Origin]:
    """The pages; some lead to `private`, where nobody should come."""
    async with Origin() as origin:
        for path, text in PAGES.items():
            cookie = {"Set-Cookie": "session=c00kie; Path=/"}
            body = f"<!DOCTYPE html>{text}"
            origin.route(path, body, headers=cookie, content_type="text/html; charset=utf-8")
        for folder in ("/live", "/a", "/b"):
            add_hls(origin, folder)
        origin.route("/vague/playlist", MEDIA, content_type="text/plain")
        origin.route("/lies/a.m3u8", "<html>We are sorry")
        origin.route("/lies/b.m3u8", b"#EXTM3U\n#EXT-X-STREAM-INF:\n\xff\x00\n")
        origin.route("/endless.m3u8", "#" * 65536)
        origin.fault("/endless.m3u8", Endless())
        for path in ("/stalls.m3u8", "/stalls.txt"):
            origin.route(path, MEDIA, content_type="text/plain")
            origin.fault(path, StallInBody(8))
        origin.route("/file.zip", b"x" * 4096, content_type="application/zip")
        origin.route("/moved", status=302, headers={"Location": f"{private.url}/plays"})
        origin.route("/forbidden", "<title>No</title>", status=403, content_type="text/html")
        origin.fault("/slow", StallBeforeHeaders())
        yield origin
