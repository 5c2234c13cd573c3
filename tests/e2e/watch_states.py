"""The states that the Watch page can be in, each by a name; what plays is the demo's programme."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from playwright.async_api import Page, Route, expect

from f1stream.demo.clip import CLIP
from tests.e2e.stage import RACE, stream
from tests.e2e.states import Act, State, at
from tests.e2e.theatre import all_play

ONE, FOUR = (
    "/watch?stream=stream-1",
    "/watch?" + "&".join(f"stream=stream-{n}" for n in range(1, 5)),
)
FOCUS = f"{FOUR}&layout=focus"
FAILS_MS = 90_000
TITLES = ["World feed", "Pit lane", "On board: car 1", "Driver tracker", "Timing", "Paddock"]


def watch_states(origin: str) -> Mapping[str, State]:
    """Every state, on a stage of its own; `origin` is where the demo's playlists are."""
    return {
        "watch": playing(origin, ONE, players(1)),
        "watch-empty": playing(origin, "/watch"),
        "watch-grid": playing(origin, FOUR, players(4), rendition="360p"),
        "watch-focus": playing(origin, FOCUS, players(4), rendition="360p"),
        "watch-statistics": playing(origin, ONE, players(1, "i")),
        "watch-settings": playing(origin, ONE, players(1, "q"), rendition="live"),
        "watch-help": playing(origin, ONE, players(1, "?")),
        "watch-failed": playing(origin, ONE, failed, play_url=f"{origin}/nowhere.m3u8"),
        "watch-unknown": playing(origin, "/watch?stream=nobody"),
        "watch-embed-link": playing(origin, ONE, **embed("refused")),
        "watch-embed-frame": playing(origin, ONE, **embed("allowed")),
        "watch-over": playing(origin, ONE, end, now=RACE + timedelta(hours=4)),
    }


def playing(
    origin: str,
    path: str,
    act: Act | None = None,
    *,
    rendition: str = "720p",
    now: datetime = RACE,
    **first: Any,
) -> State:
    """A list of streams that play; `first` is what is different about the first of them."""
    checked = (now - timedelta(minutes=3)).isoformat()
    streams = [
        stream(n, title=title, preview_url=preview(n), checked_at=checked)
        | {"play_url": f"{origin}/{rendition}.m3u8?camera={n}"}
        for n, title in enumerate(TITLES, 1)
    ]
    streams[0] |= first
    for each in streams:
        each["verdict"] = each["verdict"] | {"checked_at": checked}
    return State(at(now, streams=streams), path, act, fits=True)


@cache
def preview(number: int) -> str:
    """A picture of the programme, in colours of its own."""
    segment = sorted(CLIP.glob("360p*/*.ts"))[0]
    options = f"-frames:v 1 -vf hue=h={(number - 1) * 60},scale=240:-1 -f mjpeg -"
    ffmpeg = ["ffmpeg", "-v", "error", "-i", str(segment), *options.split()]
    taken = subprocess.run(ffmpeg, check=True, capture_output=True).stdout
    return f"data:image/jpeg;base64,{base64.b64encode(taken).decode()}"


def embed(framing: str) -> dict[str, Any]:
    """A stream that only its site's page shows."""
    verdict = stream()["verdict"]
    proof = {
        "proven_at": verdict["checked_at"],
        "level": "frames",
        "evidence": {"framing": framing},
    }
    return {
        "stream_type": "embed",
        "play_url": None,
        "page_url": "https://site.example/",
        "verdict": {**verdict, "proof": proof},
    }


def players(count: int, key: str | None = None) -> Act:
    """Wait until so many play, show the controls of the first, press a key."""

    async def act(page: Page) -> None:
        await all_play(page, count)
        await page.locator('[data-place="0"]').hover(position={"x": 20, "y": 60})
        if key:
            await page.keyboard.press(key)

    return act


async def failed(page: Page) -> None:
    """Wait until the player has given up."""
    await expect(page.locator('[data-state="failed"]')).to_have_count(1, timeout=FAILS_MS)


async def end(page: Page) -> None:
    """Let the programme end, and see the last of it."""

    async def last(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=f"{await answer.text()}\n#EXT-X-ENDLIST\n")

    await all_play(page, 1)
    await page.route("**/720p.m3u8*", last)
    await page.wait_for_function("Number.isFinite(document.querySelector('video').duration)")
    await page.evaluate("for (const v of document.querySelectorAll('video')) v.currentTime = 1e9")
    await expect(page.locator('[data-state="ended"]')).to_have_count(1, timeout=FAILS_MS)
