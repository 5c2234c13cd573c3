"""A whole f1stream in front of cameras at one programme, for pages that show several."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page, expect

from tests.e2e.conftest import serving
from tests.origin import Encoded, LiveWindow, Origin
from tests.origin.features import Dates, Feature

# Long enough to go back in.
WINDOW = 20
# What was shot before the first of them is asked.
HISTORY_S = 10
PLAYS_MS = 30_000

_STREAMS = "fetch('/streams').then(answer => answer.json()).then(({ streams }) => streams)"


@dataclass(frozen=True)
class Theatre:
    """The running service, and the ids of its streams in the order of their sources."""

    url: str
    ids: tuple[str, ...]

    def wall(self, *places: int, layout: str = "") -> str:
        """The address of a wall with these cameras."""
        query = "&".join([f"stream={self.ids[place]}" for place in places] + [layout])
        return f"{self.url}/watch?{query.rstrip('&')}"


def camera(
    origin: Origin,
    encoded: Encoded,
    name: str,
    *,
    late_s: float = 0,
    features: Sequence[Feature] = (Dates(),),
) -> LiveWindow:
    """A live stream at `/<name>/` whose programme arrives that much later than it was shot."""
    began_s = time.monotonic() - HISTORY_S
    # All cameras saw the same moments, and number them alike.
    window = LiveWindow(
        encoded.ts, window=WINDOW, clock=_delayed(began_s, late_s), features=features
    )
    window.mount(origin, f"/{name}/")
    return window


def _delayed(began_s: float, late_s: float) -> Callable[[], float]:
    # A LiveWindow counts from the first time it is told: that is the same for all.
    told = iter([began_s])
    return lambda: next(told, time.monotonic() - late_s)


def direct(url: str, name: str) -> str:
    """A source of the configuration."""
    return f'[[sources]]\ntype = "direct"\nname = "{name}"\nurl = "{url}"\n'


@asynccontextmanager
async def theatre(page: Page, folder: Path, *sources: str) -> AsyncIterator[Theatre]:
    """f1stream with these sources, all of them found to play; `page` is at its start page."""
    configuration = '[upstream]\nallow_private = ["127.0.0.0/8"]\n' + "".join(sources)
    async with serving(folder, configuration=configuration) as f1stream:
        await page.goto(f1stream.url)
        async with asyncio.timeout(30):
            while len(streams := await page.evaluate(_STREAMS)) < len(sources):
                await asyncio.sleep(0.1)
        by_name = {stream["site_name"]: stream["id"] for stream in streams}
        ids = [by_name[source.split('name = "')[1].split('"')[0]] for source in sources]
        yield Theatre(f1stream.url, tuple(ids))


async def all_play(page: Page, count: int) -> None:
    """Wait until so many players play, and no other is there."""
    players = page.get_by_test_id("player")
    await expect(players).to_have_count(count, timeout=PLAYS_MS)
    playing = page.locator('[data-testid="player"][data-state="playing"]')
    await expect(playing).to_have_count(count, timeout=PLAYS_MS)
