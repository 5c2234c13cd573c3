"""A page of another site watched in a sandboxed frame: does it come, and does a video play in it?

The page is a stranger's. Nothing it says is waited for without a limit, and nothing it does gets
out of its frame.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from pydantic import ValidationError

from f1stream.verifier.framed import Framed, Video
from f1stream.verifier.judgement import PLAYED_S

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Frame, Page, Request, Response

LOOK_S = 0.25
PICTURE_S = 1.0
# So long it may take by itself; after that it is helped to start, as a viewer would.
ALONE_S = 2.0
# What would be held against it is looked at for so long.
DOUBT_S = 8.0
# A page whose scripts never pause is given up after so long.
DEAF_S = 6.0
_ANSWER_S = 1.5
_MOST_FRAMES = 20

PictureKind = Literal["moving", "frozen", "black", "none"]

# Looks for the largest video of a document, open shadow trees included, and starts it if told to.
_LOOK = """start => {
  const within = (root, depth) => [...root.querySelectorAll("*")].slice(0, 5000).flatMap(element =>
    element instanceof HTMLVideoElement ? [element]
    : element.shadowRoot && depth < 5 ? within(element.shadowRoot, depth + 1) : [])
  const area = video => { const box = video.getBoundingClientRect(); return box.width * box.height }
  const video = within(document, 0).sort((one, other) => area(other) - area(one))[0]
  if (!video) return null
  if (start && video.paused && !video.ended) {
    video.muted = true
    video.play().catch(() => {})
  }
  const quality = video.getVideoPlaybackQuality()
  return {
    time_s: video.currentTime, paused: video.paused, area: area(video),
    width: video.videoWidth, height: video.videoHeight,
    decoded: quality.totalVideoFrames, dropped: quality.droppedVideoFrames,
    protected: !!video.mediaKeys,
  }
}"""


async def watched(page: Page, url: str, timeout_s: float) -> Framed:
    """Show `url` in a frame of the verification page `page`, and watch it until enough is seen."""
    watch = _Watch(page)
    page.on("response", watch.answered)
    page.on("requestfailed", watch.failed)
    # Time that is used up is an answer too.
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await watch.run(url)
    return await watch.framed()


@dataclass(slots=True)
class _Playing:
    """The video of one frame."""

    video: Video
    seen_s: float
    played_s: float = 0

    def goes_on(self, video: Video, now_s: float) -> None:
        step_s = video.time_s - self.video.time_s
        # More than time went by is a jump.
        if 0 < step_s <= now_s - self.seen_s + 0.5:
            self.played_s += step_s
        self.video, self.seen_s = video, now_s


class _Watch:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._status: int | None = None
        self._error: str | None = None
        self._playing: dict[Frame, _Playing] = {}
        self._picture: PictureKind = "none"
        self._began_s = time.monotonic()
        self._answered_s = self._began_s
        self._pictured_s = 0.0
        self._first_frame_ms: float | None = None
        self._clicked = False
        self._session: CDPSession | None = None

    def answered(self, response: Response) -> None:
        if self._is_of_the_page(response.request):
            self._status, self._error = response.status, None

    def failed(self, request: Request) -> None:
        if self._is_of_the_page(request):
            found = re.search(r"net::ERR_\w+", request.failure or "")
            # It went elsewhere meanwhile, or is a download, which comes to nothing.
            if found and found[0] != "net::ERR_ABORTED":
                self._error = found[0]

    def _is_of_the_page(self, request: Request) -> bool:
        from playwright.async_api import Error

        with suppress(Error):
            if request.is_navigation_request():
                return request.frame.parent_frame == self._page.main_frame
        return False

    async def run(self, url: str) -> None:
        self._session = await self._page.context.new_cdp_session(self._page)
        self._began_s = self._answered_s = time.monotonic()
        await self._page.evaluate("url => verification.embed(url)", url)
        while not self._settled():
            await asyncio.sleep(LOOK_S)
            await self._look()
            await self._help()
            await self._take_picture()

    def _settled(self) -> bool:
        if self._error is not None or (self._status or 0) >= 400 or not self._answers():
            return True
        played_s = self._best.played_s if self._best else 0
        doubtful = self._picture in ("black", "frozen", "none")
        return played_s >= (DOUBT_S if doubtful else PLAYED_S)

    def _answers(self) -> bool:
        return time.monotonic() - self._answered_s < DEAF_S

    @property
    def _best(self) -> _Playing | None:
        return max(
            self._playing.values(),
            key=lambda playing: (playing.played_s, playing.video.area),
            default=None,
        )

    async def _look(self) -> None:
        frames = self._page.frames[1 : _MOST_FRAMES + 1]
        heard = await asyncio.gather(*(self._ask(frame) for frame in frames))
        if not frames or any(heard):
            self._answered_s = time.monotonic()

    async def _ask(self, frame: Frame) -> bool:
        """Look into one frame; whether it answered."""
        from playwright.async_api import Error

        start = time.monotonic() - self._began_s > ALONE_S
        try:
            async with asyncio.timeout(_ANSWER_S):
                told = await frame.evaluate(_LOOK, start)
            video = Video.model_validate(told) if told is not None else None
        except TimeoutError:
            return False
        except (Error, ValidationError):
            # It is on its way elsewhere, or tells nonsense.
            return True
        if video is not None:
            self._note(frame, video)
        return True

    def _note(self, frame: Frame, video: Video) -> None:
        now_s = time.monotonic()
        if playing := self._playing.get(frame):
            playing.goes_on(video, now_s)
        else:
            self._playing[frame] = _Playing(video, now_s)
        if video.decoded and self._first_frame_ms is None:
            self._first_frame_ms = round((now_s - self._began_s) * 1000, 1)

    async def _help(self) -> None:
        """Click once where nothing plays: many players wait for that."""
        from playwright.async_api import Error

        waited_s = time.monotonic() - self._began_s
        if self._clicked or self._first_frame_ms is not None or waited_s < 2 * ALONE_S:
            return
        self._clicked = True
        size = self._page.viewport_size or {"width": 0, "height": 0}
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(_ANSWER_S):
                await self._page.mouse.click(size["width"] / 2, size["height"] / 2)

    async def _take_picture(self) -> None:
        from playwright.async_api import Error

        now_s = time.monotonic()
        if self._session is None or self._first_frame_ms is None:
            return
        if now_s - self._pictured_s < PICTURE_S:
            return
        self._pictured_s = now_s
        with suppress(Error, TimeoutError):
            async with asyncio.timeout(_ANSWER_S):
                shot = await self._session.send(
                    "Page.captureScreenshot", {"format": "jpeg", "quality": 80}
                )
                kind = await self._page.evaluate("jpeg => verification.look(jpeg)", shot["data"])
                self._picture = cast(PictureKind, kind)

    async def framed(self) -> Framed:
        best = self._best
        return Framed(
            status=self._status,
            error=self._error,
            answers=self._answers(),
            video=best.video if best else None,
            played_s=best.played_s if best else 0,
            first_frame_ms=self._first_frame_ms,
            picture=self._picture,
            jpeg=await self._preview(),
        )

    async def _preview(self) -> bytes:
        from playwright.async_api import Error

        with suppress(Error, TimeoutError, binascii.Error):
            async with asyncio.timeout(_ANSWER_S):
                return base64.b64decode(await self._page.evaluate("verification.preview()"))
        return b""
