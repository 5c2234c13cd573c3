"""The figures: what they are called and measured in, and how rounds become one number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.rounds import Sample

# In the order of the report's columns.
TITLES = {
    "cpu_s_per_gb": "CPU s/GB",
    "requests_per_cpu_s": "requests / CPU s",
    "cpu_us_per_request": "CPU µs / request",
    "cpu_ms_per_refresh": "CPU ms / refresh",
    "mb_per_s": "MB/s",
    "p50_ms": "p50 ms",
    "p99_ms": "p99 ms",
    "playlist_p50_ms": "playlist p50 ms",
    "playlist_p99_ms": "playlist p99 ms",
    "first_byte_p50_ms": "first byte p50 ms",
    "first_byte_p99_ms": "first byte p99 ms",
    "lag_p50_ms": "lag p50 ms",
    "lag_p99_ms": "lag p99 ms",
    "alone_p99_ms": "p99 ms alone",
    "beside_p99_ms": "p99 ms beside slow ones",
    "p99_ratio": "p99 ratio",
    "fetches_per_request": "upstream requests / request",
    "fetches_per_segment": "upstream requests / segment",
    "segments": "segments played",
    "late_segments": "late segments",
    "late_viewers": "late viewers",
    "failed_segments": "failed segments",
    "pss_mib": "peak PSS MiB",
    "cold_6_speedup": "6 segments, cold, times as fast",
    "cold_60_speedup": "60, cold, times as fast",
    "cold_3600_speedup": "3,600, cold, times as fast",
    "refresh_6_share": "6, refresh, share of its time",
    "refresh_60_share": "60, refresh, share of its time",
    "refresh_3600_share": "3,600, refresh, share of its time",
}

# The figure of a scenario that is a cost: less is better. The others have none.
COSTS = {
    "hot": "cpu_s_per_gb",
    "cold": "cpu_s_per_gb",
    "tls": "cpu_s_per_gb",
    "parts": "cpu_s_per_gb",
    "playlist": "cpu_us_per_request",
    "dvr": "cpu_ms_per_refresh",
    "live": "cpu_s_per_gb",
}


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several rounds, with the lowest and the highest."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Raises `ValueError` for no values."""
        if not values:
            raise ValueError("a spread needs at least one round")
        return cls(median(values), min(values), max(values), len(values))


def spread(samples: Iterable[Sample], scenario: str, peer: str, figure: str) -> Spread | None:
    """One figure of one peer over the rounds that have it."""
    values = _by_round(samples, scenario, peer, figure)
    return Spread.of(list(values.values())) if values else None


def compared(
    samples: Sequence[Sample], scenario: str, figure: str, peer: str, *, difference: bool = False
) -> Spread | None:
    """f1stream against `peer`, each round on its own: what drifts, drifts for both."""
    ours = _by_round(samples, scenario, "f1stream", figure)
    theirs = _by_round(samples, scenario, peer, figure)
    values = [
        ours[number] - theirs[number] if difference else ours[number] / theirs[number]
        for number in ours
        if number in theirs and (difference or theirs[number])
    ]
    return Spread.of(values) if values else None


def ratio(samples: Sequence[Sample], scenario: str, peer: str) -> Spread | None:
    """f1stream's cost as a share of `peer`'s; None where there is none, and for f1stream itself."""
    if peer == "f1stream" or scenario not in COSTS:
        return None
    return compared(samples, scenario, COSTS[scenario], peer)


def _by_round(samples: Iterable[Sample], scenario: str, peer: str, figure: str) -> dict[int, float]:
    return {
        sample.round: sample.figures[figure]
        for sample in samples
        if sample.scenario == scenario and sample.peer == peer and figure in sample.figures
    }
