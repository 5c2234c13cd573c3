"""The metrics as Prometheus gets them: its format, and its conventions for names and units."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from f1stream.metrics.exposition import written
from f1stream.metrics.snapshot import Part, Snapshot
from f1stream.metrics.tally import BOUNDS_S, Tally
from tests.metrics.names import families, snapshot

FAMILIES = families()
OWN = [family for family in FAMILIES if not family.name.startswith("process_")]
# https://prometheus.io/docs/practices/naming/: base units only.
WRONG_UNITS = {"ms", "milliseconds", "minutes", "hours", "kb", "mb", "mib", "kilobytes"}
UNITS = {"seconds", "bytes"}
OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def read(text: bytes) -> list[Metric]:
    """What a scraper that speaks OpenMetrics reads."""
    return list(openmetrics(text.decode()))  # type: ignore[no-untyped-call]


def ids(family: Metric) -> str:
    return family.name


@pytest.mark.parametrize("family", OWN, ids=ids)
def test_a_name_follows_the_conventions(family: Metric) -> None:
    words = family.name.split("_")
    assert words[0] == "f1stream"
    assert not WRONG_UNITS & set(words)
    # The parser takes `_total` off a counter's name.
    assert not family.name.endswith(("_total", "_count", "_sum", "_bucket", "_info"))
    named = [word for word in words if word in UNITS]
    assert named in ([], [words[-1]]), "the unit is the last word"
    if family.type == "histogram":
        assert words[-1] == "seconds"
    assert family.documentation.endswith(".")


@pytest.mark.parametrize("family", OWN, ids=ids)
def test_a_label_is_a_word_that_is_not_in_the_name(family: Metric) -> None:
    for sample in family.samples:
        for label in set(sample.labels) - {"le"}:
            assert label.isidentifier()
            assert label not in family.name.split("_")[1:-1]
            assert label not in ("job", "instance")


@pytest.mark.parametrize("family", OWN, ids=ids)
def test_a_counter_ends_with_total_and_nothing_else_does(family: Metric) -> None:
    names = {sample.name for sample in family.samples}
    assert names
    assert all(name.endswith("_total") for name in names) == (family.type == "counter")


@pytest.mark.parametrize(
    ("part", "told"),
    [
        (None, {}),
        (Part(leads=True, connected=True), {"leader": 1, "connected": 1}),
        (Part(leads=False, connected=True), {"leader": 0, "connected": 1}),
        (Part(leads=False, connected=False), {"leader": 0, "connected": 0}),
    ],
)
def test_only_one_of_several_has_a_part(part: Part | None, told: dict[str, int]) -> None:
    prefix = "f1stream_replica_"
    text, _ = written(Snapshot(Tally(), part=part), OPENMETRICS)
    samples = [sample for family in read(text) for sample in family.samples]
    found = {each.name: each.value for each in samples if each.name.startswith(prefix)}
    assert found == {f"{prefix}{name}": value for name, value in told.items()}


def test_both_formats_are_what_their_parsers_read_and_say_the_same() -> None:
    text, text_type = written(snapshot(), "")
    other, other_type = written(snapshot(), OPENMETRICS)
    assert text_type.startswith("text/plain")
    assert other_type.startswith("application/openmetrics-text")

    def said(found: list[Metric]) -> set[tuple[str, str]]:
        return {(each.name, each.type) for each in found if each.name.startswith("f1stream_")}

    told = said(read(other))
    assert len(told) == len(OWN)
    plainly = said(list(plain(text.decode())))
    assert {name for name, _ in plainly} == {
        f"{name}_info" if kind == "info" else name for name, kind in told
    }


def test_no_name_comes_twice() -> None:
    names = [family.name for family in FAMILIES]
    assert len(names) == len(set(names))


@given(st.dictionaries(st.text(), st.integers(1, 10**6), max_size=5))
def test_no_id_of_a_stream_breaks_the_format(busiest: dict[str, int]) -> None:
    encodable = {
        id: count for id, count in busiest.items() if id.encode(errors="ignore").decode() == id
    }
    text, _ = written(Snapshot(snapshot().tally, busiest=encodable), OPENMETRICS)
    [found] = [family for family in read(text) if family.name == "f1stream_busiest_viewers"]
    assert {one.labels["stream"]: one.value for one in found.samples} == encodable


def test_what_memory_answers_is_in_the_first_bucket() -> None:
    told = snapshot()
    told.tally.media.first_byte.add(100)
    for _ in range(7):
        told.tally.media.hit(200, 1)
    text, _ = written(told, "")
    buckets = {
        sample.labels["le"]: sample.value
        for family in plain(text.decode())
        for sample in family.samples
        if sample.name == "f1stream_first_byte_seconds_bucket" and sample.labels["kind"] == "media"
    }
    assert buckets["0.001"] == 7
    assert buckets["60.0"] == 8
    assert buckets["+Inf"] == 9
    assert sorted(map(float, buckets)) == [*BOUNDS_S, math.inf]
