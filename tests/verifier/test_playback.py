"""Streams of all kinds in a real Chromium, through the whole of f1stream."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import BrowserContext

from f1stream.browser import Browser
from f1stream.models import Level, Means, Reason
from f1stream.net.guard import Guard
from f1stream.verifier import Playback, Proven
from tests.browser.chromium import CHROMIUM, remote
from tests.browser.test_browser import chromiums, ended, started, tree
from tests.origin import Encoded, LiveWindow, Origin
from tests.origin.faults import Html, Status
from tests.verifier.conftest import Proving
from tests.verifier.oddities import Oddities


def local(contexts: int = 4) -> Browser:
    return Browser(Guard(), executable=CHROMIUM, contexts=contexts)


async def proven(playback: Playback, links: dict[str, str]) -> dict[str, Proven]:
    """All of them at once, as far as the browser's contexts go."""
    results = await asyncio.gather(*(playback.prove(link) for link in links.values()))
    return dict(zip(links, results, strict=True))


def mounted(origin: Origin, playlist: Path, name: str = "") -> str:
    name = name or playlist.parent.name
    origin.files(playlist.parent, f"/{name}/")
    return origin.at(f"/{name}/{playlist.name}")


async def test_what_plays_is_proven_with_a_picture_and_evidence(
    proving: Proving, origin: Origin, encoded: Encoded, oddities: Oddities
) -> None:
    kinds = (encoded.ts, encoded.fmp4, encoded.aes128, encoded.audio, encoded.multi)
    links = {playlist.parent.name: proving.link(mounted(origin, playlist)) for playlist in kinds}
    links["live"] = proving.link(LiveWindow(encoded.ts, window=5).mount(origin))
    links["mute"] = proving.link(mounted(origin, oddities.mute))
    links["radio"] = proving.link(mounted(origin, oddities.radio))
    async with local() as browser:
        results = await proven(proving.playback(browser), links)
    for name, result in results.items():
        proof, evidence = result.proof, result.proof.evidence
        assert (name, proof.level, proof.detail) == (
            name,
            Level.FRAMES,
            "sound only" if name == "radio" else None,
        )
        assert proof.means is Means.LOCAL_BROWSER
        assert evidence.player.startswith("hls.js 1.")
        assert evidence.played_s >= 2.9
        assert evidence.audio == ("none" if name == "mute" else "heard"), name
        if name == "radio":
            assert (evidence.picture, evidence.decoded_frames) == ("none", 0)
            assert result.picture is None
            continue
        assert (evidence.width, evidence.height) == (160, 90)
        assert evidence.picture == "moving"
        assert evidence.decoded_frames > 10
        assert evidence.first_frame_ms is not None
        assert any(codec.startswith("avc1.") for codec in evidence.codecs)
        assert result.picture is not None
        assert width_of(result.picture) == 320
        assert len(result.picture) <= 30_000


def width_of(jpeg: bytes) -> int:
    """From the first frame header (ITU T.81, B.2.2), whose marker is SOF0 or SOF2."""
    at = 2
    while jpeg[at + 1] not in (0xC0, 0xC2):
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    return int.from_bytes(jpeg[at + 7 : at + 9])


WIDEVINE = "urn:uuid:edef8ba9-79d6-4ace-a3c8-27dcd51d21ed"


async def test_what_does_not_play_is_told_with_the_reason(
    proving: Proving, origin: Origin, encoded: Encoded, oddities: Oddities
) -> None:
    expected: dict[str, Reason | Level] = {}
    links: dict[str, str] = {}

    def case(name: str, upstream: str, outcome: Reason | Level) -> None:
        links[name], expected[name] = proving.link(upstream), outcome

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{unused.getsockname()[1]}/index.m3u8"
    case("dead", nobody, Reason.UNREACHABLE)
    case("private", "http://10.255.255.1/index.m3u8", Reason.REFUSED)
    origin.fault("/page/", Html())
    case("page", mounted(origin, encoded.ts, "page"), Reason.NOT_A_PLAYLIST)
    origin.fault("/403/", Status(403))
    case("403", mounted(origin, encoded.ts, "403"), Reason.STATUS)
    origin.fault("/missing/index0", Status(404))
    origin.fault("/missing/index1", Status(404))
    case("missing", mounted(origin, encoded.ts, "missing"), Reason.STATUS)
    case("black", mounted(origin, oddities.black), Reason.BLACK)
    case("frozen", mounted(origin, oddities.frozen), Reason.FROZEN)
    case("silent", mounted(origin, oddities.silent), Reason.SILENT)
    case("mpeg2", mounted(origin, oddities.mpeg2), Reason.CODEC)
    case("hevc", mounted(origin, oddities.hevc), Level.SEGMENT)
    stale = LiveWindow(encoded.ts, window=5, clock=lambda: 0.0)
    case("stale", stale.mount(origin, "/stale/"), Reason.STALE)
    mounted(origin, encoded.aes128, "wrong")
    origin.route("/wrong/secret.key", b"!" * 16)
    case("wrong key", origin.at("/wrong/index.m3u8"), Reason.CODEC)
    mounted(origin, encoded.ts, "drm")
    key = f'#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://1",KEYFORMAT="{WIDEVINE}"\n#EXTINF'
    text = await asyncio.to_thread(encoded.ts.read_text)
    origin.route("/drm/index.m3u8", text.replace("#EXTINF", key))
    case("drm", origin.at("/drm/index.m3u8"), Reason.DRM)

    async with local(contexts=5) as browser:
        results = await proven(proving.playback(browser), links)
    found = {name: result.proof.reason or result.proof.level for name, result in results.items()}
    assert found == expected, {name: result.proof for name, result in results.items()}
    assert results["403"].proof.evidence.status == 403
    assert results["hevc"].proof.detail is not None
    assert "hvc1" in results["hevc"].proof.detail
    assert all(result.proof.detail for result in results.values())


class WithoutMediaSource(Browser):
    """A browser whose pages have its own HLS player only."""

    @asynccontextmanager
    async def context(self, guard: Guard | None = None) -> AsyncIterator[BrowserContext]:
        async with super().context(guard) as context:
            names = ("MediaSource", "ManagedMediaSource", "WebKitMediaSource")
            script = "; ".join(f"delete globalThis.{name}" for name in names)
            await context.add_init_script(script)
            yield context


async def test_without_media_source_the_browsers_own_player_proves(
    proving: Proving, origin: Origin, encoded: Encoded
) -> None:
    origin.fault("/gone/", Status(410))
    links = {
        "fmp4": proving.link(mounted(origin, encoded.fmp4)),
        "gone": proving.link(mounted(origin, encoded.ts, "gone")),
    }
    async with WithoutMediaSource(Guard(), executable=CHROMIUM) as browser:
        results = await proven(proving.playback(browser), links)
    good = results["fmp4"].proof
    assert (good.level, good.evidence.player) == (Level.FRAMES, "native")
    assert (good.evidence.picture, good.evidence.audio) == ("moving", "heard")
    gone = results["gone"].proof
    assert (gone.reason, gone.evidence.status) == (Reason.STATUS, 410)


async def test_an_attached_browser_proves_and_is_left_as_it_was(
    proving: Proving, origin: Origin, encoded: Encoded, tmp_path: Path
) -> None:
    link = proving.link(mounted(origin, encoded.ts))
    async with remote(tmp_path) as (_, cdp_url), aiohttp.ClientSession() as session:

        async def listed() -> set[str]:
            pages = await (await session.get(f"{cdp_url}/json/list")).json()
            return {page["id"] for page in pages}

        await (await session.put(f"{cdp_url}/json/new?about:blank")).read()
        before = await listed()
        async with Browser(Guard(), cdp_url=cdp_url, executable=CHROMIUM) as browser:
            proof = (await proving.playback(browser).prove(link)).proof
        assert (proof.level, proof.means) == (Level.FRAMES, Means.REMOTE_BROWSER)
        # No flag of ours is set there: sound has to start all the same.
        assert (proof.evidence.audio, proof.evidence.picture) == ("heard", "moving")
        assert await listed() == before


async def test_a_browser_killed_in_the_middle_is_told_and_replaced(
    proving: Proving, origin: Origin, encoded: Encoded
) -> None:
    link = proving.link(mounted(origin, encoded.ts))
    async with local() as browser:
        playback = proving.playback(browser)
        proving_it = asyncio.create_task(playback.prove(link))
        await origin.asked("/ts/index0.ts", timeout_s=30)
        for pid in chromiums():
            os.kill(pid, signal.SIGKILL)
        lost = (await proving_it).proof
        assert (lost.level, lost.reason) == (None, Reason.BROWSER_LOST)
        again = (await playback.prove(link)).proof
        assert again.level is Level.FRAMES
        left = started()
    await ended(left)


async def test_without_a_browser_or_its_page_nothing_is_held_against_a_stream(
    proving: Proving, tmp_path: Path
) -> None:
    link = proving.link("http://127.0.0.1:9/index.m3u8")
    async with Browser(Guard(), executable=str(tmp_path / "none")) as browser:
        proof = (await proving.playback(browser).prove(link)).proof
    assert proof.reason is Reason.BROWSER_LOST
    async with local() as browser:
        elsewhere = Playback(browser, page_url="http://127.0.0.1:9/verify/", guard=Guard())
        proof = (await elsewhere.prove(link)).proof
    assert proof.reason is Reason.BROWSER_LOST
    assert proof.detail == "the browser does not reach f1stream at 127.0.0.1"


async def test_one_who_stops_waiting_leaves_no_page_behind(
    proving: Proving, origin: Origin, encoded: Encoded
) -> None:
    link = proving.link(mounted(origin, encoded.ts))
    async with local() as browser:
        waiting = asyncio.create_task(proving.playback(browser).prove(link))
        await origin.asked("/ts/index.m3u8", timeout_s=30)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert repr(browser) == "<Browser local, 0 of 4 contexts open>"


PARENT = """
import asyncio, sys
from urllib.parse import urlsplit
from f1stream.browser import Browser
from f1stream.net.guard import Guard
from f1stream.verifier import Playback
async def main():
    _, executable, url, link = sys.argv
    parts = urlsplit(url)
    guard = Guard(allow_endpoints=[(parts.hostname, parts.port)])
    async with Browser(Guard(), executable=executable) as browser:
        await Playback(browser, page_url=f"{url}/verify/", guard=guard, timeout_s=60).prove(link)
asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_a_check_ends_with_the_process_that_makes_it(
    proving: Proving, origin: Origin, encoded: Encoded, number: signal.Signals
) -> None:
    link = proving.link(mounted(origin, encoded.ts))
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PARENT, CHROMIUM, proving.url, link), stdout=PIPE, stderr=DEVNULL
    )
    await origin.asked("/ts/index0.ts", timeout_s=60)
    family = tree(parent.pid)
    assert len(family) > 3
    os.kill(parent.pid, number)
    await parent.communicate()
    await ended(family)
