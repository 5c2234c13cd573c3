"""Viewers that join while a segment is still on its way to the first one."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Mapping
from typing import Any

from bench.load.aside import answer_with
from bench.load.connection import Reply, connected, new_sink
from bench.load.percentiles import percentile


async def _joined(port: int, path: str, after_s: float, sink: memoryview) -> Reply:
    async with connected(port, sink) as connection:
        await asyncio.sleep(after_s)
        reply = await connection.ask(path, timed=True)
    if reply.status != 200:
        raise ConnectionError(f"answered with {reply.status}")
    return reply


def lags_s(leader: Reply, joiner: Reply) -> Iterator[float]:
    """How long after the leader had each further byte did the joiner have it.

    What the leader had before the joiner asked counts from there on.
    """
    arrivals = iter(joiner.arrivals)
    at_s, received = next(arrivals)
    for available_s, offset in leader.arrivals:
        while received < offset:
            at_s, received = next(arrivals)
        yield max(0.0, at_s - max(available_s, joiner.asked_s))


async def joined(request: dict[str, Any]) -> Mapping[str, float]:
    """Each path in turn: one leader, then `joiners` at random moments within `spread_s`."""
    port, sink = int(request["port"]), new_sink()
    moments = random.Random(int(request["seed"]))
    lags_ms: list[float] = []
    first_bytes_ms: list[float] = []
    for path in request["paths"]:
        async with asyncio.TaskGroup() as group:
            leading = group.create_task(_joined(port, path, 0, sink))
            joining = [
                group.create_task(
                    _joined(port, path, 0.1 + moments.random() * request["spread_s"], sink)
                )
                for _ in range(request["joiners"])
            ]
        leader = leading.result()
        for task in joining:
            joiner = task.result()
            lags_ms += [1000 * lag_s for lag_s in lags_s(leader, joiner)]
            first_bytes_ms.append(1000 * (joiner.arrivals[0][0] - joiner.asked_s))
    return {
        "first_byte_p50_ms": percentile(first_bytes_ms, 0.5),
        "first_byte_p99_ms": percentile(first_bytes_ms, 0.99),
        "lag_p50_ms": percentile(lags_ms, 0.5),
        "lag_p99_ms": percentile(lags_ms, 0.99),
    }


if __name__ == "__main__":
    answer_with(joined)
