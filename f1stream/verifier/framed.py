"""What was seen of an embed, a page of another site in a frame of ours, and what that proves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from f1stream.models import Evidence, Level, Reason
from f1stream.verifier.judgement import PLAYED_S, SLACK_S, Judgement

BLOCKED = "net::ERR_BLOCKED_BY_RESPONSE"
Number = Annotated[float, Field(ge=0, le=1e12)]


class Video(BaseModel):
    """The largest video of a page, as the page lets it be seen: it may lie."""

    model_config = ConfigDict(frozen=True)

    time_s: Number = 0
    paused: bool = True
    area: Number = 0
    width: Annotated[int, Field(ge=0, le=1 << 16)] = 0
    height: Annotated[int, Field(ge=0, le=1 << 16)] = 0
    decoded: Annotated[int, Field(ge=0, le=1 << 40)] = 0
    dropped: Annotated[int, Field(ge=0, le=1 << 40)] = 0
    protected: bool = False


@dataclass(frozen=True, slots=True)
class Framed:
    """`status` and `error` are of the page itself; `answers` is whether its scripts let it.

    `picture` is of what is shown in the frame, video or not.
    """

    status: int | None = None
    error: str | None = None
    answers: bool = True
    video: Video | None = None
    played_s: float = 0
    first_frame_ms: float | None = None
    picture: Literal["moving", "frozen", "black", "none"] = "none"
    jpeg: bytes = b""

    @property
    def framing(self) -> Literal["allowed", "refused"] | None:
        if self.error == BLOCKED:
            return "refused"
        return "allowed" if self.status is not None and self.status < 400 else None

    def evidence(self) -> Evidence:
        video = self.video or Video()
        return Evidence(
            player="embed",
            error=self.error,
            status=self.status,
            width=video.width or None,
            height=video.height or None,
            first_frame_ms=self.first_frame_ms,
            played_s=round(self.played_s, 2),
            decoded_frames=video.decoded,
            dropped_frames=video.dropped,
            picture=self.picture,
            framing=self.framing,
        )


def judged_embed(seen: Framed) -> Judgement:
    """What is to be believed of a page of which this was seen."""
    if seen.framing == "refused":
        return Judgement(reason=Reason.FRAMING, detail="its site lets nobody frame it")
    if seen.played_s >= PLAYED_S - SLACK_S:
        return _played(seen)
    if seen.error is not None:
        return Judgement(reason=Reason.UNREACHABLE, detail=f"its page can't be had ({seen.error})")
    if seen.status is None:
        return Judgement(reason=Reason.TIMEOUT, detail="its page did not load in time")
    if seen.status >= 400:
        return Judgement(
            reason=Reason.STATUS, detail=f"its page is answered by status {seen.status}"
        )
    if not seen.answers:
        return Judgement(reason=Reason.STALLED, detail="its page is busy with itself")
    if seen.video is None:
        return Judgement(reason=Reason.STALLED, detail="no video is in its page")
    if seen.video.protected:
        return Judgement(reason=Reason.DRM, detail="protected by DRM")
    return Judgement(reason=Reason.STALLED, detail="its video does not play")


def _played(seen: Framed) -> Judgement:
    if seen.picture == "black":
        return Judgement(reason=Reason.BLACK, detail="what it shows is black")
    if seen.picture == "frozen" or seen.video is None or seen.video.decoded < 2:
        return Judgement(reason=Reason.FROZEN, detail="what it shows does not move")
    return Judgement(Level.FRAMES)
