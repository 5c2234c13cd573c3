"""This room is for proof: what of a stream was seen to work, by which means, and when."""

from f1stream.verifier.playback import Playback, Proven
from f1stream.verifier.previews import Previews
from f1stream.verifier.probe import Probe
from f1stream.verifier.vantage import Vantage

__all__ = ["Playback", "Previews", "Probe", "Proven", "Vantage"]
