"""An upstream on loopback for tests: real HLS made with ffmpeg, real TCP, faults on demand."""

from tests.origin.encode import Encoded, EncodingFailed, encode
from tests.origin.exchange import Exchange, Fault
from tests.origin.live import LiveWindow, ManualClock
from tests.origin.message import Request, Response
from tests.origin.origin import Origin

__all__ = [
    "Encoded",
    "EncodingFailed",
    "Exchange",
    "Fault",
    "LiveWindow",
    "ManualClock",
    "Origin",
    "Request",
    "Response",
    "encode",
]
