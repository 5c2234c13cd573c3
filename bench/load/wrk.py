"""wrk: as many requests as a service answers, from one thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("walk.lua")


class Spoilt(Exception):
    """A measurement that means nothing: requests failed."""


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk sent and got; `received_bytes` include the heads."""

    requests: int
    received_bytes: int
    took_s: float
    errors: int
    p50_ms: float
    p99_ms: float


async def drive(
    paths: Sequence[str],
    *,
    port: int,
    connections: int,
    duration_s: float,
    directory: Path,
    least_bytes: int,
) -> Load:
    """Ask for `paths` in turn, over and over. Raises `Spoilt` where an answer failed.

    `least_bytes` is what an answer holds at the very least.
    """
    listing = directory / "paths.txt"
    listing.write_text("\n".join(paths) + "\n")
    process = await asyncio.create_subprocess_exec(
        "wrk",
        *("-t", "1", "-c", str(connections), "-d", f"{max(1, round(duration_s))}s"),
        *("--timeout", "20s", "-s", str(SCRIPT), f"http://127.0.0.1:{port}", "--", str(listing)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise Spoilt(f"wrk: {output.decode(errors='replace')}")
    load = Load(**json.loads(output.decode().strip().splitlines()[-1]))
    if load.errors:
        raise Spoilt(f"{load.errors} of {load.requests} requests failed")
    if load.received_bytes < load.requests * least_bytes:
        raise Spoilt(f"{load.received_bytes} bytes in {load.requests} answers: some are short")
    return load
