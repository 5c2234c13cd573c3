"""A broadcaster's feed: RSS with Media RSS, or Atom."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from tests.extractors.servers import playlist, serving

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>Live</title><link>https://example.org/</link><description>What is on</description>
<item><title>Press conference</title><link>/watch/1</link><guid>ev-1</guid>
  <pubDate>Sat, 04 Jul 2026 16:00:00 GMT</pubDate></item>
<item><title>Race</title><link>/watch/2</link><guid isPermaLink="false">ev-2</guid>
  <pubDate>Sun, 05 Jul 2026 14:00:00 GMT</pubDate>
  <enclosure url="/live/race.m3u8?t=1&amp;u=2" type="application/x-mpegURL" length="0"/></item>
<item><title>Qualifying</title><guid isPermaLink="false">ev-3</guid>
  <pubDate>Sat, 04 Jul 2026 14:00:00 GMT</pubDate>
  <media:group><media:content url="/live/quali" type="application/vnd.apple.mpegurl"/>
  <media:content url="/quali.mp4" type="video/mp4"/></media:group></item>
</channel></rss>
"""

ATOM = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>Live</title><id>urn:feed</id>
<updated>2026-07-05T14:00:00Z</updated>
<entry><title>Practice</title><id>urn:ev-1</id><updated>2026-07-03T11:30:00Z</updated>
  <link rel="alternate" href="/watch/1"/></entry>
<entry><title>Race</title><id>urn:ev-2</id><updated>2026-07-05T14:00:00Z</updated>
  <link rel="enclosure" type="application/vnd.apple.mpegurl" href="/live/race.m3u8"/></entry>
</feed>
"""


@asynccontextmanager
async def feed_server(
    content: str | bytes = RSS, *, content_type: str = "application/rss+xml"
) -> AsyncIterator[str]:
    """Answers with `content`; yields the URL of the feed."""

    async def feed(request: web.Request) -> web.Response:
        body = content if isinstance(content, bytes) else content.encode()
        return web.Response(body=body, content_type=content_type)

    async def media(request: web.Request) -> web.Response:
        return playlist()

    async with serving(web.get("/live.rss", feed), web.get("/live/{name}", media)) as url:
        yield f"{url}/live.rss"
