"""An upstream on loopback for tests: real HLS made with ffmpeg, real TCP, faults on demand.

An `Origin` serves what is mounted on it: files of `encode`, a `LiveWindow` that tells them as a
live stream with the features of `features` and `keys`, a `Broadcast` of many renditions, a
`LowLatency` stream. `manners` change how it answers, `tokens` let its links expire, and `faults`
spoil its answers.
"""

from tests.origin.broadcast import Broadcast
from tests.origin.clock import Clock, ManualClock, RealClock
from tests.origin.cmaf import Track, Tracks, encode_tracks
from tests.origin.encode import Encoded, EncodingFailed, encode
from tests.origin.exchange import Exchange, Fault
from tests.origin.live import LiveWindow
from tests.origin.low_latency import LowLatency
from tests.origin.manners import Manner
from tests.origin.message import Handler, Request, Response
from tests.origin.origin import Origin
from tests.origin.partial import PLAIN, Offers
from tests.origin.programme import Programme, encode_programme
from tests.origin.steering import Steering

__all__ = [
    "PLAIN",
    "Broadcast",
    "Clock",
    "Encoded",
    "EncodingFailed",
    "Exchange",
    "Fault",
    "Handler",
    "LiveWindow",
    "LowLatency",
    "Manner",
    "ManualClock",
    "Offers",
    "Origin",
    "Programme",
    "RealClock",
    "Request",
    "Response",
    "Steering",
    "Track",
    "Tracks",
    "encode",
    "encode_programme",
    "encode_tracks",
]
