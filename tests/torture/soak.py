"""Viewers who join and leave while the upstream fails at random, with all services at work."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.origin import Fault, Origin
from tests.origin.faults import (
    Bomb,
    BrokenChunk,
    EndlessHead,
    Html,
    Late,
    Overlong,
    Reset,
    ResetWhenReused,
    SlowBody,
    StallBeforeHeaders,
    StallInBody,
    Status,
    Truncate,
    WrongLength,
)
from tests.torture.channels import Channel
from tests.torture.inside import Inside
from tests.torture.service import Service
from tests.torture.watching import Seen, Viewer

FAULTS: tuple[Fault, ...] = (
    Status(500),
    Status(503),
    Status(403),
    Status(404),
    Reset(),
    Reset(1_000),
    ResetWhenReused(),
    Truncate(5_000),
    WrongLength(("1000", "2000")),
    BrokenChunk(3_000),
    Overlong(),
    StallBeforeHeaders(),
    StallInBody(2_000),
    EndlessHead(),
    Late(0.5),
    SlowBody(20_000, 0.05),
)
# A page in a segment's place is what the origin has there.
PLAYLIST_FAULTS = (*FAULTS, Html(), Bomb())
# From here on memory is to stay as it is.
WARM_S = 300
GROWTH = 1.10
# A bomb that unpacks takes its limit for a moment: what stays is the median of a minute's samples.
MINUTE = 60
SETTLES_S = 90
# Connections that rest in the pool, and a browser's.
SPARE_DESCRIPTORS = 40
SPARE_TASKS = 10
# How often, on average, the operator reads the sources anew, and a viewer reports a stream.
EXTRACT_EVERY_S = 20
REPORT_EVERY_S = 15


@dataclass(frozen=True)
class Sample:
    """What it took, so many seconds from the start."""

    at_s: float
    rss_mib: float
    family_mib: float


async def soak(
    service: Service, origin: Origin, channels: Sequence[Channel], viewers: int, seconds: float
) -> tuple[list[str], list[str]]:
    """The rows of the report, and what does not hold."""
    before, descriptors = await service.inside(), service.descriptors()
    seen = Seen()
    async with asyncio.TaskGroup() as group:
        watching = [
            group.create_task(Viewer(service.port, seen).watch(channels, service.streams))
            for _ in range(viewers)
        ]
        samples = await _spoilt(service, origin, channels, seconds)
        for each in watching:
            each.cancel()
    origin.heal()
    after = await _settled(service, before, descriptors)
    checks = await _verifications(service)
    return _report(samples, seen, (before, after), (descriptors, service.descriptors()), checks)


async def _spoilt(
    service: Service, origin: Origin, channels: Sequence[Channel], seconds: float
) -> list[Sample]:
    """Let the upstream fail, now here, now there; samples of each second."""
    samples = []
    began_s = time.monotonic()
    async with aiohttp.ClientSession(service.url) as operator:
        while (at_s := time.monotonic() - began_s) < seconds:
            origin.heal()
            origin.requests.clear()
            for _ in range(random.randint(0, 3)):
                _spoil(origin, random.choice(channels))
            if random.random() < 1 / EXTRACT_EVERY_S:
                (await operator.post("/extract")).release()
            if random.random() < 1 / REPORT_EVERY_S:
                await _report_one(operator)
            samples.append(Sample(at_s, service.rss_mib(), service.family_mib()))
            await asyncio.sleep(1)
    return samples


def _spoil(origin: Origin, channel: Channel) -> None:
    times = random.randint(1, 3)
    if random.random() < 0.3:
        path = channel.prefix + "index.m3u8"
        origin.fault(path, random.choice(PLAYLIST_FAULTS), times=times)
    else:
        origin.fault(channel.next_segment(), random.choice(FAULTS), times=times)


async def _report_one(operator: aiohttp.ClientSession) -> None:
    listed = (await (await operator.get("/streams/all")).json())["streams"]
    (await operator.post(f"/streams/{random.choice(listed)['id']}/report")).release()


async def _settled(service: Service, before: Inside, descriptors: int) -> Inside:
    """What it holds once all have left, or after a while what it does not let go of."""
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLES_S):
            while True:
                await asyncio.sleep(2)
                now = await service.inside()
                few = service.descriptors() <= descriptors + SPARE_DESCRIPTORS
                if few and not now.in_flight and now.tasks <= before.tasks + SPARE_TASKS:
                    return now
    return await service.inside()


async def _verifications(service: Service) -> dict[str, int]:
    """How many checks there were, by means and by what was proven or why not."""
    async with aiohttp.ClientSession(service.url) as operator:
        text = await (await operator.get("/metrics")).text()
    return {
        f"{sample.labels['means']} {sample.labels['outcome']}": int(sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "f1stream_verifications_total"
    }


def _report(
    samples: Sequence[Sample],
    seen: Seen,
    inside: tuple[Inside, Inside],
    descriptors: tuple[int, int],
    checks: dict[str, int],
) -> tuple[list[str], list[str]]:
    before, after = inside
    ends_s = samples[-1].at_s
    warm = [each for each in samples if each.at_s >= min(WARM_S, ends_s / 2)]
    minutes_mib = [
        statistics.median(each.rss_mib for each in warm[start : start + MINUTE])
        for start in range(0, max(len(warm) - MINUTE, 1), MINUTE)
    ]
    first_mib, most_mib = minutes_mib[0], max(minutes_mib)
    rows = [
        f"| soak | {ends_s:.0f} s |",
        f"| answers | {_told(seen.statuses)} |",
        f"| bodies compared with the origin's | {_told(seen.bodies)} |",
        f"| bytes compared, wrong answers, never answered | {seen.bytes_checked / 1e9:.1f} GB, "
        f"{len(seen.wrong)}, {len(seen.forgotten)} |",
        f"| verifications | {_told(checks)} |",
        f"| memory from five minutes on (or half), medians of each minute | "
        f"{' '.join(f'{mib:.0f}' for mib in minutes_mib)} MiB |",
        f"| the least and the most that was seen of it | {min(each.rss_mib for each in warm):.0f}, "
        f"{max(each.rss_mib for each in warm):.0f} MiB; with browser and driver "
        f"{max(each.family_mib for each in warm):.0f} MiB at most |",
        f"| tasks, in flight, stray bytes before | {_held(before)} |",
        f"| the same after | {_held(after)} |",
        f"| descriptors before, after | {descriptors[0]}, {descriptors[1]} |",
    ]
    judged = {
        f"wrong answers: {seen.wrong[:3]}": bool(seen.wrong),
        f"never answered: {seen.forgotten[:3]}": bool(seen.forgotten),
        # Before that it is still being filled.
        f"memory grew from {first_mib:.0f} to {most_mib:.0f} MiB": ends_s > WARM_S
        and most_mib > first_mib * GROWTH,
        "tasks are left": after.tasks > before.tasks + SPARE_TASKS,
        "fetches are left": after.in_flight > 0,
        "buffers are lost": after.stray_bytes != 0,
        "descriptors are left": descriptors[1] > descriptors[0] + SPARE_DESCRIPTORS,
    }
    return rows, [what for what, so in judged.items() if so]


def _told(counts: dict[str, int]) -> str:
    return ", ".join(f"{name}: {count}" for name, count in sorted(counts.items()))


def _held(inside: Inside) -> str:
    return f"{inside.tasks}, {inside.in_flight}, {inside.stray_bytes}"
