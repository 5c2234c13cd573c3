"""`python -m tests.torture [kills] [fuzz] [crowd] [soak]`, all of them by default; see `--help`.

A report of the figures is written; it ends with 1 where something did not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from f1stream.net import descriptors
from tests.browser.chromium import CHROMIUM
from tests.faults.viewer import get
from tests.origin import Origin
from tests.torture.channels import mounted
from tests.torture.crowd import crowd
from tests.torture.service import Service, a_service
from tests.torture.soak import soak
from tests.torture.suites import tested

SMALL, LARGE = 100_000, 800_000
Found = tuple[list[str], list[str]]


async def killed(folder: Path, options: argparse.Namespace) -> Found:
    """Killed at random moments under load, again and again."""
    return await tested(
        "tests/faults/test_kills.py", environment={"F1STREAM_KILLS": str(options.kills)}
    )


async def fuzzed(folder: Path, options: argparse.Namespace) -> Found:
    """What is nearly HTTP, and what the OpenAPI document allows, each for so long."""
    rows: list[str] = []
    missed: list[str] = []
    for file in ("tests/http/test_raw_fuzz.py", "tests/http/test_openapi.py"):
        found, wrong = await tested(file, environment={"F1STREAM_FUZZED_S": str(options.fuzz)})
        rows += found
        missed += wrong
    return rows, missed


async def crowded(folder: Path, options: argparse.Namespace) -> Found:
    """Fast viewers beside a crowd of idle and slow ones."""
    async with Origin() as origin:
        lines = ["#EXTM3U", "#EXT-X-TARGETDURATION:4"]
        for name, size_bytes in (("small", SMALL), ("large", LARGE)):
            origin.route(f"/{name}.ts", random.Random(name).randbytes(size_bytes))
            lines += ["#EXTINF:4,", f"{name}.ts"]
        playlist = origin.route("/x.m3u8", "\n".join([*lines, ""]))
        async with a_service(folder, {"Crowded": playlist}) as service:
            got = await get(service.port, service.streams["Crowded"])
            links = [line for line in got.body.decode().splitlines() if not line.startswith("#")]
            fast, large = (f"/{link}" for link in links)
            rows, missed = await crowd(service, fast, large, options.idle, options.turn)
            return rows, missed + _unhandled(service)


async def soaked(folder: Path, options: argparse.Namespace) -> Found:
    """Half an hour of faults, with everything at work."""
    # Chromium is looked for on the PATH.
    browser = {
        "F1STREAM_VERIFY__ENABLED": "true",
        "PATH": f"{Path(CHROMIUM).parent}:{os.environ['PATH']}",
    }
    async with Origin() as origin:
        channels = mounted(origin, folder)
        sources = {each.name: origin.at(each.prefix + "index.m3u8") for each in channels}
        async with a_service(folder, sources, browser) as service:
            rows, missed = await soak(service, origin, channels, options.viewers, options.seconds)
            if not any("browser frames" in row for row in rows):
                missed.append("no stream was proven in a browser")
            return rows, missed + _unhandled(service)


PARTS: dict[str, Callable[[Path, argparse.Namespace], Awaitable[Found]]] = {
    "kills": killed,
    "fuzz": fuzzed,
    "crowd": crowded,
    "soak": soaked,
}


def _unhandled(service: Service) -> list[str]:
    return [f"unhandled: {line.strip()}" for line in service.unhandled()[:5]]


async def main(options: argparse.Namespace) -> int:
    rows: list[str] = []
    missed: list[str] = []
    for part in options.parts:
        with tempfile.TemporaryDirectory() as name:
            found, wrong = await PARTS[part](Path(name), options)
        print("\n".join(found), flush=True)
        rows += found
        missed += wrong
    report = _written(rows, missed)
    print(report)
    if options.report:
        options.report.write_text(report)
    return 1 if missed else 0


def _written(rows: Sequence[str], missed: Sequence[str]) -> str:
    said = [f"- {what}" for what in missed] or ["Everything held."]
    return "\n".join(["# Torture", "", "| what | figure |", "| --- | --- |", *rows, "", *said, ""])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], default=list(PARTS))
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--fuzz", type=int, default=600, help="seconds of each fuzzer")
    parser.add_argument("--seconds", type=float, default=1800, help="of the soak")
    parser.add_argument("--turn", type=float, default=10, help="seconds of each turn of the crowd")
    parser.add_argument("--viewers", type=int, default=300, help="of the soak")
    parser.add_argument("--idle", type=int, default=10_000, help="connections of the crowd")
    parser.add_argument("--report", type=Path, help="write the figures there as well")
    descriptors.raise_limit()
    sys.exit(asyncio.run(main(parser.parse_args())))
