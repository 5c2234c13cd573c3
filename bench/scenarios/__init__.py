"""The loads, each in a file of the same shape."""

from __future__ import annotations

from bench.scenarios.ahead import Ahead
from bench.scenarios.base import Figures, Options, Scenario
from bench.scenarios.cold import Cold, Tls
from bench.scenarios.dvr import Dvr
from bench.scenarios.hot import Hot, Parts
from bench.scenarios.joiner import Joiner
from bench.scenarios.latency import Latency
from bench.scenarios.live import Live
from bench.scenarios.playlist import Playlist
from bench.scenarios.rewrite import Rewrite
from bench.scenarios.slow import Slow

__all__ = ["SCENARIOS", "Figures", "Options", "Scenario"]

SCENARIOS: tuple[Scenario, ...] = (
    Hot(),
    Cold(),
    Tls(),
    Parts(),
    Playlist(),
    Dvr(),
    Live(),
    Joiner(),
    Ahead(),
    Slow(),
    Latency(),
    Rewrite(),
)
