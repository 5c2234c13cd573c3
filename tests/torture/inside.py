"""f1stream as a program that says what it holds when SIGUSR1 asks it: what leaks shows there.

It runs `f1stream.cli` as it is; what is held is read from outside, off the garbage collector.
"""

from __future__ import annotations

import asyncio
import gc
import json
import signal
import sys
from dataclasses import asdict, dataclass

from f1stream import cli
from f1stream.proxy.segment import Segment
from f1stream.proxy.segments import Segments

SAID = "holding "


@dataclass(frozen=True)
class Inside:
    """`stray_bytes` are lent to a segment that nobody can ask for any more."""

    tasks: int
    in_flight: int
    stray_bytes: int


def _tell(*_: object) -> None:
    gc.collect()
    stores = [each for each in gc.get_objects() if isinstance(each, Segments)]
    kept = [each.segment for store in stores for each in store._kept.values()]
    lent_bytes = sum(store._buffers.lent_bytes for store in stores)
    inside = Inside(
        tasks=len(asyncio.all_tasks()),
        in_flight=sum(not segment.complete for segment in kept),
        stray_bytes=lent_bytes - sum(map(_memory_bytes, kept)),
    )
    print(SAID + json.dumps(asdict(inside)), file=sys.stderr, flush=True)


def _memory_bytes(segment: Segment) -> int:
    buffers_bytes = sum(map(len, (segment._buffer, *segment._outgrown)))
    return buffers_bytes + (segment.file.size_bytes if segment.file else 0)


if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, _tell)
    cli.main()
