"""From what was seen to what is believed: pure, and the only place where it is decided."""

from __future__ import annotations

from dataclasses import dataclass

from f1stream.models import Level, Reason
from f1stream.verifier.codecs import is_picture, plays_somewhere
from f1stream.verifier.media import seen
from f1stream.verifier.observation import Fault, Observation
from f1stream.verifier.timing import is_protected

PLAYED_S = 3.0
# Tick by tick, a little of what played is not counted.
SLACK_S = 0.25

# The details of hls.js's errors (its docs/API.md), and the names of MediaError's codes.
_LOADING = frozenset(
    {
        "manifestLoadError",
        "levelLoadError",
        "audioTrackLoadError",
        "fragLoadError",
        "keyLoadError",
        "MEDIA_ERR_NETWORK",
        "MEDIA_ERR_SRC_NOT_SUPPORTED",
    }
)
_NO_DECODER = frozenset(
    {
        "manifestIncompatibleCodecsError",
        "bufferAddCodecError",
        "bufferIncompatibleCodecsError",
        "MEDIA_ERR_SRC_NOT_SUPPORTED",
    }
)
_REASONS = {
    "manifestParsingError": Reason.NOT_A_PLAYLIST,
    "levelParsingError": Reason.NOT_A_PLAYLIST,
    "levelEmptyError": Reason.NOT_A_PLAYLIST,
    "manifestLoadTimeOut": Reason.TIMEOUT,
    "levelLoadTimeOut": Reason.TIMEOUT,
    "audioTrackLoadTimeOut": Reason.TIMEOUT,
    "fragLoadTimeOut": Reason.TIMEOUT,
    "keyLoadTimeOut": Reason.TIMEOUT,
    "playlistUnchangedError": Reason.STALE,
    "manifestIncompatibleCodecsError": Reason.CODEC,
    "bufferAddCodecError": Reason.CODEC,
    "bufferIncompatibleCodecsError": Reason.CODEC,
    "bufferAppendError": Reason.CODEC,
    "bufferAppendingError": Reason.CODEC,
    "fragDecryptError": Reason.CODEC,
    "fragParsingError": Reason.CODEC,
    "remuxAllocError": Reason.CODEC,
    "MEDIA_ERR_DECODE": Reason.CODEC,
    "MEDIA_ERR_SRC_NOT_SUPPORTED": Reason.CODEC,
    "NotAllowedError": Reason.STALLED,
}
_DETAILS = {
    Reason.UNREACHABLE: "there was no answer",
    Reason.NOT_A_PLAYLIST: "the answer is no playlist that a player can use",
    Reason.REFUSED: "it leads to an address that may not be reached",
    Reason.STALLED: "it does not go on playing",
    Reason.DRM: "protected by DRM",
    Reason.CODEC: "what it sends can't be decoded",
    Reason.CORS: "its answers are not for other sites' pages",
    Reason.TIMEOUT: "an answer took too long",
}


@dataclass(frozen=True, slots=True)
class Judgement:
    """As in `Proof`: exactly one of `level` and `reason` is set."""

    level: Level | None = None
    reason: Reason | None = None
    detail: str | None = None


def judged(observation: Observation) -> Judgement:
    """What is to be believed of a stream of which this was seen."""
    if _has_played(observation):
        return _played(observation)
    if is_protected("\n".join(observation.keys).encode()) or _asks_for_licence(observation):
        return _failed(Reason.DRM)
    if observation.settled == "stale":
        return _stale(observation)
    fault = observation.fault
    if fault is not None and _lacks_decoder(observation, fault):
        return _undecoded(observation)
    if fault is not None and (fault.fatal or not observation.played_s):
        return _broken(observation, fault)
    if observation.segments:
        return _failed(Reason.STALLED, f"of {PLAYED_S:g} s it played {observation.played_s:.1f}")
    return _failed(Reason.TIMEOUT, "nothing to play came in time")


def _has_played(observation: Observation) -> bool:
    """Whether playing time went on for long enough, with whatever was to be seen and heard."""
    if observation.settled in ("played", "doubted"):
        return True
    return observation.settled != "stale" and observation.played_s >= PLAYED_S - SLACK_S


def _played(observation: Observation) -> Judgement:
    if observation.picture == "none":
        return _without_picture(observation)
    if observation.picture == "black":
        return _failed(Reason.BLACK, "the picture is black")
    if observation.picture == "frozen" or observation.decoded_frames < 2:
        return _failed(Reason.FROZEN, "the picture does not move")
    if observation.audio == "silent":
        return _failed(Reason.SILENT, "there is a soundtrack, and nothing to be heard on it")
    if observation.live and not observation.advancing:
        return Judgement(Level.FRAMES, detail="not seen to go on: its playlist changes too seldom")
    return Judgement(Level.FRAMES)


def _without_picture(observation: Observation) -> Judgement:
    """Sound alone plays: that is all of a radio station, and half of what can't be decoded."""
    if any(map(is_picture, _codecs(observation))):
        return _undecoded(observation)
    if observation.audio == "silent":
        return _failed(Reason.SILENT, "there is nothing to be heard, and no picture")
    return Judgement(Level.FRAMES, detail="sound only")


def _stale(observation: Observation) -> Judgement:
    return _failed(Reason.STALE, f"no new segment for {observation.unchanged_s:.0f} s")


def _lacks_decoder(observation: Observation, fault: Fault) -> bool:
    return fault.details in _NO_DECODER and fault.status is None and bool(_codecs(observation))


def _undecoded(observation: Observation) -> Judgement:
    """A codec that this browser lacks is not the stream's fault; one that all lack is."""
    codecs = _codecs(observation)
    names = ", ".join(codecs)
    if not plays_somewhere(codecs):
        return _failed(Reason.CODEC, f"no browser plays {names}")
    return Judgement(_reached(observation), detail=f"this browser has no decoder for {names}")


def _reached(observation: Observation) -> Level:
    if observation.appended and observation.picture == "none" and not observation.played_s:
        return Level.BUFFERED
    return Level.SEGMENT if observation.segments else Level.MANIFEST


def _codecs(observation: Observation) -> tuple[str, ...]:
    """The player's word for them, and what is in the media itself."""
    shown = seen(observation.head, observation.init).codecs
    known = {codec.split(".")[0] for codec in observation.codecs}
    return observation.codecs + tuple(each for each in shown if each.split(".")[0] not in known)


def _asks_for_licence(observation: Observation) -> bool:
    return any(fault.details.startswith("keySystem") for fault in observation.faults)


def _broken(observation: Observation, fault: Fault) -> Judgement:
    if fault.details in _LOADING and (fault.status is not None or fault.said):
        return _unanswered(fault)
    reason = _REASONS.get(fault.details, Reason.STALLED)
    if reason is Reason.CODEC and not observation.segments:
        reason = Reason.NOT_A_PLAYLIST
    return _failed(reason)


def _unanswered(fault: Fault) -> Judgement:
    """Something could not be loaded: f1stream's own word for it is the best there is."""
    reason = _KNOWN.get(fault.said or "", Reason.STATUS)
    if reason is not Reason.STATUS:
        return _failed(reason)
    if fault.cors:
        return _failed(Reason.CORS)
    if not fault.status:
        # An answer that broke off: without any, f1stream says so.
        is_media = fault.details == "fragLoadError"
        return _failed(Reason.STALLED if is_media else Reason.UNREACHABLE)
    what = _LOADED.get(fault.details, "it")
    return _failed(Reason.STATUS, f"{what} is answered by status {fault.status}")


_KNOWN = {reason.value: reason for reason in Reason}
_LOADED = {
    "manifestLoadError": "the playlist",
    "levelLoadError": "a variant's playlist",
    "audioTrackLoadError": "the sound's playlist",
    "fragLoadError": "a segment",
    "keyLoadError": "a key",
}


def _failed(reason: Reason, detail: str = "") -> Judgement:
    return Judgement(reason=reason, detail=detail or _DETAILS.get(reason))
