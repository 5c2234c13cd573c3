"""What the verification page tells of a stream, parsed at the door: `static/verify/report.ts`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field

from f1stream.models import Evidence

MAX_PICTURE_BYTES = 30_000

Word = Annotated[str, Field(max_length=200)]
Count = Annotated[int, Field(ge=0, le=1 << 40)]


class _Told(BaseModel):
    model_config = ConfigDict(frozen=True)


class Fault(_Told):
    """Something that went wrong, in the player's own word.

    `status` is the HTTP status that came with it, 0 where there was no answer; `said` the reason
    that f1stream gave with it. `cors`: there is an answer, which the page may not read.
    """

    details: Word
    fatal: bool = False
    status: int | None = None
    said: Word | None = None
    cors: bool = False


class Observation(_Told):
    """What was seen until the page looked no longer, and why it did.

    `settled` is `played` where nothing is wrong; `doubted` where it played without a picture or
    a sound to speak of. `keys` are the EXT-X-KEY lines; `head` and `init` the beginning of its
    media, where no picture was seen.
    """

    player: Word
    settled: Literal["played", "doubted", "failed", "stale", "budget"]
    faults: tuple[Fault, ...] = ()
    manifest: bool = False
    segments: Count = 0
    appended: bool = False
    live: bool | None = None
    advancing: bool = False
    unchanged_s: float = 0
    codecs: tuple[Word, ...] = ()
    keys: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    bandwidth_bps: Count | None = None
    first_frame_ms: float | None = None
    played_s: float = 0
    decoded_frames: Count = 0
    dropped_frames: Count = 0
    width: Count = 0
    height: Count = 0
    audio: Literal["heard", "silent", "none"] | None = None
    picture: Literal["moving", "frozen", "black", "none"] = "none"
    head: Base64Bytes = b""
    init: Base64Bytes = b""
    jpeg: Base64Bytes = b""

    @property
    def fault(self) -> Fault | None:
        """What ended it, or else what went wrong first."""
        return next((each for each in self.faults if each.fatal), next(iter(self.faults), None))

    def evidence(self) -> Evidence:
        fault = self.fault
        return Evidence(
            player=self.player,
            error=fault.details if fault else None,
            status=(fault.status or None) if fault else None,
            width=self.width or None,
            height=self.height or None,
            codecs=self.codecs,
            first_frame_ms=None if self.first_frame_ms is None else round(self.first_frame_ms, 1),
            played_s=round(self.played_s, 2),
            decoded_frames=self.decoded_frames,
            dropped_frames=self.dropped_frames,
            bandwidth_bps=self.bandwidth_bps,
            audio=self.audio,
            picture=self.picture,
        )


def picture(jpeg: bytes) -> bytes | None:
    """`jpeg`, where it is one and small enough to keep."""
    return jpeg if jpeg.startswith(b"\xff\xd8") and len(jpeg) <= MAX_PICTURE_BYTES else None
