"""Pages of other sites in a frame of a real Chromium: some play, some do what they can."""

from __future__ import annotations

import asyncio

from f1stream.browser import Browser
from f1stream.models import Level, Reason
from f1stream.net.guard import Guard
from f1stream.verifier import Proven
from tests.browser.chromium import CHROMIUM
from tests.origin import Encoded, Origin
from tests.origin.faults import StallBeforeHeaders
from tests.verifier.conftest import Proving

VIDEO = '<video muted loop {} src="/clip.mp4" width="320"></video>'
PLAYS = VIDEO.format("autoplay")
SHADOW = f"""<div></div><script>
  const root = document.querySelector("div").attachShadow({{mode: "open"}})
  root.innerHTML = '{PLAYS}'
</script>"""
CLICK = f"""<style>body {{ height: 100vh }}</style><script>
  document.onclick = () => {{ document.body.innerHTML = '{PLAYS}' }}
</script>"""
TRICKS = f"""{PLAYS}<a href="/file" download>file</a><script>
  const attempts = [
    () => {{ top.location = "/away" }},
    () => open("/popup"),
    () => alert("!"),
    () => document.querySelector("a").click(),
    () => navigator.geolocation.getCurrentPosition(() => {{}}),
    () => {{ parent.document.title = "mine" }},
  ]
  setInterval(() => {{ for (const attempt of attempts) try {{ attempt() }} catch {{}} }}, 200)
</script>"""
HOSTILE = {
    "loops": "<script>for (;;);</script>",
    "allocates": """<script>
      const held = []
      setInterval(() => held.push(new Uint8Array(32 << 20).fill(7)), 20)
    </script>""",
}


async def proven(
    proving: Proving, browser: Browser, urls: dict[str, str], timeout_s: float
) -> dict[str, Proven]:
    playback = proving.playback(browser, timeout_s)
    results = await asyncio.gather(*(playback.prove_embed(url) for url in urls.values()))
    return dict(zip(urls, results, strict=True))


def pages(origin: Origin, contents: dict[str, str]) -> dict[str, str]:
    return {
        name: origin.route(f"/{name}", f"<!DOCTYPE html>{content}", content_type="text/html")
        for name, content in contents.items()
    }


async def test_an_embed_is_proven_by_the_video_in_its_frame(
    proving: Proving, origin: Origin, encoded: Encoded
) -> None:
    clip = encoded.ts.parent.parent / "low.mp4"
    origin.route("/clip.mp4", await asyncio.to_thread(clip.read_bytes))
    urls = pages(
        origin,
        {
            "plays": PLAYS,
            "paused": VIDEO.format(""),
            "nested": '<iframe src="/plays"></iframe>',
            "shadow": SHADOW,
            "click": CLICK,
            "tricks": TRICKS,
        },
    )
    origin.route("/file", b"x", content_type="application/zip")
    async with Browser(Guard(), executable=CHROMIUM, contexts=3) as browser:
        results = await proven(proving, browser, urls, timeout_s=20)
    for name, result in results.items():
        evidence = result.proof.evidence
        assert (name, result.proof.level, result.proof.detail) == (name, Level.FRAMES, None)
        assert (evidence.framing, evidence.picture, evidence.status) == ("allowed", "moving", 200)
        assert (evidence.width, evidence.height) == (160, 90)
        assert evidence.played_s >= 2.7
        assert result.picture is not None
        assert result.picture.startswith(b"\xff\xd8")
    assert not {"/away", "/popup", "/file"} & {request.path for request in origin.requests}


async def test_an_embed_that_does_not_play_is_told_with_the_reason(
    proving: Proving, origin: Origin
) -> None:
    def page(name: str, *, status: int = 200, **headers: str) -> str:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        return origin.route(
            f"/{name}", "<p>Page</p>", status=status, headers=named, content_type="text/html"
        )

    origin.fault("/never", StallBeforeHeaders())
    origin.route("/moved", status=302, headers={"Location": "/denied"})
    urls = {
        "denied": page("denied", X_Frame_Options="DENY"),
        "ancestors": page("ancestors", Content_Security_Policy="frame-ancestors 'self'"),
        "moved": origin.at("/moved"),
        "gone": page("gone", status=410),
        "dead": "http://127.0.0.1:9/",
        "empty": page("empty"),
        "never": page("never"),
        "own": f"{proving.url}/",
    }
    async with Browser(Guard(), executable=CHROMIUM, contexts=4) as browser:
        results = await proven(proving, browser, urls, timeout_s=6)
    assert {name: result.proof.reason for name, result in results.items()} == {
        "denied": Reason.FRAMING,
        "ancestors": Reason.FRAMING,
        "moved": Reason.FRAMING,
        "gone": Reason.STATUS,
        "dead": Reason.UNREACHABLE,
        "empty": Reason.STALLED,
        "never": Reason.TIMEOUT,
        "own": Reason.REFUSED,
    }
    assert results["denied"].proof.evidence.framing == "refused"
    assert results["empty"].proof.evidence.framing == "allowed"
    assert results["gone"].proof.evidence.status == 410


async def test_a_hostile_page_is_judged_while_others_play_on(
    proving: Proving, origin: Origin, encoded: Encoded
) -> None:
    clip = encoded.ts.parent.parent / "low.mp4"
    origin.route("/clip.mp4", await asyncio.to_thread(clip.read_bytes))
    good = pages(origin, {"plays": PLAYS})
    async with Origin("127.0.0.2") as hostile:
        urls = pages(hostile, HOSTILE)
        browser = Browser(Guard(), executable=CHROMIUM, contexts=3, page_bytes=384 << 20)
        async with browser:
            judged, played = await asyncio.gather(
                proven(proving, browser, urls, timeout_s=8),
                proven(proving, browser, good, timeout_s=20),
            )
            assert repr(browser) == "<Browser local, 0 of 3 contexts open>"
    assert {name: result.proof.reason for name, result in judged.items()} == {
        "loops": Reason.STALLED,
        "allocates": Reason.STALLED,
    }
    assert played["plays"].proof.level is Level.FRAMES
