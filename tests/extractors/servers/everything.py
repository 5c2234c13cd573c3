"""A source of every kind, as one configuration."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from f1stream.demo import demo_origin
from tests.extractors.servers import SEGMENT
from tests.extractors.servers.browser import pages
from tests.extractors.servers.discord import CHANNEL, TOKEN, a_message, discord_server
from tests.extractors.servers.feed import feed_server
from tests.extractors.servers.go2rtc import go2rtc_server
from tests.extractors.servers.jellyfin import TOKEN as API_KEY
from tests.extractors.servers.jellyfin import jellyfin_server
from tests.extractors.servers.jsonapi import jsonapi_server
from tests.extractors.servers.m3u import m3u_server
from tests.extractors.servers.mediamtx import mediamtx_server
from tests.extractors.servers.oembed import oembed_server
from tests.extractors.servers.owncast import owncast_server
from tests.extractors.servers.page import WATCH, page_server
from tests.extractors.servers.peertube import peertube_server
from tests.extractors.servers.streamlink import broadcaster
from tests.extractors.servers.stremio import stremio_server
from tests.extractors.servers.xtream import PASSWORD, USERNAME, xtream_server
from tests.extractors.servers.ytdlp import videos
from tests.listener import Listener
from tests.program import LOOPBACK

_ITEM = "<item><title>Sprint</title><link>{link}</link><guid>ev-1</guid></item>"
_RSS = (
    '<?xml version="1.0"?><rss version="2.0"><channel><title>On air</title>{item}</channel></rss>'
)


@asynccontextmanager
async def every_source(segment: bytes) -> AsyncIterator[str]:
    """Servers for all eighteen, playing `segment`; yields an f1stream.toml that names them.

    Their secrets are, or contain, `hunter2`, `s3cret` and `c00kie`.
    """
    SEGMENT.set(segment)
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        nobody = await enter(Listener())
        site, club = await enter(broadcaster(nobody)), await enter(videos(nobody))
        played = await enter(pages(nobody))
        page = await enter(
            page_server({path: _embedding(path) for path in ("/watch", "/posted", "/announced")})
        )
        posted = a_message(f"Free practice: {page.replace('/watch', '/posted')}?pw=hunter2")
        rss = _RSS.format(item=_ITEM.format(link=page.replace("/watch", "/announced")))
        mediamtx = await enter(mediamtx_server())
        yield LOOPBACK + "".join(
            (
                _table("direct", "Garage camera", url=site.at("/live/index.m3u8?token=hunter2")),
                _table("m3u", "My channels", url=await enter(m3u_server())),
                _table(
                    "xtream",
                    "My subscription",
                    url=await enter(xtream_server()),
                    username=USERNAME,
                    password=PASSWORD,
                ),
                _table(
                    "jellyfin", "Living room", url=await enter(jellyfin_server()), token=API_KEY
                ),
                _table("mediamtx", "My MediaMTX", url=mediamtx, hls_url=mediamtx),
                _table("owncast", "Paddock radio", url=await enter(owncast_server())),
                _table("peertube", "Racing on PeerTube", url=await enter(peertube_server())),
                _table("go2rtc", "Cameras", url=await enter(go2rtc_server())),
                _table("streamlink", "A broadcaster", url=site.at("/live/index.m3u8")),
                _table("ytdlp", "A channel", url=club.at("/channel")),
                _table("page", "Circuit webcam", url=page),
                _table("browser", "Track camera", url=played.at("/plays")),
                _table(
                    "jsonapi",
                    "Club cameras",
                    endpoint=await enter(jsonapi_server(token="hunter2")),
                    request_headers={"Authorization": "Bearer hunter2"},
                    streams="data.cameras[?online]",
                    key="id",
                    title="place",
                    url="hls.url",
                    quality="hls.height",
                ),
                _table("feed", "Broadcaster's live feed", url=await enter(feed_server(rss))),
                _table("oembed", "Paddock interviews", url=await enter(oembed_server())),
                _table("stremio", "Living room add-on", url=await enter(stremio_server())),
                _table(
                    "discord",
                    "Club server",
                    token=TOKEN,
                    channels=[CHANNEL],
                    domains=["127.0.0.1"],
                    api=await enter(discord_server({CHANNEL: [posted]})),
                ),
                _table("demo", "Test card", url=(await enter(demo_origin())).url),
            )
        )


def _embedding(path: str) -> str:
    return WATCH.replace("/live/", f"{path}/live/")


def _table(kind: str, name: str, **options: Any) -> str:
    lines = [f"{key} = {_value(value)}\n" for key, value in options.items()]
    return f'\n[[sources]]\ntype = "{kind}"\nname = "{name}"\n{"".join(lines)}'


def _value(value: Any) -> str:
    """A text, a list of them or a table of them, as TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {json.dumps(one)}" for key, one in value.items()) + " }"
    return json.dumps(value)
