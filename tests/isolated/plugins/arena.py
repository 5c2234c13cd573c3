"""A plugin as streamlink's users write them, for a broadcaster on this machine.

$description The arena's own channel.
$url 127.0.0.1
$type live
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from streamlink.plugin.plugin import Plugin, pluginmatcher
from streamlink.stream.hls.hls import HLSStream
from streamlink.stream.http import HTTPStream
from streamlink.stream.stream import Stream


@pluginmatcher(re.compile(r"http://127\.0\.0\.1:\d+/channel/(?P<name>\w+)"))
class Arena(Plugin):
    def _get_streams(self) -> Iterator[tuple[str, Stream]]:
        channel = self.session.http.get(self.url).json()
        self.author = "Arena TV"
        self.title = channel["title"]
        headers = {"Referer": self.url, "X-Device": str(self.options.get("device"))}
        for url in channel["hls"]:
            yield from HLSStream.parse_variant_playlist(self.session, url, headers=headers).items()
        for url in channel["progressive"]:
            yield "720p", HTTPStream(self.session, url)


__plugin__ = Arena
