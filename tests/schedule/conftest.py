"""A timetable over real HTTP, with a clock that the test turns."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from f1stream.net.client import Client, Timeouts, connect
from f1stream.net.guard import Guard
from f1stream.schedule import Jolpica, Schedule, Storage, Timetable, bundled
from tests.origin import Origin
from tests.schedule.jolpica_server import JolpicaServer, season_2026


@dataclass
class Clock:
    """Wall time, as set."""

    time: datetime

    def __call__(self) -> datetime:
        return self.time

    def set(self, text: str) -> None:
        self.time = utc(text)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass
class World:
    """The API, the clock, and the file of one timetable."""

    server: JolpicaServer
    clock: Clock
    client: Client
    file: Path
    bundled: Schedule

    async def timetable(self) -> Timetable:
        """As a process that starts now has it."""
        storage = Storage(self.file)
        kept = await asyncio.to_thread(storage.load)
        api = Jolpica(self.client, self.server.url, patience_s=1)
        return Timetable(api, storage, kept=kept, bundled=self.bundled, clock=self.clock)


@pytest.fixture
async def world(origin: Origin, tmp_path: Path) -> AsyncIterator[World]:
    timeouts = Timeouts(connect_s=1, head_s=0.3, read_s=0.3)
    guard = Guard([ipaddress.ip_network("127.0.0.1/32")])
    async with connect(guard, timeouts=timeouts, user_agent="f1stream/test") as client:
        server = JolpicaServer(origin, {2026: season_2026()})
        clock = Clock(utc("2026-07-04 12:00"))
        season = await asyncio.to_thread(bundled)
        yield World(server, clock, client, tmp_path / "kept" / "schedule.json", season)
