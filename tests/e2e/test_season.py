"""The start page and what is around it, in a real browser: every state, at any time of the year."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.e2e.audits import Load, layout_shifts, violations, watch_layout
from tests.e2e.conftest import CHROMIUM, FLAGS, serving
from tests.e2e.stage import RACE, Stage, dead_stream, fresh, staged, stream
from tests.e2e.states import HTML, RTL, at, odd, states

pytestmark = pytest.mark.asyncio(loop_scope="module")

PHONE = {"width": 390, "height": 844}
LAPTOP = {"width": 1280, "height": 800}
TELEVISION = {"width": 3840, "height": 2160}

# The viewer's clock a day late, and storage that is blocked, as browsers have them.
DAY_LATE = "const now = Date.now; Date.now = () => now() - 86_400_000;"
NO_STORAGE = """Object.defineProperty(window, 'localStorage', {
    get() { throw new DOMException('blocked', 'SecurityError'); }
});"""
MAX_SCRIPT_BYTES = 120_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM.read_text().strip(), args=FLAGS
        )
        yield browser
        await browser.close()


class Viewers:
    """Opens pages as different viewers; each fails the test on an error that nobody caught."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.complaints: list[str] = []

    async def open(self, url: str, *scripts: str, **viewer: Any) -> Page:
        """A page at `url`, with `scripts` run first."""
        page = await self.page(*scripts, **viewer)
        await page.goto(url)
        return page

    async def page(self, *scripts: str, **viewer: Any) -> Page:
        """A page at no address yet."""
        place = {"timezone_id": "Europe/London", "locale": "en-GB", "viewport": LAPTOP}
        context = await self._browser.new_context(**{**place, "color_scheme": "dark", **viewer})
        self._contexts.append(context)
        for script in scripts:
            await context.add_init_script(script)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if "Content Security Policy" in message.text
                else None
            ),
        )
        return page

    async def close(self) -> None:
        for context in self._contexts:
            await context.close()


@pytest_asyncio.fixture(loop_scope="module")
async def viewers(chromium: Browser) -> AsyncIterator[Viewers]:
    viewers = Viewers(chromium)
    yield viewers
    await viewers.close()
    assert viewers.complaints == []


@asynccontextmanager
async def shown(
    viewers: Viewers, stage: Stage, path: str = "/", **viewer: Any
) -> AsyncIterator[Page]:
    """`stage` as a viewer sees it."""
    async with staged(stage):
        yield await viewers.open(stage.url + path, **viewer)


@pytest.mark.parametrize("name", states())
async def test_every_state_is_accessible_and_stands_still(viewers: Viewers, name: str) -> None:
    state = states()[name]
    async with staged(state.stage) as stage:
        await asyncio.gather(
            audited(viewers, stage.url + state.path, PHONE, "dark"),
            audited(viewers, stage.url + state.path, LAPTOP, "light"),
        )


async def test_a_television_is_filled_as_still_and_as_accessible(viewers: Viewers) -> None:
    async with staged(states()["live"].stage) as stage:
        await audited(viewers, stage.url, TELEVISION, "dark")


@pytest.mark.parametrize(("path", "content"), [("/", ".page"), ("/watch", ".watch")])
@pytest.mark.parametrize("size", [LAPTOP, TELEVISION], ids=["laptop", "television"])
async def test_the_header_and_the_page_share_their_edges(
    viewers: Viewers, path: str, content: str, size: Any
) -> None:
    async with shown(viewers, Stage(streams=[stream()]), path, viewport=size) as page:
        below = await page.locator(content).bounding_box()
        name = await page.locator("header .name").bounding_box()
        tools = await page.locator("header .tools").bounding_box()
    assert below
    assert name
    assert tools
    assert name["x"] == pytest.approx(below["x"], abs=1)
    right = below["x"] + below["width"]
    assert tools["x"] + tools["width"] == pytest.approx(right, abs=1)


async def test_everything_unfolded_is_accessible_too(viewers: Viewers) -> None:
    async with shown(viewers, states()["changed"].stage) as page:
        await settled(page)
        await page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
        await expect(page.get_by_text("Qualifying", exact=True)).to_have_count(23)
        assert await violations(page) == []


async def test_a_countdown_runs_to_the_next_session_in_the_viewers_own_time(
    viewers: Viewers,
) -> None:
    stage = Stage()
    async with staged(stage):
        london, tokyo = await asyncio.gather(
            viewers.open(stage.url),
            viewers.open(stage.url, timezone_id="Asia/Tokyo", locale="en-US"),
        )
        await expect(london.get_by_role("heading", level=1)).to_have_text("Qatar Grand Prix")
        timer = london.get_by_role("timer", name="Practice 1 starts in")
        await expect(timer).to_contain_text(re.compile(r"01\s*days\s*01\s*hours\s*(29|30)\s*min"))
        seconds = await timer.inner_text()
        await expect(timer).not_to_have_text(seconds, use_inner_text=True)
        await expect(london.get_by_text("Fri 27 Nov at 13:30", exact=True)).to_be_visible()
        await expect(tokyo.get_by_text("Fri, Nov 27 at 10:30 PM", exact=True)).to_be_visible()


async def test_time_is_the_servers_whatever_the_viewers_clock_says(viewers: Viewers) -> None:
    stage = at(RACE, streams=[stream()])
    async with staged(stage):
        page = await viewers.open(stage.url, DAY_LATE)
        await expect(page.get_by_role("region", name="Live now")).to_contain_text("Race")
        await expect(page.get_by_text("Since 16:00")).to_be_visible()
        await expect(page.get_by_text("Seen playing in a browser 3 days ago")).to_be_visible()


async def test_the_time_at_the_track_is_shown_on_hover_and_on_demand(viewers: Viewers) -> None:
    async with shown(viewers, Stage()) as page:
        race = page.get_by_role("listitem").filter(has_text="Race").last
        await expect(race.get_by_text("16:00")).to_be_visible()
        await expect(race.get_by_text("19:00")).to_be_hidden()
        await race.hover()
        await expect(race.get_by_text("19:00")).to_be_visible()
        await expect(race).to_have_attribute("title", re.compile(r"19:00 GMT\+3 at the track"))
        await page.mouse.move(0, 0)
        await page.get_by_label("Show the time at the track").check()
        await expect(race.locator(".mine")).to_contain_text("19:00")
        await expect(page.get_by_text("Track time (GMT+3)")).to_be_visible()


async def test_the_coming_round_is_open_and_past_ones_are_folded(viewers: Viewers) -> None:
    async with shown(viewers, Stage()) as page:
        await expect(page.get_by_text("Losail International Circuit")).to_be_visible()
        await expect(page.get_by_text("Qualifying", exact=True)).to_have_count(1)
        monaco = page.get_by_role("heading", name="Monaco Grand Prix")
        await expect(monaco).to_be_hidden()
        await page.get_by_text("21 past rounds").click()
        await monaco.click()
        await expect(page.get_by_text("Circuit de Monaco")).to_be_visible()
        await expect(page.get_by_text("Qualifying", exact=True)).to_have_count(2)
        card = page.locator("details", has=monaco).last
        assert await card.locator("img").evaluate("image => image.naturalWidth") > 0
        assert await card.locator("path.track").count() == 1


async def test_sprints_changes_and_cancellations_are_marked(viewers: Viewers) -> None:
    async with shown(viewers, states()["changed"].stage) as page:
        practice = page.get_by_role("listitem").filter(has_text="Practice 3")
        await expect(practice.last).to_contain_text("Cancelled")
        qualifying = page.get_by_role("listitem").filter(has_text="Qualifying")
        await expect(qualifying.last).to_contain_text("Changed")
        lost = page.get_by_role("listitem").filter(has_text="Abu Dhabi Grand Prix")
        await expect(lost).to_contain_text("Cancelled")
        unknown = page.get_by_role("listitem").filter(has_text="Atlantis Grand Prix")
        await unknown.locator("summary").click()
        await expect(unknown).to_contain_text("Time to be announced")
        await expect(unknown).to_contain_text("Sun 13 Dec")
        await page.get_by_text("21 past rounds").click()
        shanghai = page.get_by_role("listitem").filter(has_text="Chinese Grand Prix")
        await expect(shanghai).to_contain_text("Sprint")


async def test_calendar_apps_are_invited_to_subscribe(viewers: Viewers) -> None:
    async with shown(viewers, stage := Stage()) as page:
        link = page.get_by_role("link", name="Add to calendar")
        host = stage.url.removeprefix("http://")
        await expect(link).to_have_attribute("href", f"webcal://{host}/schedule.ics")
        download = page.get_by_role("link", name="Download the calendar as a file")
        await expect(download).to_have_attribute("download", "f1stream.ics")


async def test_what_changes_is_told_by_events_and_not_asked_for(viewers: Viewers) -> None:
    async with shown(viewers, stage := Stage()) as page:
        await expect(page.get_by_text("Nothing plays right now")).to_be_visible()
        await settled(page)
        before = stage.count("/streams/all")
        stage.streams = [stream()]
        stage.news.tell("streams")
        await expect(page.get_by_role("link", name="world feed 1")).to_be_visible()
        assert stage.count("/streams/all") == before + 1

        stage.now, stage.season = RACE, fresh(RACE)
        stage.news.tell("schedule")
        await expect(page.get_by_role("region", name="Live now")).to_contain_text("Race")
        assert stage.count("/events") == 1


async def test_a_stream_that_is_gone_leaves_and_the_page_says_what_is_next(
    viewers: Viewers,
) -> None:
    async with shown(viewers, stage := Stage(streams=[stream()])) as page:
        await expect(page.get_by_role("link", name="world feed 1")).to_be_visible()
        stage.streams = [dead_stream(1, "timeout")]
        stage.news.tell("streams")
        await expect(page.get_by_text("It takes too long to answer")).to_be_visible()
        await expect(
            page.get_by_text("Next is Practice 1 of the Qatar Grand Prix, Fri 27 Nov at 13:30.")
        ).to_be_visible()


async def test_it_is_complete_where_events_are_refused(viewers: Viewers) -> None:
    async with shown(viewers, Stage(events_work=False, streams=[stream()])) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("Qatar Grand Prix")
        await expect(page.get_by_role("link", name="world feed 1")).to_be_visible()


async def test_without_a_network_the_app_opens_with_what_it_knew(viewers: Viewers) -> None:
    async with shown(viewers, stage := Stage(streams=[stream()])) as page:
        await kept_for_later(page)
        stage.down = True
        await page.context.set_offline(True)
        await page.reload()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Qatar Grand Prix")
        await expect(page.get_by_role("alert")).to_contain_text("f1stream does not answer")
        await expect(page.get_by_text("Times as of 2 hours ago")).to_be_visible()
        await expect(page.get_by_role("timer")).to_contain_text(re.compile(r"01\s*hours"))
        assert await violations(page) == []
        await page.goto(f"{stage.url}/watch")
        await expect(page.get_by_role("alert")).to_contain_text("f1stream does not answer")

        stage.down = False
        await page.context.set_offline(False)
        await page.get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("alert")).to_be_empty()


async def test_the_shell_keeps_nothing_that_the_server_says(viewers: Viewers) -> None:
    async with shown(viewers, Stage(streams=[stream()])) as page:
        await kept_for_later(page)
        kept = await page.evaluate(KEPT)
        assert [path for path in kept if not re.match(r"/(_app/immutable/.*)?$", path)] == []


async def test_a_stale_season_says_how_old_it_is(viewers: Viewers) -> None:
    async with shown(viewers, states()["stale"].stage) as page:
        await expect(page.get_by_text("Times as of 3 days ago")).to_be_visible()


@pytest.mark.parametrize("answer", [b"<!doctype html>", b'{"races": [1]}'])
async def test_a_wrong_answer_is_said_and_the_rest_of_the_page_works(
    viewers: Viewers, answer: bytes
) -> None:
    stage = Stage(streams=[stream()])
    stage.answers("/schedule", answer)
    async with shown(viewers, stage) as page:
        await expect(page.get_by_role("heading", level=1)).to_have_text("No calendar yet")
        await expect(page.get_by_role("link", name="world feed 1")).to_be_visible()


async def test_a_slow_list_of_streams_does_not_hold_the_calendar_up(viewers: Viewers) -> None:
    stage = Stage(streams=[stream()], slow_s=3)
    async with staged(stage):
        page = await viewers.page()
        await watch_layout(page)
        await page.goto(stage.url)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Qatar Grand Prix")
        await expect(page.get_by_role("link", name="world feed 1")).to_have_count(0)
        await expect(page.get_by_role("link", name="world feed 1")).to_be_visible()
        assert await layout_shifts(page) == []


async def test_blocked_storage_changes_nothing_else(viewers: Viewers) -> None:
    async with staged(Stage(streams=[stream()])) as stage:
        page = await viewers.open(stage.url, NO_STORAGE)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Qatar Grand Prix")
        button = page.get_by_role("button", name="Colours: As the system")
        await button.click()
        await expect(page.locator("html")).to_have_attribute("data-theme", "light")


async def test_the_chosen_theme_is_remembered_before_anything_is_painted(
    viewers: Viewers,
) -> None:
    async with shown(viewers, Stage()) as page:
        await page.get_by_role("button", name="Colours").click()
        await page.reload(wait_until="commit")
        await expect(page.locator("html")).to_have_attribute("data-theme", "light")
        ground = await page.evaluate("() => getComputedStyle(document.documentElement).colorScheme")
        assert ground == "light"


async def test_a_thousand_streams_make_a_page_of_a_dozen(viewers: Viewers) -> None:
    async with shown(viewers, states()["crowd"].stage) as page:
        await expect(page.get_by_role("link", name="All 1000")).to_be_visible()
        assert await page.get_by_role("link", name=re.compile("world feed")).count() == 12


async def test_foreign_titles_are_text_and_nothing_else(viewers: Viewers) -> None:
    async with shown(viewers, Stage(streams=odd()), viewport=PHONE) as page:
        await expect(page.get_by_text(HTML, exact=True).first).to_be_visible()
        arabic = page.get_by_text(RTL, exact=True).first
        assert await arabic.evaluate("element => getComputedStyle(element).direction") == "rtl"
        await expect(page.get_by_text("Untitled stream")).to_have_count(1)
        heights = await page.get_by_role("link", name=re.compile("Seen playing")).evaluate_all(
            "cards => cards.map((card) => card.getBoundingClientRect().height)"
        )
        assert len(set(heights)) == 1


async def test_a_password_is_asked_for_and_leads_back(viewers: Viewers) -> None:
    async with staged(Stage(password="lights out", streams=[stream()])) as stage:
        page = await viewers.open(f"{stage.url}/watch?stream=stream-1")
        await expect(page).to_have_url(re.compile(r"/login\?next=%2Fwatch%3Fstream%3Dstream-1"))
        field = page.get_by_label("Password", exact=True)
        await field.fill("pit lane")
        await field.press("Enter")
        await expect(page.get_by_text("That is not the password")).to_be_visible()
        assert await violations(page) == []
        await field.fill("lights out")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page).to_have_url(f"{stage.url}/watch?stream=stream-1")

        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


async def test_too_many_attempts_are_told_to_wait(viewers: Viewers) -> None:
    async with staged(Stage(password="lights out")) as stage:
        page = await viewers.open(f"{stage.url}/login")
        stage.asked += ["/login"] * 5
        await page.get_by_label("Password", exact=True).fill("x")
        await page.get_by_role("button", name="Sign in").click()
        await expect(page.get_by_text("tried too often")).to_be_visible()


@pytest.mark.parametrize("elsewhere", ["//example.org/", "javascript:1"])
async def test_signing_in_leads_nowhere_else(viewers: Viewers, elsewhere: str) -> None:
    async with staged(Stage()) as stage:
        page = await viewers.open(f"{stage.url}/login?next={elsewhere}")
        await expect(page).to_have_url(re.compile(re.escape(stage.url) + "/$"))


async def test_arrow_keys_reach_everything_as_a_remote_does(viewers: Viewers) -> None:
    async with shown(viewers, Stage(streams=[stream(n) for n in range(1, 7)])) as page:
        await expect(page.get_by_role("link", name="world feed 1")).to_be_visible()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("link", name="Watch").last).to_be_focused()
        await page.keyboard.press("ArrowDown")
        first, second = (page.get_by_role("link", name=f"world feed {n}") for n in (1, 2))
        await expect(first).to_be_focused()
        outline = await first.evaluate("element => getComputedStyle(element).outlineStyle")
        assert outline == "solid"
        await page.keyboard.press("ArrowRight")
        await expect(second).to_be_focused()
        for _ in range(4):
            await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("link", name="world feed 6")).to_be_in_viewport(ratio=0.9)


async def test_the_first_tab_skips_to_the_content(viewers: Viewers) -> None:
    async with shown(viewers, Stage()) as page:
        await settled(page)
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()


async def test_nothing_moves_for_who_asked_for_less_motion(viewers: Viewers) -> None:
    async with shown(viewers, at(RACE), reduced_motion="reduce") as page:
        await expect(page.get_by_role("region", name="Live now")).to_be_visible()
        moving = "() => document.getAnimations().filter((a) => a.playState === 'running').length"
        await page.wait_for_function(f"({moving})() === 0")


async def test_the_first_load_is_small_and_leaves_the_player_out(viewers: Viewers) -> None:
    async with staged(Stage(streams=[stream()])) as stage:
        page = await viewers.page()
        load = Load.of(page)
        await page.goto(stage.url)
        await settled(page)
        await page.wait_for_load_state("networkidle")
        scripts = load.scripts()
        print(f"first load: {sum(scripts.values())} bytes of scripts in {len(scripts)} files")
        assert 10_000 < sum(scripts.values()) <= MAX_SCRIPT_BYTES


async def test_it_can_be_installed(viewers: Viewers) -> None:
    async with shown(viewers, Stage()) as page:
        session = await page.context.new_cdp_session(page)
        found = await session.send("Page.getInstallabilityErrors")
        # Pages of a private window, which tests have, can never be installed.
        errors = {each["errorId"] for each in found["installabilityErrors"]} - {"in-incognito"}
        assert errors == set()
        manifest = json.loads((await session.send("Page.getAppManifest"))["data"])
        sizes = await page.evaluate(
            """(icons) => Promise.all(icons.map(async ({ src, sizes }) => {
                const image = new Image();
                image.src = src;
                await image.decode();
                return sizes === 'any' || sizes === `${image.naturalWidth}x${image.naturalHeight}`;
            }))""",
            manifest["icons"],
        )
        assert len(sizes) == 4
        assert all(sizes)


async def test_the_whole_product_shows_its_bundled_season(viewers: Viewers, tmp_path: Path) -> None:
    async with serving(tmp_path) as f1stream:
        page = await viewers.open(f1stream.url)
        await expect(page.get_by_role("heading", name="Season 2026")).to_be_visible()
        await expect(page.get_by_text("[[sources]]")).to_be_visible()
        feed = await page.request.get(f"{f1stream.url}/schedule.ics")
        assert (await feed.text()).startswith("BEGIN:VCALENDAR")


async def audited(viewers: Viewers, url: str, size: dict[str, int], theme: str) -> None:
    """Nothing on the page moves, overflows, or is found wrong by axe-core."""
    page = await viewers.page(viewport=size, color_scheme=theme)
    await watch_layout(page)
    await page.goto(url)
    await settled(page)
    assert await layout_shifts(page) == []
    assert await overflow(page) <= 0
    assert await violations(page) == []


KEPT = """async () => {
    const [name] = await caches.keys();
    const requests = await (await caches.open(name)).keys();
    return requests.map(({ url }) => new URL(url).pathname);
}"""


async def kept_for_later(page: Page) -> None:
    """Wait until the service worker has what the page is made of."""
    await settled(page)
    await page.evaluate("() => navigator.serviceWorker.ready")
    await page.wait_for_load_state("networkidle")
    loaded = await page.evaluate(
        """() => performance.getEntriesByType('resource')
            .filter(({ name }) => name.includes('/_app/immutable/')).length"""
    )
    for _ in range(100):
        if len(await page.evaluate(KEPT)) > loaded > 0:
            return
        await asyncio.sleep(0.05)
    pytest.fail("the service worker has not kept the page")


async def settled(page: Page) -> None:
    """Wait until the page shows what it will show."""
    await expect(page.get_by_role("heading", level=1).locator("visible=true")).to_have_count(1)
    await expect(page.get_by_text("Loading the season")).to_have_count(0)
    await page.evaluate("() => new Promise((done) => requestIdleCallback(done, { timeout: 500 }))")


async def overflow(page: Page) -> int:
    """By how much the page is wider than its window."""
    root = "document.documentElement"
    width: int = await page.evaluate(f"{root}.scrollWidth - {root}.clientWidth")
    return width
