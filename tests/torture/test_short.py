"""Torture for a few seconds: what holds for half an hour holds here, and what tortures works."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.faults.viewer import get
from tests.origin import Origin
from tests.torture.channels import mounted
from tests.torture.crowd import idle, slow
from tests.torture.service import a_service
from tests.torture.soak import soak

SOAK_S = 12
VIEWERS = 40
IDLE = 300


async def test_every_byte_is_right_and_nothing_is_left(tmp_path: Path, origin: Origin) -> None:
    channels = mounted(origin, tmp_path)
    sources = {each.name: origin.at(each.prefix + "index.m3u8") for each in channels}
    async with a_service(tmp_path, sources) as service:
        rows, missed = await soak(service, origin, channels, VIEWERS, SOAK_S)
        assert missed == []
        assert service.unhandled() == []
    [bodies] = [row for row in rows if row.startswith("| bodies")]
    assert "playlists" in bodies
    assert "whole" in bodies


async def test_a_crowd_is_held_and_gone_when_it_has_left(tmp_path: Path, origin: Origin) -> None:
    origin.route("/a.ts", bytes(400_000))
    playlist = origin.route("/x.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\na.ts\n")
    async with a_service(tmp_path, {"Crowded": playlist}) as service:
        got = await get(service.port, service.streams["Crowded"])
        segment = "/" + got.body.decode().splitlines()[-1]
        before = service.descriptors()
        async with idle(service.port, IDLE) as inside, slow(service.port, segment, 20):
            assert inside == IDLE
            assert service.descriptors() > IDLE
            assert (await get(service.port, segment)).whole
        async with asyncio.timeout(20):
            while service.descriptors() > before + 2:
                await asyncio.sleep(0.1)
