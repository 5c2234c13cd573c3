"""Viewers that ask at their own pace, whatever the service could do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bench.load.aside import answer_with
from bench.load.connection import connected, new_sink
from bench.load.percentiles import percentile


@dataclass(frozen=True, slots=True)
class Crowd:
    """`viewers` ask for `path` once every `every_s`, each on a connection of its own."""

    port: int
    path: str
    viewers: int
    every_s: float
    duration_s: float
    least_bytes: int


async def _view(crowd: Crowd, number: int, sink: memoryview) -> list[float]:
    """The milliseconds that each answer took."""
    took_ms: list[float] = []
    begins_s = time.perf_counter() + crowd.every_s * number / crowd.viewers
    ends_s = time.perf_counter() + crowd.duration_s
    async with connected(crowd.port, sink) as connection:
        while begins_s < ends_s:
            await asyncio.sleep(max(0.0, begins_s - time.perf_counter()))
            reply = await connection.ask(crowd.path)
            if reply.status != 200 or reply.received_bytes < crowd.least_bytes:
                raise ConnectionError(f"{reply.status} with {reply.received_bytes} bytes")
            took_ms.append(reply.took_s * 1000)
            begins_s = max(begins_s + crowd.every_s, time.perf_counter())
    return took_ms


async def asked(request: dict[str, Any]) -> Mapping[str, float]:
    """How long they waited."""
    crowd = Crowd(**request)
    sink = new_sink()
    async with asyncio.TaskGroup() as group:
        viewing = [group.create_task(_view(crowd, number, sink)) for number in range(crowd.viewers)]
    took_ms = [ms for task in viewing for ms in task.result()]
    return {
        "requests": len(took_ms),
        "p50_ms": percentile(took_ms, 0.5),
        "p99_ms": percentile(took_ms, 0.99),
    }


if __name__ == "__main__":
    answer_with(asked)
