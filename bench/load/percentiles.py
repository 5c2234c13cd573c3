"""Percentiles of what was timed."""

from __future__ import annotations

from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that `share` of all do not exceed. Raises `ValueError` for none."""
    if not values:
        raise ValueError("a percentile needs values")
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
