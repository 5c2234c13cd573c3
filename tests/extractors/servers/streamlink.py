"""A broadcaster's site, which a plugin of streamlink knows, and playlists that stand alone."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.extractors.servers.hls import WITH_RENDITION, add_hls
from tests.listener import Listener
from tests.origin import Origin
from tests.origin.faults import Endless, StallBeforeHeaders


@asynccontextmanager
async def broadcaster(private: Listener) -> AsyncIterator[Origin]:
    """Channels of every kind; some lead to `private`, where nobody should come."""
    async with Origin() as origin:
        live = add_hls(origin)
        dubbed = add_hls(origin, "/dubbed", WITH_RENDITION)
        _channel(origin, "live", [live])
        _channel(origin, "dubbed", [dubbed])
        _channel(origin, "off", [])
        _channel(origin, "file", [], [origin.at("/film.mp4")])
        _channel(origin, "inside", [f"{private.url}/live/index.m3u8"])
        origin.route("/channel/changed", '{"titel": "Race"}')
        origin.route("/channel/broken", "<html>We are sorry")
        origin.route("/channel/forbidden", status=403)
        moved = {"Location": f"{private.url}/channel/live"}
        origin.route("/channel/moved", status=302, headers=moved)
        origin.route("/moved.m3u8", status=302, headers=moved)
        origin.fault("/channel/slow", StallBeforeHeaders())
        origin.route("/channel/endless", " " * 65536)
        origin.fault("/channel/endless", Endless())
        yield origin


def _channel(origin: Origin, name: str, hls: list[str], progressive: Sequence[str] = ()) -> None:
    content = {"title": "Race day", "hls": hls, "progressive": [*progressive]}
    origin.route(
        f"/channel/{name}",
        json.dumps(content),
        headers={"Set-Cookie": "session=c00kie; Path=/"},
        content_type="application/json",
    )
