"""Tests that go on for longer than in the suite; what they print as rows goes into the report."""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]


async def tested(*files: str, environment: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The rows that those tests print, and what does not hold."""
    pytest = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pytest", "-s", "-q", "-p", "no:cacheprovider", *files),
        stdout=PIPE,
        stderr=STDOUT,
        cwd=ROOT,
        env={**os.environ, **environment},
    )
    try:
        output, _ = await pytest.communicate()
    finally:
        if pytest.returncode is None:
            pytest.kill()
            await pytest.wait()
    said = output.decode(errors="replace")
    rows = [line for line in said.splitlines() if line.startswith("| ")]
    if pytest.returncode == 0:
        return rows, []
    print(said)
    return rows, [f"{' '.join(files)} failed; its output is above"]
