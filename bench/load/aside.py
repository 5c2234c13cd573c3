"""Clients in a process of their own, so that their work delays nobody else's."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

import uvloop

from bench.limits import raise_open_files
from bench.load.wrk import Spoilt

TREE = Path(__file__).resolve().parents[2]


async def run_aside(module: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Run `python -m module`: it reads `request` as JSON and answers with JSON."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", module),
        cwd=TREE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        answer, errors = await process.communicate(json.dumps(request).encode())
    finally:
        if process.returncode is None:
            process.kill()
    if process.returncode:
        raise Spoilt(f"{module}: {errors.decode(errors='replace').strip()[-1000:]}")
    found: dict[str, Any] = json.loads(answer)
    return found


def answer_with(client: Callable[[dict[str, Any]], Awaitable[Mapping[str, Any]]]) -> None:
    """The other side of `run_aside`."""
    raise_open_files()
    request: dict[str, Any] = json.load(sys.stdin)

    async def answered() -> Mapping[str, Any]:
        return await client(request)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        try:
            json.dump(runner.run(answered()), sys.stdout)
        except* OSError as errors:
            sys.exit(repr(_first(errors)))


def _first(error: BaseException) -> BaseException:
    """One of many that mean the same: a service that failed one viewer failed them all."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
