"""Viewers who join, watch and leave, and compare each byte with what the origin has."""

from __future__ import annotations

import asyncio
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.viewer import Got, read
from tests.torture.channels import Channel, unlinked, upstream

# Who waits longer than the service's own timeouts was forgotten.
PATIENCE_S = 30
# What one viewer sees before they go, at most.
ROUNDS = 40
# One in so many segments is left in its middle, connection and all.
LEFT = 25
_URI = re.compile(r'URI="([^"]+)"')


@dataclass
class Seen:
    """What all of them have seen: answers by kind and status, and bodies by what became of them.

    `wrong` says what was not as the origin has it, `forgotten` who was never answered.
    """

    statuses: Counter[str] = field(default_factory=Counter)
    bodies: Counter[str] = field(default_factory=Counter)
    bytes_checked: int = 0
    wrong: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)


class Viewer:
    """One connection at a time, kept as long as it is answered well."""

    def __init__(self, port: int, seen: Seen) -> None:
        self._port = port
        self._seen = seen
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def watch(self, channels: Sequence[Channel], play_urls: Mapping[str, str]) -> None:
        """Watch one channel after the other, until cancelled."""
        try:
            while True:
                channel = random.choice(channels)
                await self._channel(channel, play_urls[channel.name], random.randint(1, ROUNDS))
                self._leave()
                await asyncio.sleep(random.random() * 3)
        finally:
            self._leave()

    async def _channel(self, channel: Channel, play_url: str, rounds: int) -> None:
        known: set[str] = set()
        for _ in range(rounds):
            got = await self._get("playlist", play_url)
            if got.status == 200 and got.whole:
                playlist = got.body.decode()
                self._compare_playlist(channel, playlist)
                for link in _newest(playlist, known):
                    await self._segment(channel, link)
            await asyncio.sleep(channel.every_s * random.uniform(0.7, 1.3))

    async def _segment(self, channel: Channel, link: str) -> None:
        if random.randrange(LEFT) == 0:
            await self._leave_in_the_middle(link)
            return
        got = await self._get("media", link)
        if got.status == 200:
            self._compare(channel, upstream(link), got)

    async def _get(self, kind: str, link: str) -> Got:
        target = "/" + link.removeprefix("/")
        try:
            async with asyncio.timeout(PATIENCE_S):
                got = await self._asked(target)
        except TimeoutError:
            self._leave()
            self._seen.forgotten.append(f"{kind} of {upstream(link)}")
            return Got(0, b"", False)
        if not got.whole:
            self._leave()
        self._seen.statuses[f"{kind} {got.status}"] += 1
        return got

    async def _asked(self, target: str) -> Got:
        reader, writer = self._open or await self._connected()
        writer.write(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        return await read(reader)

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        self._open = await asyncio.open_connection("127.0.0.1", self._port)
        return self._open

    async def _leave_in_the_middle(self, link: str) -> None:
        reader, writer = self._open or await self._connected()
        writer.write(f"GET /{link.removeprefix('/')} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        try:
            async with asyncio.timeout(random.random() / 5):
                await reader.readexactly(random.randint(1, 50_000))
        except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
            pass
        self._seen.bodies["left"] += 1
        self._leave()

    def _leave(self) -> None:
        if self._open is not None:
            self._open[1].transport.abort()
            self._open = None

    def _compare_playlist(self, channel: Channel, playlist: str) -> None:
        if unlinked(playlist) in channel.told:
            self._seen.bodies["playlists"] += 1
        else:
            self._seen.wrong.append(f"a playlist of {channel.name}: {playlist!r}")

    def _compare(self, channel: Channel, url: str, got: Got) -> None:
        body = channel.body(url)
        self._seen.bytes_checked += len(got.body)
        if got.whole and got.body == body:
            self._seen.bodies["whole"] += 1
        elif not got.whole and body.startswith(got.body):
            self._seen.bodies["short"] += 1
        else:
            self._seen.wrong.append(f"{url}: {len(got.body)} of {len(body)} bytes")


def _newest(playlist: str, known: set[str]) -> list[str]:
    """What a player asks for next: what it needs, then what is new of the last three segments."""
    needed = _URI.findall(playlist)
    segments = [line for line in playlist.splitlines() if line and not line.startswith("#")]
    fresh = [link for link in dict.fromkeys([*needed, *segments[-3:]]) if link not in known]
    known.update(fresh)
    return fresh
