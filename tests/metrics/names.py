"""Every metric that there is, each of them with a sample of everything it can say."""

from __future__ import annotations

from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.metrics_core import Metric

from f1stream.metrics.exposition import Numbers
from f1stream.metrics.snapshot import Part, Snapshot
from f1stream.metrics.tally import Tally


def snapshot() -> Snapshot:
    """One in which everything has happened."""
    tally = Tally()
    for kind in ("playlist", "media", "api", "app"):
        getattr(tally, kind).add(200, 1, 0.1)
    tally.upstream("media").failed("timeout")
    tally.extraction("direct").add("ok", 1)
    tally.probes.add("segment", 1)
    tally.proofs.add("frames", 1)
    part = Part(leads=True, connected=True)
    return Snapshot(tally, 1, {"s": 1}, schedule_fetched_at=datetime.now(UTC), part=part)


def families() -> list[Metric]:
    """All of them, those of the process too."""
    return [
        *Numbers(snapshot()).collect(),
        *ProcessCollector(registry=CollectorRegistry()).collect(),
    ]


def labels() -> dict[str, set[str]]:
    """The labels of each sample's name."""
    return {sample.name: set(sample.labels) for family in families() for sample in family.samples}
