"""The main job: a live stream, found, proxied, and playing in a real browser, come what may."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Route, expect

from tests.e2e.audits import Load, layout_shifts, violations, watch_layout
from tests.e2e.conftest import serving
from tests.e2e.first_picture import after_click_ms, alone_ms, watch_pictures
from tests.e2e.theatre import all_play, camera, direct, theatre
from tests.origin import Broadcast, Encoded, LiveWindow, Origin, Programme
from tests.origin.faults import Status
from tests.origin.manners import CORS

FRAMES = "video => video.getVideoPlaybackQuality().totalVideoFrames"
PLAYED = "video => video.currentTime"


async def test_the_demo_plays_for_20_seconds_and_again_after_a_reload(
    page: Page, tmp_path: Path
) -> None:
    requested: set[str] = set()
    page.on("request", lambda request: requested.add(urlsplit(request.url).path))
    async with serving(tmp_path, "--demo") as f1stream:
        await page.goto(f"{f1stream.url}/watch")
        await page.get_by_role("link", name="Test card").first.click()
        await plays(page, for_s=20)
        assert {"/proxy", "/relay"} <= requested
        assert "stream=" in page.url

        await page.reload()
        await plays(page, for_s=3)


async def test_the_start_page_leads_to_what_is_live(page: Page, tmp_path: Path) -> None:
    async with serving(tmp_path, "--demo") as f1stream:
        await page.goto(f1stream.url)
        await page.get_by_role("link", name="Test card").first.click()
        await plays(page, for_s=2)


async def test_a_picture_is_there_about_as_soon_as_with_nothing_in_between(
    browser: Browser, page: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    camera(origin, encoded, "camera", features=())
    url = origin.at("/camera/index.m3u8")
    origin.behave("/camera/", CORS)
    await watch_pictures(page)
    rounds = []
    async with theatre(page, tmp_path, direct(url, "Camera")) as stage:
        # A machine that is busy elsewhere spoils a round.
        for _ in range(3):
            alone = await alone_ms(browser, url)
            await page.goto(f"{stage.url}/watch")
            rounds.append(
                (
                    await after_click_ms(page, page.get_by_role("link").filter(has_text="Camera")),
                    alone,
                )
            )
            if rounds[-1][0] < min(1.5 * alone, 2_500):
                return
    raise AssertionError(f"ms from the click, and alone: {rounds}")


async def test_without_sources_the_page_shows_what_to_write(page: Page, tmp_path: Path) -> None:
    await page.add_init_script(
        "navigator.clipboard.writeText = () => Promise.reject(new DOMException('refused'))"
    )
    async with serving(tmp_path) as f1stream:
        await page.goto(f1stream.url)
        await expect(page.get_by_text("[[sources]]")).to_be_visible()
        # A clipboard that is refused is no error of the page.
        copy = page.get_by_role("button", name="Copy")
        await copy.click()
        await expect(copy).to_have_text("Copy")


async def test_without_the_players_own_controls_there_are_the_browsers(
    page: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    # As good as a file that is lost on its way: the module cannot be had.
    await page.add_init_script("customElements.define = () => { throw new Error('lost'); }")
    camera(origin, encoded, "camera")
    async with theatre(page, tmp_path, direct(origin.at("/camera/index.m3u8"), "Camera")) as stage:
        await page.goto(stage.wall(0))
        await all_play(page, 1)
        await expect(page.get_by_test_id("player")).to_have_js_property("controls", True)


async def test_a_source_that_is_down_is_listed_with_its_reason(page: Page, tmp_path: Path) -> None:
    configuration = """
        [upstream]
        allow_private = ["127.0.0.0/8"]
        [[sources]]
        type = "direct"
        name = "Garage camera"
        url = "http://127.0.0.1:9/live.m3u8"
        """
    async with serving(tmp_path, "--demo", configuration=configuration) as f1stream:
        await page.goto(f"{f1stream.url}/watch")
        await page.get_by_text("Not playable").click()
        await expect(page.get_by_text("connection refused").first).to_be_visible()
        await page.get_by_role("link", name="Test card").first.click()
        await plays(page, for_s=2)


async def test_the_viewer_chooses_picture_sound_words_and_delay(
    page: Page, tmp_path: Path, origin: Origin, programme: Programme
) -> None:
    url = Broadcast(programme, window=20).mount(origin)
    async with theatre(page, tmp_path, direct(url, "Broadcast")) as stage:
        await page.goto(stage.wall(0))
        await all_play(page, 1)
        video = page.get_by_test_id("player")
        await page.keyboard.press("q")
        await page.get_by_label("Audio").select_option("Deutsch")
        await page.get_by_label("Subtitles").select_option("Deutsch")
        quality = page.get_by_label("Quality")
        assert "b/s" in (await quality.locator("option").nth(1).inner_text())
        await quality.select_option(index=1)
        later = page.get_by_role("spinbutton")
        await later.fill("1.5")
        await later.blur()
        assert await violations(page) == []
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        shown = "[...document.querySelector('video').textTracks].flatMap(track => "
        shown += "track.mode == 'showing' ? [...track.cues ?? []].map(cue => cue.text) : [])"
        async with asyncio.timeout(20):
            while not any("Sekunde" in cue for cue in await page.evaluate(shown)):
                await asyncio.sleep(0.1)

        await page.keyboard.press("i")
        await expect(page.get_by_label("Statistics")).to_contain_text("Dropped frames")
        assert await violations(page) == []
        await page.keyboard.press("j")
        await expect(page.get_by_role("button", name="Go live")).to_be_attached()
        await page.keyboard.press("e")
        await expect(page.get_by_role("button", name="Live", exact=True)).to_be_attached()
        await expect(video).to_have_attribute("data-fatal", "0")

        await page.reload()
        await all_play(page, 1)
        await page.keyboard.press("q")
        await expect(page.get_by_role("spinbutton")).to_have_value("1.5")
        await expect(page.get_by_label("Quality")).not_to_have_value("auto")


async def test_a_stream_that_fails_goes_on_from_another_source(
    page: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    reports: list[str] = []
    for name in ("one", "two"):
        camera(origin, encoded, name)
    sources = [direct(origin.at(f"/{name}/index.m3u8"), name.title()) for name in ("one", "two")]

    async def with_alternative(route: Route) -> None:
        # The same content from two sources, as the catalogue lists what it knows to be one.
        answer = await route.fetch()
        listed = await answer.json()
        by_name = {stream["site_name"]: stream for stream in listed["streams"]}
        best, other = by_name["One"], by_name["Two"]
        way = {key: other[key] for key in ("id", "site_name", "quality", "play_url")}
        best["alternatives"] = [{**way, "playable": True}]
        await route.fulfill(json={"streams": [best], "count": 1})

    async def note(route: Route) -> None:
        reports.append(f"{urlsplit(route.request.url).path} {route.request.post_data}")
        await route.fulfill(status=202)

    async with theatre(page, tmp_path, *sources) as stage:
        await page.route("**/streams/all", with_alternative)
        await page.route("**/report", note)
        await page.goto(stage.wall(0))
        await all_play(page, 1)
        origin.fault("/one/", Status(404))
        await expect(page.get_by_text("Now playing from Two")).to_be_visible(timeout=60_000)
        await plays(page, for_s=1, fatal=None)
        assert f"/streams/{stage.ids[0]}/report" in reports[0]
        assert '"reason":"unreachable"' in reports[0]
        assert await violations(page) == []


async def test_a_session_that_is_over_says_so_and_what_comes_next(
    page: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    stopped: list[float] = []
    window = LiveWindow(
        encoded.ts, window=4, clock=lambda: stopped[0] if stopped else time.monotonic()
    )
    url = window.mount(origin)
    session = {
        "type": "race",
        "name": "Race",
        "start_utc": "2199-12-30T15:00:00+00:00",
        "duration_minutes": 120,
        "status": "upcoming",
    }
    race = {
        "round": 1,
        "race_name": "Next Grand Prix",
        "circuit": "Circuit",
        "circuit_id": "circuit",
        "country": "Nowhere",
        "locality": "Nowhere",
        "date": "2199-12-30",
        "url": "",
        "sessions": [session],
    }
    schedule = {
        "season": "2199",
        "fetched_at": "2026-11-25T12:00:00+00:00",
        "stale": False,
        "races": [race],
        "withdrawn": [],
    }
    await page.route("**/schedule", lambda route: route.fulfill(json=schedule))
    async with theatre(page, tmp_path, direct(url, "Camera")) as stage:
        await page.goto(stage.wall(0))
        await all_play(page, 1)
        stopped.append(time.monotonic())
        window.ended = True
        await expect(page.get_by_text("The session is over")).to_be_visible(timeout=30_000)
        await expect(page.get_by_text("Next Grand Prix: Race")).to_be_visible()
        assert await violations(page) == []


async def test_a_stream_that_leaves_the_list_plays_on_and_a_tab_that_slept_is_live_again(
    page: Page, tmp_path: Path, origin: Origin, encoded: Encoded
) -> None:
    camera(origin, encoded, "camera")
    await page.add_init_script(
        """{ let slept = 0; const now = Date.now; Date.now = () => now() + slept;
        window.sleep = (ms) => slept += ms; }"""
    )
    await page.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new Error('blocked'); } })"
    )
    async with theatre(page, tmp_path, direct(origin.at("/camera/index.m3u8"), "Camera")) as stage:
        await page.goto(stage.wall(0))
        await all_play(page, 1)
        live = page.get_by_role("button", name="Live", exact=True)
        await expect(live).to_be_attached()
        await asyncio.sleep(0.5)
        # An hour passes, and the video stays where it was.
        await page.evaluate(
            """() => { const video = document.querySelector('video');
            video.currentTime = video.seekable.start(0) + 1; sleep(3_600_000); }"""
        )
        await expect(page.get_by_role("button", name="Go live")).to_be_attached()
        await expect(live).to_be_attached(timeout=10_000)

        await page.route("**/streams/all", lambda route: route.fulfill(json={"streams": []}))
        await expect(page.get_by_text("has left the list")).to_be_visible(timeout=40_000)
        await plays(page, for_s=1)


async def test_foreign_pages_are_framed_only_where_their_site_allows_it(
    page: Page, tmp_path: Path
) -> None:
    def embed(name: str, framing: str) -> dict[str, object]:
        evidence = {"framing": framing}
        proof = {"proven_at": "2026-11-25T12:00:00Z", "level": "frames", "evidence": evidence}
        return listed(
            name,
            stream_type="embed",
            play_url=None,
            page_url=f"https://{name}.example/",
            proof=proof,
        )

    streams = [embed("allowed", "allowed"), embed("refused", "refused")]
    await page.route("**/streams/all", lambda route: route.fulfill(json={"streams": streams}))
    await page.route(
        "https://allowed.example/",
        lambda route: route.fulfill(content_type="text/html", body="<h1>Page of the site</h1>"),
    )
    async with serving(tmp_path) as f1stream:
        await page.goto(f"{f1stream.url}/watch?stream=allowed&stream=refused")
        frame = page.locator("iframe")
        await expect(frame.content_frame.get_by_text("Page of the site")).to_be_visible()
        sandbox = (await frame.get_attribute("sandbox") or "").split()
        assert not {"allow-top-navigation", "allow-popups", "allow-downloads"} & set(sandbox)
        link = page.get_by_role("link", name="Open its page")
        await expect(link).to_have_attribute("href", "https://refused.example/")
        await expect(link).to_have_attribute("rel", "noopener noreferrer")
        assert await violations(page) == []


async def test_a_thousand_streams_with_hostile_titles_are_listed_as_text(
    page: Page, tmp_path: Path
) -> None:
    titles = [
        "<script>document.title = 'owned'</script><img src=x onerror=alert(1)>",
        "🏎️💨 Formula 1 🏁",
        "سباق الفورمولا 1 مباشر",
        "F1" * 2500,
        " ",
    ]
    streams = [
        listed(f"s{n}", title=titles[n] if n < len(titles) else f"Stream {n}") for n in range(1000)
    ]
    await page.route("**/streams/all", lambda route: route.fulfill(json={"streams": streams}))
    load = Load.of(page)
    await watch_layout(page)
    async with serving(tmp_path) as f1stream:
        for width in (390, 1280):
            await page.set_viewport_size({"width": width, "height": 800})
            await page.goto(f"{f1stream.url}/watch")
            await expect(page.get_by_text("<script>document.title")).to_be_visible()
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width
            assert await layout_shifts(page) == []
            assert await violations(page) == []
        assert sum(load.scripts().values()) < 120_000
        await page.get_by_role("searchbox").fill("stream 999")
        await expect(page.get_by_role("link", name="Stream 999")).to_be_visible()
        await expect(page.locator("section li")).to_have_count(1)
        await page.get_by_role("searchbox").fill("nothing like that")
        await expect(page.get_by_text("No stream is called that")).to_be_visible()
        assert "owned" not in await page.title()


def listed(
    id: str, *, title: str = "", proof: object = None, **fields: object
) -> dict[str, object]:
    """A playable stream as `/streams/all` lists it."""
    verdict = {
        "level": "frames",
        "playable": True,
        "reason": None,
        "detail": None,
        "checked_at": "2026-11-25T12:00:00Z",
        "proof": proof,
    }
    return {
        "id": id,
        "title": title or id,
        "site_key": "site",
        "site_name": "Site",
        "quality": "720p",
        "stream_type": "m3u8",
        "is_live": True,
        "verdict": verdict,
        "health": None,
        "response_time_ms": 20,
        "bitrate": 2_500_000,
        "checked_at": "2026-11-25T12:00:00Z",
        "extracted_at": "2026-11-25T12:00:00Z",
        "stale": False,
        "alternatives": [],
        "play_url": f"/proxy?url={id}",
        "page_url": None,
        "preview_url": None,
        **fields,
    }


async def plays(page: Page, *, for_s: float, fatal: str | None = "0") -> None:
    """Decoded frames and playing time advance for that long, with so many fatal errors."""
    video = page.get_by_test_id("player")
    await expect(video).to_have_attribute("data-state", "playing", timeout=20_000)
    frames, played = await video.evaluate(FRAMES), await video.evaluate(PLAYED)
    await asyncio.sleep(for_s)
    # A slow machine may drop frames; a quarter of them is still a moving picture.
    assert await video.evaluate(FRAMES) - frames > for_s * 25 / 4
    assert await video.evaluate(PLAYED) - played > for_s * 0.9
    assert fatal is None or await video.get_attribute("data-fatal") == fatal
