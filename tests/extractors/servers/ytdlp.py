"""A site whose pages yt-dlp reads without knowing them, and a channel that lists some."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.extractors.servers.hls import add_hls
from tests.listener import Listener
from tests.origin import Origin
from tests.origin.faults import StallBeforeHeaders


@asynccontextmanager
async def videos(private: Listener) -> AsyncIterator[Origin]:
    """Pages with players and feeds of them; some lead to `private`, where nobody should come."""
    async with Origin() as origin:
        add_hls(origin)
        _page(origin, "/race", "Race day", "/live/index.m3u8", "application/x-mpegURL")
        _page(origin, "/inside", "Inside", f"{private.url}/x.m3u8", "application/x-mpegURL")
        _page(origin, "/film", "Film", "/film.mp4", "video/mp4")
        origin.route("/film.mp4", b"\0" * 64)
        origin.route("/text", "<title>Words</title>" + "words " * 1000, content_type="text/html")
        origin.route("/moved", status=302, headers={"Location": f"{private.url}/race"})
        origin.route("/broken.m3u8", "#EXTM3U\n#EXT-X-STREAM-INF:\n")
        origin.fault("/slow", StallBeforeHeaders())
        _feed(origin, "/channel", "/race", "/live/index.m3u8", "/gone", "/film")
        _feed(origin, "/empty")
        _feed(origin, "/all-gone", "/gone", "/gone-too")
        _feed(origin, "/many", *(f"/race?n={number}" for number in range(200)))
        yield origin


def _page(origin: Origin, path: str, title: str, source: str, kind: str) -> None:
    origin.route(
        path,
        f"<!DOCTYPE html><html><head><title>{title}</title></head><body>\n"
        f'<video controls><source src="{source}" type="{kind}"></video></body></html>',
        headers={"Set-Cookie": "session=c00kie; Path=/"},
        content_type="text/html",
    )


def _feed(origin: Origin, path: str, *links: str) -> None:
    items = "".join(
        f"<item><title>Video {number}</title><link>{origin.at(link)}</link>"
        f"<guid>v{number}</guid></item>"
        for number, link in enumerate(links)
    )
    origin.route(
        path,
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Channel</title>{items}'
        "</channel></rss>",
        content_type="application/rss+xml",
    )
