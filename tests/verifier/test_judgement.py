"""From what a browser saw to a verdict: every rule, without a browser."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from f1stream.models import Level, Reason
from f1stream.verifier.framed import BLOCKED, Framed, Video, judged_embed
from f1stream.verifier.judgement import Judgement, judged
from f1stream.verifier.observation import Fault, Observation, picture

GOOD = Observation(
    player="hls.js 1.7.4",
    settled="played",
    manifest=True,
    segments=3,
    appended=True,
    live=True,
    advancing=True,
    codecs=("avc1.64001f", "mp4a.40.2"),
    first_frame_ms=240.04,
    played_s=3.04,
    decoded_frames=76,
    width=1280,
    height=720,
    audio="heard",
    picture="moving",
)
NOTHING = Observation(player="hls.js 1.7.4", settled="failed")


def but(observation: Observation, **changes: Any) -> Observation:
    return observation.model_copy(update=changes)


def failed(details: str, status: int | None = None, **more: Any) -> Observation:
    told = {key: more.pop(key) for key in ("said", "cors") if key in more}
    fault = Fault(details=details, fatal=True, status=status, **told)
    return but(NOTHING, faults=(fault,), **more)


def test_what_plays_is_proven_by_frames() -> None:
    assert judged(GOOD) == Judgement(Level.FRAMES)
    assert GOOD.evidence().first_frame_ms == 240.0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"picture": "black"}, Reason.BLACK),
        ({"picture": "frozen"}, Reason.FROZEN),
        ({"decoded_frames": 1}, Reason.FROZEN),
        ({"audio": "silent"}, Reason.SILENT),
        ({"audio": "silent", "picture": "none", "codecs": ("mp4a.40.2",)}, Reason.SILENT),
    ],
)
def test_what_plays_and_shows_nothing_is_not_playable(
    changes: dict[str, Any], reason: Reason
) -> None:
    assert judged(but(GOOD, settled="doubted", **changes)).reason is reason


def test_sound_alone_is_a_stream_and_so_is_a_picture_alone() -> None:
    radio = but(GOOD, picture="none", codecs=("mp4a.40.2",), decoded_frames=0)
    assert judged(radio) == Judgement(Level.FRAMES, detail="sound only")
    assert judged(but(GOOD, audio="none")).level is Level.FRAMES


def test_a_playlist_that_changes_seldom_is_believed_and_said_so() -> None:
    slow = judged(but(GOOD, settled="budget", advancing=False, played_s=17))
    assert slow.level is Level.FRAMES
    assert slow.detail is not None


def test_a_playlist_that_stands_still_is_stale_however_long_it_played() -> None:
    assert judged(but(GOOD, settled="stale", unchanged_s=18.2)) == Judgement(
        reason=Reason.STALE, detail="no new segment for 18 s"
    )


@pytest.mark.parametrize(
    ("details", "status", "said", "reason"),
    [
        ("manifestLoadError", 404, "http status", Reason.STATUS),
        ("manifestLoadError", 502, "http status", Reason.STATUS),
        ("manifestLoadError", 502, "unreachable", Reason.UNREACHABLE),
        ("manifestLoadError", 502, "not a playlist", Reason.NOT_A_PLAYLIST),
        ("manifestLoadError", 502, "refused", Reason.REFUSED),
        ("manifestLoadError", 502, "no such reason", Reason.STATUS),
        ("manifestLoadError", 0, None, Reason.UNREACHABLE),
        ("levelLoadError", 504, "timeout", Reason.TIMEOUT),
        ("fragLoadError", 403, None, Reason.STATUS),
        ("fragLoadError", 0, None, Reason.STALLED),
        ("keyLoadError", 404, "http status", Reason.STATUS),
        ("MEDIA_ERR_SRC_NOT_SUPPORTED", 410, "http status", Reason.STATUS),
        ("manifestParsingError", None, None, Reason.NOT_A_PLAYLIST),
        ("levelEmptyError", None, None, Reason.NOT_A_PLAYLIST),
        ("fragLoadTimeOut", None, None, Reason.TIMEOUT),
        ("no player", None, None, Reason.STALLED),
        ("an error of tomorrow", None, None, Reason.STALLED),
    ],
)
def test_an_error_of_the_player_is_a_reason_of_ours(
    details: str, status: int | None, said: str | None, reason: Reason
) -> None:
    outcome = judged(failed(details, status, said=said))
    assert (outcome.level, outcome.reason) == (None, reason)
    assert outcome.detail or reason is Reason.STATUS


def test_an_answer_that_the_page_may_not_read_is_a_matter_of_cors() -> None:
    assert judged(failed("manifestLoadError", 0, cors=True)).reason is Reason.CORS


@pytest.mark.parametrize("details", ["fragParsingError", "fragDecryptError", "MEDIA_ERR_DECODE"])
def test_media_that_is_none_is_a_matter_of_the_codec(details: str) -> None:
    assert judged(failed(details, manifest=True, segments=2)).reason is Reason.CODEC


HEVC = ("hvc1.1.6.L93.B0", "mp4a.40.2")


@pytest.mark.parametrize(
    ("reached", "level"),
    [
        ({"manifest": True}, Level.MANIFEST),
        ({"manifest": True, "segments": 1}, Level.SEGMENT),
        ({"manifest": True, "segments": 1, "appended": True}, Level.BUFFERED),
    ],
)
def test_a_decoder_that_this_browser_lacks_is_not_the_streams_fault(
    reached: dict[str, Any], level: Level
) -> None:
    outcome = judged(failed("bufferAddCodecError", codecs=HEVC, **reached))
    assert (outcome.level, outcome.reason) == (level, None)
    assert outcome.detail == "this browser has no decoder for hvc1.1.6.L93.B0, mp4a.40.2"


def test_a_codec_that_no_browser_plays_is() -> None:
    outcome = judged(failed("bufferAddCodecError", codecs=("mp4v.20.9",), segments=1))
    assert outcome == Judgement(reason=Reason.CODEC, detail="no browser plays mp4v.20.9")


@pytest.mark.parametrize(
    "line",
    [
        '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://1",KEYFORMAT="com.apple.streamingkeydelivery"',
        '#EXT-X-KEY:METHOD=SAMPLE-AES-CTR,URI="/relay?1"',
    ],
)
def test_what_needs_a_licence_is_protected_whatever_else_is_wrong(line: str) -> None:
    assert judged(failed("fragParsingError", segments=1, keys=(line,))).reason is Reason.DRM


def test_a_key_system_that_is_asked_for_is_protection_too() -> None:
    assert judged(failed("keySystemNoKeys", segments=1)).reason is Reason.DRM


def test_one_that_plays_is_not_protected() -> None:
    key = '#EXT-X-KEY:METHOD=AES-128,URI="/relay?1"'
    assert judged(but(GOOD, keys=(key,))).level is Level.FRAMES


def test_time_that_is_used_up_says_how_far_it_came() -> None:
    waiting = but(NOTHING, settled="budget")
    assert judged(waiting).reason is Reason.TIMEOUT
    assert judged(but(waiting, segments=2, played_s=1.2)) == Judgement(
        reason=Reason.STALLED, detail="of 3 s it played 1.2"
    )


BYTES = st.binary(max_size=400).map(base64.b64encode)


@given(st.builds(Observation, head=BYTES, init=BYTES, jpeg=BYTES))
def test_there_is_always_a_level_or_a_reason(observation: Observation) -> None:
    outcome = judged(observation)
    assert (outcome.level is None) != (outcome.reason is None)
    assert outcome.detail or outcome.level is Level.FRAMES


@given(st.dictionaries(st.sampled_from([*Observation.model_fields, "x"]), st.none() | st.text()))
def test_a_page_that_tells_something_else_is_refused_in_one_way(told: dict[str, Any]) -> None:
    try:
        Observation.model_validate(told)
    except ValidationError:
        return
    assert {"player", "settled"} <= told.keys()


def test_a_picture_is_kept_only_where_it_is_one() -> None:
    jpeg = b"\xff\xd8" + bytes(100)
    told = {**GOOD.model_dump(exclude={"jpeg", "head", "init"}), "jpeg": base64.b64encode(jpeg)}
    assert picture(Observation.model_validate(told).jpeg) == jpeg
    assert picture(b"") is None
    assert picture(b"<html>") is None
    assert picture(jpeg + bytes(30_000)) is None


PLAYING = Video(time_s=4, paused=False, width=640, height=360, decoded=90)


@pytest.mark.parametrize(
    ("seen", "outcome"),
    [
        (Framed(status=200, video=PLAYING, played_s=3.1, picture="moving"), Level.FRAMES),
        (Framed(status=200, video=PLAYING, played_s=8, picture="frozen"), Reason.FROZEN),
        (Framed(status=200, video=PLAYING, played_s=8, picture="black"), Reason.BLACK),
        (Framed(status=200, video=PLAYING, played_s=1), Reason.STALLED),
        (Framed(status=200, video=Video(protected=True)), Reason.DRM),
        (Framed(status=200), Reason.STALLED),
        (Framed(status=200, answers=False), Reason.STALLED),
        (Framed(status=503), Reason.STATUS),
        (Framed(), Reason.TIMEOUT),
        (Framed(error="net::ERR_NAME_NOT_RESOLVED"), Reason.UNREACHABLE),
        (Framed(status=200, error=BLOCKED), Reason.FRAMING),
    ],
)
def test_an_embed_is_judged_by_its_page_and_then_by_its_video(
    seen: Framed, outcome: Level | Reason
) -> None:
    found = judged_embed(seen)
    assert outcome in (found.level, found.reason)
    assert (found.level is None) != (found.reason is None)
