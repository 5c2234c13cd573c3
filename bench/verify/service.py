"""An f1stream in a process of its own that judges what it is told to: an order a line, in JSON.

An order is `{"judge": {name: URL, …}}`, answered by `{"judged": {name: …}, "browser": …}`, or
`{"play": URL}`, answered by `{"play": …}`, what a viewer's player is given.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from pydantic import ByteSize, TypeAdapter

from f1stream.app import running
from f1stream.browser import Browser
from f1stream.loop import run
from f1stream.net.guard import Guard
from f1stream.settings import Cache, Data, ScheduleSettings, Settings, UpstreamSettings, Verify
from tests.browser.chromium import CHROMIUM
from tests.verifier.judging import Judge, Judged, sitting

CONCURRENCY = 2
TIMEOUT_S = 20
CACHE_BYTES = 4 << 20

ALL_JUDGED = TypeAdapter(dict[str, Judged])


async def serve(folder: Path) -> int:
    """Carry out orders from standard input until it ends; data lies in `folder`."""
    settings = Settings(
        data=Data(dir=folder),
        upstream=UpstreamSettings.model_validate({"allow_private": ["127.0.0.0/8"]}),
        # So little that the first checks fill it: what grows after them is no cache.
        cache=Cache(segment_bytes=ByteSize(CACHE_BYTES)),
        schedule=ScheduleSettings(enabled=False),
        verify=Verify(timeout=TIMEOUT_S),
    )
    async with (
        running(settings) as service,
        Browser(Guard(), executable=CHROMIUM, contexts=CONCURRENCY) as browser,
        sitting(service, browser, TIMEOUT_S) as judge,
    ):
        # The browser runs before anything is measured.
        async with browser.context():
            pass
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await _answer(json.loads(line), judge, browser)), flush=True)
    return 0


async def _answer(order: dict[str, Any], judge: Judge, browser: Browser) -> dict[str, Any]:
    if "play" in order:
        return {"play": judge.play_url(order["play"])}
    judged = await judge.all_judged(order["judge"], CONCURRENCY)
    return {"judged": ALL_JUDGED.dump_python(judged, mode="json"), "browser": repr(browser)}


if __name__ == "__main__":
    sys.exit(run(serve(Path(sys.argv[1]))))
