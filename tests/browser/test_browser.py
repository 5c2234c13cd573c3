"""A real Chromium, started and attached to, with pages that try everything."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest
from playwright.async_api import Error

from f1stream.browser import Browser
from f1stream.browser.supply import DRIVER_BYTES, LOCAL_BYTES
from f1stream.errors import BrowserLost, MemoryShort
from f1stream.models import Means
from f1stream.net.guard import Guard
from tests.browser.chromium import CHROMIUM, remote
from tests.listener import Listener
from tests.origin import Origin
from tests.program import alive, children

LOOPBACK = [ipaddress.ip_network("127.0.0.1")]


def local(guard: Guard | None = None) -> Browser:
    return Browser(guard or Guard(LOOPBACK), executable=CHROMIUM)


def only(origin: Origin) -> Guard:
    """A guard that permits this origin and no other port of this machine."""
    parts = urlsplit(origin.url)
    return Guard(allow_endpoints=[(parts.hostname or "", parts.port or 0)])


def tree(pid: int) -> set[int]:
    """A process and all that it has started."""
    return {pid}.union(*(tree(child) for child in children(pid)))


def started() -> set[int]:
    """What this process has started."""
    return tree(os.getpid()) - {os.getpid()}


async def ended(pids: set[int]) -> None:
    async with asyncio.timeout(20):
        while alive(pids):
            await asyncio.sleep(0.02)


async def test_it_starts_when_it_is_needed_and_leaves_no_process(origin: Origin) -> None:
    origin.route("/", "<title>Here</title>", content_type="text/html")
    async with local() as browser:
        assert started() == set()
        assert repr(browser) == "<Browser not started>"
        async with browser.context() as context:
            page = await context.new_page()
            await page.goto(origin.at("/"))
            assert await page.title() == "Here"
            assert repr(browser) == "<Browser local, 1 of 2 contexts open>"
        first = started()
        async with browser.context():
            pass
        assert len(first & started()) > 2
    await ended(first)


async def test_contexts_know_nothing_of_each_other(origin: Origin) -> None:
    cookie = {"Set-Cookie": "a=b; Path=/"}
    origin.route("/", "<title>x</title>", headers=cookie, content_type="text/html")
    async with local() as browser:
        for _ in range(2):
            async with browser.context() as context:
                page = await context.new_page()
                await page.goto(origin.at("/"))
    assert [
        request.headers.get("Cookie") for request in origin.requests if request.path == "/"
    ] == [
        None,
        None,
    ]


TRICKS = """<!DOCTYPE html><title>Tricks</title>
<link rel="preconnect" href="{inside}"><link rel="dns-prefetch" href="{inside}">
<link rel="preload" as="fetch" href="{inside}/preload">
<link rel="stylesheet" href="{inside}/style.css">
<script src="{inside}/script.js"></script>
<img src="{inside}/image.png"><img src="/redirect"><img src="http://localhost:{port}/image.png">
<iframe src="{inside}/frame"></iframe><iframe src="/redirect"></iframe>
<iframe src="file:///etc/passwd"></iframe>
<video src="{inside}/video.mp4"></video>
<form id="form" method="post" target="frame" action="{inside}/form"></form>
<iframe name="frame"></iframe>
<script>
  fetch("{inside}/fetch", {{mode: "no-cors"}}).catch(() => 0)
  fetch("http://[::ffff:127.0.0.1]:{port}/", {{mode: "no-cors"}}).catch(() => 0)
  fetch("http://2130706433:{port}/", {{mode: "no-cors"}}).catch(() => 0)
  fetch("/redirect", {{mode: "no-cors"}}).catch(() => 0)
  new WebSocket("ws://127.0.0.1:{port}/")
  new EventSource("{inside}/events")
  navigator.sendBeacon("{inside}/beacon", "x")
  document.getElementById("form").submit()
  const source = URL.createObjectURL(new Blob(
    ['fetch("{inside}/worker", {{mode: "no-cors"}}); new WebSocket("ws://127.0.0.1:{port}/")']))
  new Worker(source)
  try {{ new WebTransport("https://127.0.0.1:{udp}/") }} catch (error) {{}}
  function call(Peer) {{
    const peer = new Peer({{iceServers: [
      {{urls: "stun:127.0.0.1:{udp}"}},
      {{urls: "turn:127.0.0.1:{udp}?transport=udp", username: "a", credential: "b"}},
      {{urls: "turn:127.0.0.1:{port}?transport=tcp", username: "a", credential: "b"}},
    ]}})
    peer.createDataChannel("x")
    peer.createOffer().then(offer => peer.setLocalDescription(offer))
  }}
  const frame = document.body.appendChild(document.createElement("iframe"))
  for (const one of [window, frame.contentWindow])
    try {{ call(one.RTCPeerConnection) }} catch (error) {{}}
  window.open("{inside}/popup")
</script>"""


@pytest.mark.parametrize("attached", [False, True])
async def test_nothing_that_a_page_can_do_reaches_a_private_address(
    origin: Origin, tmp_path: Path, attached: bool
) -> None:
    async with AsyncExitStack() as stack:
        udp = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        udp.bind(("127.0.0.1", 0))
        udp.setblocking(False)
        cdp_url = (await stack.enter_async_context(remote(tmp_path)))[1] if attached else ""
        private = await stack.enter_async_context(Listener("127.0.0.1"))
        page_text = TRICKS.format(inside=private.url, port=private.port, udp=udp.getsockname()[1])
        origin.route("/", page_text, content_type="text/html")
        origin.route("/redirect", status=302, headers={"Location": f"{private.url}/r"})
        browser = Browser(only(origin), cdp_url=cdp_url, executable=CHROMIUM)
        await stack.enter_async_context(browser)
        async with browser.context() as context:
            page = await context.new_page()
            await page.goto(origin.at("/"), wait_until="domcontentloaded")
            await origin.asked("/redirect", times=2)
            # A page's requests leave at once; half a second is long for all of them.
            await page.wait_for_timeout(500)
            with pytest.raises(Error, match="ERR_SOCKS_CONNECTION_FAILED"):
                await page.goto(f"{private.url}/direct")
        assert private.connections == 0
        with pytest.raises(BlockingIOError):
            udp.recv(1)


async def test_what_opens_windows_downloads_or_asks_comes_to_nothing(
    origin: Origin, tmp_path: Path
) -> None:
    origin.route(
        "/",
        """<title>Pest</title><a id="a" href="/file" download>x</a><button>play</button><script>
        document.querySelector("button").onclick = () => {
          for (let n = 0; n < 5; n++) window.open("/popup")
          document.getElementById("a").click()
          Notification.requestPermission()
          navigator.geolocation.getCurrentPosition(() => { document.title = "found" })
          if (!confirm("?")) document.title = "refused"
        }</script>""",
        content_type="text/html",
    )
    origin.route("/popup", "<title>Popup</title>", content_type="text/html")
    origin.route("/file", b"x" * 1000, content_type="application/zip")
    async with local() as browser, browser.context() as context:
        page = await context.new_page()
        await page.goto(origin.at("/"))
        await page.click("button", no_wait_after=True)
        async with asyncio.timeout(5):
            while await page.title() != "refused" or context.pages != [page]:
                await asyncio.sleep(0.02)


async def test_windows_that_open_while_a_context_closes_harm_nothing(origin: Origin) -> None:
    origin.route(
        "/",
        """<button>play</button><script>document.querySelector("button").onclick = () => {
          setInterval(() => window.open("/popup"), 1)
        }</script>""",
        content_type="text/html",
    )
    origin.route("/popup", "<title>Popup</title>", content_type="text/html")
    async with local() as browser:
        for turn in range(6):
            async with browser.context() as context:
                page = await context.new_page()
                await page.goto(origin.at("/"))
                await page.click("button", no_wait_after=True)
                await asyncio.sleep(0.03 * turn)
        async with browser.context() as context:
            page = await context.new_page()
            assert await page.evaluate("1 + 1") == 2


async def test_one_who_leaves_at_any_moment_leaves_nothing_open(origin: Origin) -> None:
    async with local() as browser:
        async with browser.context():
            pass
        for turns in range(0, 60, 4):
            using = asyncio.create_task(_used(browser))
            for _ in range(turns):
                await asyncio.sleep(0.001)
            using.cancel()
            with suppress(asyncio.CancelledError):
                await using
        assert repr(browser) == "<Browser local, 0 of 2 contexts open>"
        assert browser._supply._engine is not None
        assert browser._supply._engine.browser.contexts == []


async def _used(browser: Browser) -> None:
    async with browser.context() as context:
        await context.new_page()
        await asyncio.sleep(60)


async def test_only_so_many_contexts_are_open() -> None:
    async with Browser(Guard(), executable=CHROMIUM, contexts=1) as browser:
        async with browser.context():
            waiting = asyncio.create_task(_used(browser))
            await asyncio.sleep(0.1)
            assert repr(browser) == "<Browser local, 1 of 1 contexts open>"
            waiting.cancel()
            with suppress(asyncio.CancelledError):
                await waiting


def chromiums() -> set[int]:
    """The Chromium processes that the driver started, which it started itself."""
    return {grandchild for child in children(os.getpid()) for grandchild in children(child)}


@pytest.mark.parametrize("victim", ["chromium", "driver"])
async def test_after_a_crash_another_is_started(
    victim: str, origin: Origin, caplog: pytest.LogCaptureFixture
) -> None:
    origin.route("/", "<title>Here</title>", content_type="text/html")
    async with local() as browser:
        with pytest.raises(BrowserLost):
            await _used_while(browser, chromiums if victim == "chromium" else _drivers)
        before = started()
        async with asyncio.timeout(60):
            while True:
                with suppress(BrowserLost):
                    async with browser.context() as context:
                        page = await context.new_page()
                        await page.goto(origin.at("/"))
                        assert await page.title() == "Here"
                        break
        await ended(before - started())
    assert started() == set()


def _drivers() -> set[int]:
    return children(os.getpid())


async def _used_while(browser: Browser, victims: object) -> None:
    async with browser.context() as context:
        page = await context.new_page()
        assert callable(victims)
        for pid in victims():
            os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            while True:
                await page.title()
                await asyncio.sleep(0.01)


async def test_an_attached_browser_is_used_and_left_as_it_was(
    origin: Origin, tmp_path: Path
) -> None:
    origin.route("/", "<title>Here</title>", content_type="text/html")
    async with remote(tmp_path) as (_, cdp_url), aiohttp.ClientSession() as session:
        await (await session.put(f"{cdp_url}/json/new?about:blank")).read()
        before = await (await session.get(f"{cdp_url}/json/list")).json()
        async with Listener("127.0.0.1") as private:
            async with Browser(only(origin), cdp_url=cdp_url) as browser:
                async with browser.context() as context:
                    assert repr(browser) == "<Browser 127.0.0.1, 1 of 2 contexts open>"
                    page = await context.new_page()
                    await page.goto(origin.at("/"))
                    assert await page.title() == "Here"
                    with pytest.raises(Error, match="ERR_SOCKS_CONNECTION_FAILED"):
                        await page.goto(private.url)
            assert private.connections == 0
        after = await (await session.get(f"{cdp_url}/json/list")).json()
        assert {page["id"] for page in after} == {page["id"] for page in before}


async def test_a_lost_browser_is_replaced_by_our_own_until_it_is_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = 0.0
    async with remote(tmp_path / "a") as (process, cdp_url):
        browser = Browser(Guard(), cdp_url=cdp_url, executable=CHROMIUM, clock=lambda: now)
        async with browser:
            async with browser.context():
                pass
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
            async with asyncio.timeout(10):
                while (
                    browser._supply._engine is None
                    or browser._supply._engine.browser.is_connected()
                ):
                    await asyncio.sleep(0.01)
            async with browser.context():
                assert repr(browser).startswith("<Browser local")
            assert "127.0.0.1 can't be reached; a local browser is used" in caplog.text
            async with remote(tmp_path / "b") as (_, elsewhere):
                browser._supply._cdp_url = elsewhere
                async with browser.context():
                    assert repr(browser).startswith("<Browser local"), "it is too early"
                # On a busy machine the first attempt can take too long.
                async with asyncio.timeout(60):
                    while not repr(browser).startswith("<Browser 127.0.0.1"):
                        now += 60.0
                        async with browser.context():
                            pass


async def test_where_there_is_no_browser_at_all_the_error_says_which(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        cdp_url = f"http://127.0.0.1:{free.getsockname()[1]}/?token=hunter2"
        executable = str(tmp_path / "chromium")
        async with Browser(Guard(), cdp_url=cdp_url, executable=executable) as browser:
            with pytest.raises(BrowserLost) as caught:
                async with browser.context():
                    raise AssertionError("there is none")
    assert caught.value.detail.startswith("127.0.0.1 can't be reached; ")
    assert f"{executable} does not start; install chromium" in caught.value.detail
    assert "hunter2" not in caught.value.detail
    assert started() == set()


PARENT = """
import asyncio, signal, sys
# What a shell starts in the background would ignore it.
signal.signal(signal.SIGINT, signal.default_int_handler)
from f1stream.browser import Browser
from f1stream.net.guard import Guard
async def main():
    _, executable, cdp_url = sys.argv
    browser = Browser(Guard(), executable=executable, cdp_url=cdp_url)
    async with browser, browser.context() as context:
        await context.new_page()
        print("open", flush=True)
        await asyncio.sleep(3600)
asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL, signal.SIGINT])
async def test_it_ends_with_the_process_that_started_it(number: signal.Signals) -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, CHROMIUM, ""), stdout=PIPE, stderr=DEVNULL
    )
    assert parent.stdout is not None
    async with asyncio.timeout(60):
        assert await parent.stdout.readline() == b"open\n"
        family = tree(parent.pid)
        assert len(family) > 3
        os.kill(parent.pid, number)
        await parent.communicate()
    await ended(family)


async def test_killed_it_leaves_no_page_in_an_attached_browser(tmp_path: Path) -> None:
    async with remote(tmp_path) as (_, cdp_url), aiohttp.ClientSession() as session:

        async def listed() -> set[str]:
            pages = await (await session.get(f"{cdp_url}/json/list")).json()
            return {page["id"] for page in pages}

        before = await listed()
        parent = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", PARENT, "/nowhere", cdp_url), stdout=PIPE, stderr=DEVNULL
        )
        assert parent.stdout is not None
        async with asyncio.timeout(60):
            assert await parent.stdout.readline() == b"open\n"
            assert await listed() > before
            parent.kill()
            await parent.communicate()
            while await listed() != before:
                await asyncio.sleep(0.05)


async def test_a_worn_browser_is_replaced_when_nobody_uses_it() -> None:
    async with Browser(Guard(), executable=CHROMIUM, most_uses=2) as browser:
        async with browser.context():
            first = chromiums()
            async with browser.context():
                pass
            waiting = asyncio.create_task(_used(browser))
            await asyncio.sleep(0.1)
            assert chromiums() == first, "it is still used"
        await ended(first)
        async with asyncio.timeout(30):
            while not chromiums():
                await asyncio.sleep(0.02)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)


async def test_a_browser_that_has_grown_too_large_is_replaced() -> None:
    async with Browser(Guard(), executable=CHROMIUM, most_bytes=1 << 20) as browser:
        async with browser.context():
            first = chromiums()
        async with browser.context():
            assert not chromiums() & first


GREEDY = """<title>Greedy</title><script>
  const held = []
  setInterval(() => held.push(new Uint8Array(32 << 20).fill(7)), 20)
</script>"""


async def test_a_page_that_eats_up_memory_ends_and_no_other_does(origin: Origin) -> None:
    origin.route("/", GREEDY, content_type="text/html")
    async with Browser(Guard(LOOPBACK), executable=CHROMIUM, page_bytes=384 << 20) as browser:
        async with browser.context() as context, browser.context() as other:
            innocent = await other.new_page()
            page = await context.new_page()
            async with page.expect_event("crash", timeout=30_000):
                await page.goto(origin.at("/"))
            assert await innocent.evaluate("1 + 1") == 2


async def test_it_is_told_whether_a_browser_is_a_remote_one(tmp_path: Path) -> None:
    async with local() as browser:
        assert browser.means is Means.LOCAL_BROWSER
    async with remote(tmp_path) as (process, cdp_url):
        async with Browser(Guard(), cdp_url=cdp_url, executable=CHROMIUM, most_uses=1) as browser:
            for _ in range(2):
                async with browser.context():
                    assert browser.means is Means.REMOTE_BROWSER
            assert process.returncode is None, "it is not ours to replace"


async def test_no_browser_is_started_that_there_is_no_memory_for() -> None:
    asked: list[int] = []

    async def admit(size_bytes: int) -> None:
        asked.append(size_bytes)
        raise MemoryShort("240 MiB of 256 MiB are in use; raise the memory limit")

    for cdp_url in ("http://127.0.0.1:9", ""):
        async with Browser(Guard(), cdp_url=cdp_url, admit=admit) as browser:
            with pytest.raises(BrowserLost, match=r"no memory for a browser: 240 MiB .* raise"):
                async with browser.context():
                    pass
    assert asked == [DRIVER_BYTES, LOCAL_BYTES]
    assert started() == set()
