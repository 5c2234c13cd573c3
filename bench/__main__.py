"""The command line of the benchmark."""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from pathlib import Path

from bench import chart, report, targets
from bench.installing import install
from bench.limits import raise_open_files
from bench.peers import PEERS
from bench.report import Report
from bench.rounds import Sample, measured
from bench.scenarios import SCENARIOS, Options, Scenario
from bench.versions import versions

NEEDED = ("nginx", "wrk", "openssl")
OUT = Path(__file__).with_name("results")


def main() -> None:
    """Measure, or install what there is to measure against."""
    chosen = _parser().parse_args()
    if chosen.verb == "install":
        sys.exit(install())
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if missing:
        sys.exit(f"needed, and not there: {', '.join(missing)}; try: python -m bench install")
    for peer in PEERS:
        if not peer.installed():
            print(f"{peer.name} is not installed and left out", file=sys.stderr)
    raise_open_files()
    options = _options(chosen)
    samples = asyncio.run(_measured(chosen, options))
    _written(Report(samples, targets.read(), options, versions()), chosen)
    sys.exit(1 if any(sample.failure for sample in samples) else 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("verb", nargs="?", choices=["run", "install"], default="run")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="5 by default")
    parser.add_argument("--scenario", nargs="+", choices=[one.name for one in SCENARIOS])
    parser.add_argument("--peer", nargs="+", choices=[one.name for one in PEERS])
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="of each service")
    parser.add_argument("--seconds", type=float, metavar="S", help="of one run under full load")
    parser.add_argument("--viewers", type=int, metavar="N", help="of the live scenario")
    parser.add_argument("--quick", action="store_true", help="short runs: does it work at all?")
    parser.add_argument("--out", type=Path, default=OUT, metavar="DIR", help="bench/results")
    parser.add_argument("--publish", action="store_true", help="into bench/README.md as well")
    return parser


def _options(chosen: argparse.Namespace) -> Options:
    brief = Options(load_s=2, live_s=16, viewers=100) if chosen.quick else Options()
    return Options(
        load_s=chosen.seconds or brief.load_s,
        live_s=brief.live_s,
        viewers=chosen.viewers or brief.viewers,
        workers=chosen.workers,
    )


async def _measured(chosen: argparse.Namespace, options: Options) -> list[Sample]:
    samples = []
    for scenario in SCENARIOS:
        if chosen.scenario is None or scenario.name in chosen.scenario:
            samples += await _rounds(scenario, chosen, options)
    return samples


async def _rounds(scenario: Scenario, chosen: argparse.Namespace, options: Options) -> list[Sample]:
    wanted = [one for one in PEERS if one.name in (chosen.peer or scenario.peers)]
    peers = [one for one in wanted if one.name in scenario.peers and one.installed()]
    samples = []
    async for sample in measured(scenario, peers, chosen.rounds, options):
        print(_line(sample), flush=True)
        samples.append(sample)
    return samples


def _line(sample: Sample) -> str:
    figures = "  ".join(f"{name} {value:.4g}" for name, value in sample.figures.items())
    return f"{sample.scenario} {sample.round + 1} {sample.peer}: {sample.failure or figures}"


def _written(found: Report, chosen: argparse.Namespace) -> None:
    out: Path = chosen.out
    out.mkdir(parents=True, exist_ok=True)
    markdown, picture = found.markdown(), chart.drawn(found.samples)
    (out / "results.md").write_text(markdown)
    (out / "results.json").write_text(found.json())
    (out / "results.svg").write_text(picture)
    if chosen.publish:
        report.publish(found, picture)
    print(f"\n{markdown}\nwritten to {out}")


if __name__ == "__main__":
    main()
