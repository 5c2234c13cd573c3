"""Feeds that are kept: one rendering for all who want the same."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

from f1stream.schedule import CalendarOptions, Feeds
from f1stream.schedule.feeds import MAX_FEEDS
from tests.schedule.conftest import World


async def test_a_feed_is_rendered_once_for_all_who_want_the_same(world: World) -> None:
    feeds = Feeds()
    first = await feeds.of(world.bundled, CalendarOptions())
    assert await feeds.of(world.bundled, CalendarOptions()) is first
    renewed = world.bundled.model_copy(update={"fetched_at": world.clock(), "etag": '"x"'})
    assert await feeds.of(renewed, CalendarOptions()) is first
    small = world.bundled.model_copy(update={"races": world.bundled.races[:1]})
    changed = await feeds.of(small, CalendarOptions())
    assert changed.tag != first.tag
    for minutes in range(100, 100 + MAX_FEEDS):
        await feeds.of(small, CalendarOptions(timedelta(minutes=minutes)))
    assert await feeds.of(small, CalendarOptions()) is not changed


def test_a_process_that_renders_none_does_not_load_the_library() -> None:
    program = "import sys, f1stream.front; sys.exit('icalendar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], timeout=60).returncode == 0
