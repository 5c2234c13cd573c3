"""The numbers in Prometheus' words.

Names follow its conventions: base units, `_total` for what only grows. Every label's values are of
a closed list, but for the streams with the most viewers, of which there are only so many.
"""

from __future__ import annotations

import platform
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from f1stream.metrics.memory import resident_bytes
from f1stream.metrics.snapshot import Snapshot
from f1stream.metrics.tally import BOUNDS_S, Answers, Lookups, Tally, Times


def written(snapshot: Snapshot, accept: str) -> tuple[bytes, str]:
    """The body for a scraper that accepts `accept`, and its media type. Blocks for a moment."""
    encode, content_type = choose_encoder(accept)
    registry = CollectorRegistry()
    registry.register(Numbers(snapshot))
    ProcessCollector(registry=registry)
    return encode(registry), content_type


class Numbers(Collector):
    """One snapshot as Prometheus' metrics."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator[Metric]:
        """Every metric that f1stream has."""
        tally = self._snapshot.tally
        yield from _viewers(self._snapshot)
        yield from _answers(tally)
        yield from _caches(self._snapshot)
        yield from _upstreams(tally)
        yield from _work(self._snapshot)
        yield from _replica(self._snapshot)
        yield from _process(self._snapshot)

    def describe(self) -> Iterator[Metric]:
        """Nothing: names are not looked up, so nothing is collected for it."""
        return iter(())


def _viewers(snapshot: Snapshot) -> Iterator[Metric]:
    yield _gauge(
        "viewers", "Viewers who asked for any stream in the last 30 seconds.", snapshot.viewers
    )
    busiest = GaugeMetricFamily(
        "f1stream_busiest_viewers",
        "Viewers of the streams that have the most.",
        labels=["stream"],
    )
    for stream, count in snapshot.busiest.items():
        busiest.add_metric([stream], count)
    yield busiest


def _answers(tally: Tally) -> Iterator[Metric]:
    kinds: dict[str, Answers] = {
        "playlist": tally.playlist,
        "media": tally.media,
        "api": tally.api,
        "app": tally.app,
    }
    requests = CounterMetricFamily(
        "f1stream_requests", "Requests of viewers that were answered.", labels=["kind", "code"]
    )
    sent = CounterMetricFamily(
        "f1stream_sent_bytes", "Bytes of bodies that were sent to viewers.", labels=["kind"]
    )
    first = HistogramMetricFamily(
        "f1stream_first_byte_seconds",
        "From a request to the first byte of its answer.",
        labels=["kind"],
    )
    for kind, answers in kinds.items():
        for status, count in sorted(answers.by_status().items()):
            requests.add_metric([kind, str(status)], count)
        sent.add_metric([kind], answers.sent_bytes)
        first.add_metric([kind], *_buckets(answers.first_byte, at_once=answers.at_once))
    yield from (requests, sent, first)


def _caches(snapshot: Snapshot) -> Iterator[Metric]:
    caches: dict[str, Lookups] = {
        "playlist": snapshot.tally.playlists,
        "segment": snapshot.tally.segments,
    }
    lookups = CounterMetricFamily(
        "f1stream_cache_lookups",
        "Answers from the cache: there already, under way already, or fetched.",
        labels=["kind", "result"],
    )
    for cache, count in caches.items():
        lookups.add_metric([cache, "hit"], count.hits)
        lookups.add_metric([cache, "joined"], count.joined)
        lookups.add_metric([cache, "miss"], count.misses)
    yield lookups
    held = GaugeMetricFamily(
        "f1stream_cache_bytes", "Memory that caches hold.", labels=["kind", "process"]
    )
    for process, has in (("owner", snapshot.held), ("fronts", snapshot.fronts_held)):
        held.add_metric(["segment", process], has.segment_bytes)
        held.add_metric(["playlist", process], has.playlist_bytes)
    yield held
    yield _gauge(
        "segment_cache_limit_bytes",
        "What the owner's cache of segments may hold at present.",
        snapshot.segment_limit_bytes,
    )


def _upstreams(tally: Tally) -> Iterator[Metric]:
    requests = CounterMetricFamily(
        "f1stream_upstream_requests", "Requests to upstreams, by purpose.", labels=["kind"]
    )
    received = CounterMetricFamily(
        "f1stream_upstream_received_bytes",
        "Bytes of bodies that upstreams sent, decoded.",
        labels=["kind"],
    )
    errors = CounterMetricFamily(
        "f1stream_upstream_errors",
        "Requests to upstreams without a usable answer, by reason.",
        labels=["kind", "reason"],
    )
    for purpose, asked in sorted(tally.upstreams.items()):
        requests.add_metric([purpose], asked.requests)
        received.add_metric([purpose], asked.received_bytes)
        for reason, count in sorted(asked.errors.items()):
            errors.add_metric([purpose, reason], count)
    yield from (requests, received, errors)


def _work(snapshot: Snapshot) -> Iterator[Metric]:
    tally = snapshot.tally
    extractions = CounterMetricFamily(
        "f1stream_extractions", "Readings of sources.", labels=["extractor", "outcome"]
    )
    took = HistogramMetricFamily(
        "f1stream_extraction_seconds", "How long readings took.", labels=["extractor"]
    )
    for extractor, done in sorted(tally.extractions.items()):
        for outcome, count in sorted(done.outcomes.items()):
            extractions.add_metric([extractor, outcome], count)
        took.add_metric([extractor], *_buckets(done.took))
    checks = CounterMetricFamily(
        "f1stream_verifications",
        "Checks of streams, by HTTP alone or in a browser, by what was proven or why not.",
        labels=["means", "outcome"],
    )
    took_checks = HistogramMetricFamily(
        "f1stream_verification_seconds", "How long checks took.", labels=["means"]
    )
    for means, done in (("probe", tally.probes), ("browser", tally.proofs)):
        for outcome, count in sorted(done.outcomes.items()):
            checks.add_metric([means, outcome], count)
        took_checks.add_metric([means], *_buckets(done.took))
    yield from (extractions, took, checks, took_checks)
    yield from _known(snapshot)


def _known(snapshot: Snapshot) -> Iterator[Metric]:
    streams = GaugeMetricFamily("f1stream_streams", "Streams that are listed.", labels=["state"])
    found = Counter(
        "playable" if stream.playable else "unplayable" if stream.verdict else "unchecked"
        for stream in snapshot.streams
    )
    for state in ("playable", "unplayable", "unchecked"):
        streams.add_metric([state], found[state])
    sources = GaugeMetricFamily("f1stream_sources", "Sources, by how they do.", labels=["state"])
    doing = Counter("failing" if each.failing else each.state for each in snapshot.sources)
    for state in ("ok", "failing", "running", "pending"):
        sources.add_metric([state], doing[state])
    fetched_at = snapshot.schedule_fetched_at
    fetched = GaugeMetricFamily(
        "f1stream_schedule_fetched_timestamp_seconds",
        "When the schedule was last fetched, in seconds since the epoch; 0 for never.",
        value=fetched_at.timestamp() if fetched_at else 0,
    )
    yield from (streams, sources, fetched)


def _replica(snapshot: Snapshot) -> Iterator[Metric]:
    leads = GaugeMetricFamily(
        "f1stream_replica_leader", "Whether this replica leads; of several that are one, one does."
    )
    connected = GaugeMetricFamily(
        "f1stream_replica_connected", "Whether this replica and the others meet in Redis."
    )
    if snapshot.part is not None:
        leads.add_metric([], snapshot.part.leads)
        connected.add_metric([], snapshot.part.connected)
    yield from (leads, connected)


def _process(snapshot: Snapshot) -> Iterator[Metric]:
    lag = HistogramMetricFamily(
        "f1stream_event_loop_lag_seconds", "How late event loops wake what waits for a moment."
    )
    lag.add_metric([], *_buckets(snapshot.tally.lag))
    yield lag
    memory = GaugeMetricFamily(
        "f1stream_resident_memory_bytes", "Memory of the processes.", labels=["process"]
    )
    memory.add_metric(["owner"], resident_bytes())
    memory.add_metric(["fronts"], snapshot.fronts_resident_bytes)
    yield memory
    yield _gauge(
        "memory_limit_bytes",
        "What all processes together may use of memory, by their control group; 0 for no limit.",
        snapshot.memory.limit_bytes,
    )
    yield _gauge(
        "memory_used_bytes",
        "What they use of it, without files that can be dropped; 0 where there is no limit.",
        snapshot.memory.used_bytes,
    )
    yield _gauge("fronts", "Processes that serve viewers beside the owner.", snapshot.fronts)
    yield _gauge("ready", "Whether new viewers are welcome: what /ready says.", snapshot.ready)
    build = InfoMetricFamily("f1stream_build", "What runs here.")
    build.add_metric([], {"version": version("f1stream"), "python": platform.python_version()})
    yield build


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"f1stream_{name}", text, value=value)


def _buckets(times: Times, *, at_once: int = 0) -> tuple[list[tuple[str, float]], float]:
    """The cumulative buckets and the sum; `at_once` more fall into the first of them."""
    counts = [times.counts[0] + at_once, *times.counts[1:]]
    bounds = [*map(floatToGoString, BOUNDS_S), "+Inf"]
    return list(zip(bounds, accumulate(counts), strict=True)), times.sum_s
