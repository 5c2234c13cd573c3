"""What plays in the soak: live streams whose every byte is known, and what is wrong on purpose."""

from __future__ import annotations

import base64
import random
import re
from collections import deque
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import parse_qs, urljoin, urlsplit

from tests.origin import LiveWindow, Origin, Request, Response, encode
from tests.origin.message import Handler

WINDOW = 6
# A viewer may be served a playlist that is a few target durations old.
REMEMBERED = 200
LARGE_S = 2
LARGE_SEGMENTS = 40
LARGEST_BYTES = 800_000
_ATTRIBUTE = re.compile(r'URI="([^"]+)"')
_LINK = re.compile(r'/?(?:relay|proxy)\?url=[^"\s]+')


@dataclass
class Channel:
    """A live stream: its segments lie in `folder`, and it remembers each playlist it gave."""

    name: str
    prefix: str
    folder: Path
    window: LiveWindow
    every_s: float
    told: deque[str] = field(default_factory=lambda: deque(maxlen=REMEMBERED))

    async def answer(self, handler: Handler, request: Request) -> Response:
        """A manner of the origin: answer as ever, and remember the playlists."""
        response = await handler(request)
        if request.path.endswith(".m3u8"):
            self.told.append(absolute(response.body.decode(), request_url(request)))
        return response

    def next_segment(self) -> str:
        """How the path of the segment that comes next begins."""
        return f"{self.prefix}{self.window.media_sequence + WINDOW}-"

    def body(self, url: str) -> bytes:
        """What the origin has at that URL."""
        name = urlsplit(url).path.removeprefix(self.prefix)
        return _contents(self.folder / name.rpartition("-")[2])


def mounted(origin: Origin, folder: Path) -> list[Channel]:
    """Streams that browsers can play, and larger ones that only bytes can be compared of."""
    encoded = encode(folder / "encoded")
    playlists = {
        "Plain": (encoded.ts, 1),
        "Fragmented": (encoded.fmp4, 1),
        "Encrypted": (encoded.aes128, 1),
        **{f"Large {number}": (_large(folder / f"large{number}"), LARGE_S) for number in range(4)},
    }
    channels = []
    for number, (name, (playlist, every_s)) in enumerate(playlists.items()):
        prefix = f"/{number}/"
        window = LiveWindow(playlist, window=WINDOW)
        window.mount(origin, prefix)
        channel = Channel(name, prefix, playlist.parent, window, every_s)
        origin.behave(prefix + "index.m3u8", channel)
        channels.append(channel)
    return channels


def upstream(link: str) -> str:
    """The upstream URL that a link leads to."""
    packed = parse_qs(urlsplit(link).query)["url"][0]
    return base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()


def unlinked(playlist: str) -> str:
    """A playlist that f1stream has rewritten, with upstream URLs again."""
    return _LINK.sub(lambda link: upstream(link[0]), playlist)


def absolute(playlist: str, base: str) -> str:
    """A playlist with absolute URLs, as they are after a proxy has been at it."""
    lines = []
    for line in playlist.split("\n"):
        if line.startswith("#"):
            lines.append(_ATTRIBUTE.sub(lambda uri: f'URI="{urljoin(base, uri[1])}"', line))
        else:
            lines.append(line and urljoin(base, line))
    return "\n".join(lines)


def request_url(request: Request) -> str:
    """Its absolute URL."""
    return f"http://{request.headers['Host']}{request.target}"


def _large(folder: Path) -> Path:
    """Noise in segments of all sizes, as a playlist that ends."""
    folder.mkdir()
    lines = [f"#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{LARGE_S}"]
    chance = random.Random(folder.name)
    for number in range(LARGE_SEGMENTS):
        (folder / f"{number}.ts").write_bytes(chance.randbytes(chance.randint(1, LARGEST_BYTES)))
        lines.append(f"#EXTINF:{LARGE_S},\n{number}.ts")
    playlist = folder / "index.m3u8"
    playlist.write_text("\n".join([*lines, "#EXT-X-ENDLIST", ""]))
    return playlist


@cache
def _contents(file: Path) -> bytes:
    return file.read_bytes()
