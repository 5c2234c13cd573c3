"""One picture of the comparison: f1stream's cost as a share of each peer's, on a log scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from bench.figures import Spread, ratio
from bench.peers import PEERS
from bench.rounds import Sample
from bench.scenarios import SCENARIOS

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 760, 210, 90, 22, 54, 30
BETTER, WORSE, INK, PALE = "#2a7f62", "#b3541e", "#24292f", "#d0d7de"


@dataclass(frozen=True, slots=True)
class Bar:
    """f1stream's cost divided by the peer's."""

    label: str
    ratio: Spread


def bars(samples: Sequence[Sample]) -> list[Bar]:
    """One for each peer of each scenario that has a cost."""
    found = []
    for scenario in SCENARIOS:
        for peer in PEERS:
            share = ratio(samples, scenario.name, peer.name)
            # A cost too small to measure has no place on a log scale.
            if share is not None and share.low > 0:
                found.append(Bar(f"{scenario.name} · {peer.name}", share))
    return found


def drawn(samples: Sequence[Sample]) -> str:
    """The chart as SVG; "" where nothing can be compared."""
    rows = bars(samples)
    if not rows:
        return ""
    low = min(-1, math.floor(math.log10(min(row.ratio.low for row in rows))))
    high = max(1, math.ceil(math.log10(max(row.ratio.high for row in rows))))
    axis = _Axis(low, high)
    height = TOP + ROW * len(rows) + BOTTOM
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            f'font-family="system-ui, sans-serif" font-size="12" fill="{INK}">',
            f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
            '<text x="12" y="20" font-size="14" font-weight="600">'
            "CPU time of f1stream as a share of each peer's</text>",
            '<text x="12" y="38">median of the rounds; the line reaches from the lowest to the '
            "highest; left of 1 is less work</text>",
            *_grid(axis, height),
            *(line for number, row in enumerate(rows) for line in _drawn_row(axis, number, row)),
            "</svg>",
            "",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Axis:
    """Powers of ten from `low` to `high`."""

    low: int
    high: int

    def x(self, ratio: float) -> float:
        share = (math.log10(ratio) - self.low) / (self.high - self.low)
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _grid(axis: _Axis, height: int) -> list[str]:
    lines = []
    for power in range(axis.low, axis.high + 1):
        x = axis.x(10**power)
        colour = INK if power == 0 else PALE
        lines.append(
            f'<line x1="{x}" y1="{TOP - 6}" x2="{x}" y2="{height - BOTTOM}" stroke="{colour}"/>'
        )
        lines.append(f'<text x="{x}" y="{height - 12}" text-anchor="middle">{10.0**power:g}</text>')
    return lines


def _drawn_row(axis: _Axis, number: int, row: Bar) -> list[str]:
    y = TOP + ROW * number + ROW / 2
    one, middle = axis.x(1), axis.x(row.ratio.median)
    colour = BETTER if row.ratio.median <= 1 else WORSE
    left, width = min(one, middle), abs(one - middle)
    return [
        f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{escape(row.label)}</text>',
        f'<rect x="{left}" y="{y - 6}" width="{width:.1f}" height="12" fill="{colour}"/>',
        f'<line x1="{axis.x(row.ratio.low)}" y1="{y}" x2="{axis.x(row.ratio.high)}" y2="{y}" '
        f'stroke="{INK}" stroke-width="1.5"/>',
        f'<text x="{WIDTH - RIGHT + 12}" y="{y + 4}">{row.ratio.median:.2g}</text>',
    ]
