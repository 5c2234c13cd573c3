"""What was measured, as Markdown for people and JSON for programs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import COSTS, TITLES, Spread, ratio, spread
from bench.peers import PEERS
from bench.rounds import Sample
from bench.scenarios import SCENARIOS, Options, Scenario
from bench.targets import Target

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- results -->", "<!-- end of results -->"


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one run of the benchmark found."""

    samples: Sequence[Sample]
    targets: Sequence[Target]
    options: Options
    versions: dict[str, str]

    def markdown(self) -> str:
        """The tables: targets first, then each scenario."""
        sections = [self._conditions(), self._target_table()]
        sections += [
            self._scenario_table(scenario)
            for scenario in SCENARIOS
            if scenario.name in self._scenarios()
        ]
        return "\n\n".join(section for section in sections if section) + "\n"

    def json(self) -> str:
        """Every sample, with what is needed to judge it."""
        judged = [(target, target.measured(self.samples)) for target in self.targets]
        return json.dumps(
            {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "machine": _machine(),
                "versions": self.versions,
                "options": asdict(self.options),
                "samples": [asdict(sample) for sample in self.samples],
                "targets": [
                    {**asdict(target), "found": asdict(found), "met": target.met(found)}
                    for target, found in judged
                    if found is not None
                ],
            },
            indent=1,
        )

    def _conditions(self) -> str:
        versions = ", ".join(f"{name} {version}" for name, version in self.versions.items())
        return (
            f"{datetime.now(UTC):%Y-%m-%d}, {_machine()}; {versions}. Medians of {self._rounds()} "
            f"interleaved rounds, lowest to highest in brackets. {self.options.load_s:g} s a run, "
            f"{_workers(self.options.workers)} each."
        )

    def _rounds(self) -> str:
        """How many there are: of some scenarios there can be more than of others."""
        rounds = {1 + max(one.round for one in self._of(name)) for name in self._scenarios()}
        low, high = min(rounds, default=0), max(rounds, default=0)
        return str(low) if low == high else f"{low} to {high}"

    def _scenarios(self) -> set[str]:
        return {sample.scenario for sample in self.samples}

    def _of(self, scenario: str) -> list[Sample]:
        return [sample for sample in self.samples if sample.scenario == scenario]

    def _target_table(self) -> str:
        rows = []
        for target in self.targets:
            found = target.measured(self.samples)
            if found is not None:
                limit = target.limit + (" (goal)" if target.goal else "")
                verdict = "met" if target.met(found) else "**not met**"
                rows.append([target.scenario, target.what, limit, _shown(found), verdict])
        return _table(["scenario", "f1stream's", "target", "found", ""], rows) if rows else ""

    def _scenario_table(self, scenario: Scenario) -> str:
        peers = [peer.name for peer in PEERS if peer.name in scenario.peers]
        mine = self._of(scenario.name)
        figures = [name for name in TITLES if any(name in sample.figures for sample in mine)]
        rows = []
        for peer in peers:
            if any(sample.peer == peer for sample in mine):
                found = [spread(mine, scenario.name, peer, figure) for figure in figures]
                found += [ratio(mine, scenario.name, peer)] if scenario.name in COSTS else []
                rows.append([peer, *(_shown(one) if one else "-" for one in found)])
        titles = [TITLES[figure] for figure in figures]
        titles += ["f1stream's CPU / its"] if scenario.name in COSTS else []
        parts = [f"**{scenario.name}**: {scenario.about}.", _table(["", *titles], rows)]
        return "\n\n".join([*parts, *_failures(mine)])


def publish(found: Report, chart: str, readme: Path = README) -> None:
    """Put the tables between the markers of the README, and what they come from beside it."""
    readme.with_name("results.json").write_text(found.json())
    readme.with_name("results.svg").write_text(chart)
    head, _, rest = readme.read_text().partition(BEGIN)
    _, _, tail = rest.partition(END)
    readme.write_text(f"{head}{BEGIN}\n\n{found.markdown()}\n{END}{tail}")


def _failures(samples: Sequence[Sample]) -> list[str]:
    """What went wrong, a paragraph each, shortened."""
    return [
        f"Round {sample.round + 1}, {sample.peer} failed: {' '.join(sample.failure.split())[:300]}"
        for sample in samples
        if sample.failure
    ]


def _shown(found: Spread) -> str:
    if found.low == found.high:
        return _number(found.median)
    return f"{_number(found.median)} ({_number(found.low)} to {_number(found.high)})"


def _number(value: float) -> str:
    """Three significant digits, and never an exponent."""
    if value == 0 or abs(value) >= 100:
        return f"{value:,.0f}"
    text = f"{value:.{1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3}f}"
    return text.rstrip("0").rstrip(".")


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _workers(count: int) -> str:
    return "one worker" if count == 1 else f"{count} workers"


def _machine() -> str:
    cpu = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores of {cpu}, Linux {platform.release()}"
