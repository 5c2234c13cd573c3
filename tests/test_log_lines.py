"""Log lines that nobody reads: no request waits for them."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from pathlib import Path

import aiohttp

from f1stream.log_lines import LogLines
from tests.program import address, alive, started

SERVE = ("serve", "--host", "127.0.0.1", "--port", "0")
# A pipe holds 64 KiB; a line is about 150 bytes.
REQUESTS = 1_500


async def test_requests_are_answered_while_nobody_reads_standard_error(tmp_path: Path) -> None:
    verbose = {"F1STREAM_SERVER__LOG_LEVEL": "debug"}
    async with started(tmp_path, *SERVE, environment=verbose) as process:
        async with (
            asyncio.timeout(30),
            aiohttp.ClientSession(await address(process)) as viewer,
        ):
            for _ in range(REQUESTS):
                async with viewer.get("/health") as response:
                    assert response.status == 200
        process.terminate()
        # The end waits for nobody who does not read.
        async with asyncio.timeout(10):
            while await asyncio.to_thread(alive, {process.pid}):
                await asyncio.sleep(0.05)
        await process.communicate()
        assert process.returncode == 0


class Stalled(io.StringIO):
    """A stream whose reader stalls until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = threading.Event()

    def write(self, text: str) -> int:
        self.goes_on.wait()
        return super().write(text)


def test_what_is_too_much_is_counted_instead() -> None:
    stream = Stalled()
    lines = LogLines(stream, most=3)
    for number in range(10):
        lines.emit(logging.makeLogRecord({"msg": f"line {number}"}))
    stream.goes_on.set()
    lines.flush()
    lines.emit(logging.makeLogRecord({"msg": "the last"}))
    lines.close()
    said = stream.getvalue().splitlines()
    kept = [line for line in said if line.startswith("line ")]
    assert kept == [f"line {number}" for number in range(len(kept))]
    assert f"{10 - len(kept)} lines were lost: standard error was not read" in said
    assert said[-1] == "the last"


def test_all_of_it_is_written_at_the_end() -> None:
    stream = io.StringIO()
    lines = LogLines(stream)
    for number in range(1_000):
        lines.emit(logging.makeLogRecord({"msg": f"line {number}"}))
    lines.close()
    assert stream.getvalue().splitlines() == [f"line {number}" for number in range(1_000)]


def test_a_stream_that_has_ended_ends_nothing_else() -> None:
    stream = io.StringIO()
    lines = LogLines(stream)
    stream.close()
    lines.emit(logging.makeLogRecord({"msg": "nobody hears it"}))
    lines.close()
